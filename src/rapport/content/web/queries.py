"""Reads of forms and what was entered into them."""

from __future__ import annotations

import uuid

from django.db.models import Count, Q, QuerySet
from django.http import Http404
from django.shortcuts import get_object_or_404

from rapport.content.web.models import FormSubmission, WebForm
from rapport.core.access import Actor
from rapport.core.process_cache import kept_for
from rapport.people.queries import people, person_for, sees_everybody

MOST = 500
# How old what visitors get may be in a process that did not change it.
SECOND = 1.0


def forms(actor: Actor) -> QuerySet[WebForm]:
    """All, newest change first. Raises Http404."""
    if not actor.may("forms.view"):
        raise Http404
    return WebForm.objects.order_by("-updated_at", "id")


def choices(actor: Actor) -> list[tuple[str, str]]:
    """(key, name) of the forms to choose among; none for who may not see any."""
    return list(forms(actor).values_list("key", "name")[:MOST]) if actor.may("forms.view") else []


def counted(rows: QuerySet[WebForm]) -> QuerySet[WebForm]:
    """With how many answers were accepted (`accepted`) and taken for spam (`spam`)."""
    states = FormSubmission.State
    return rows.annotate(
        accepted=Count("submissions", filter=Q(submissions__state=states.ACCEPTED)),
        spam=Count("submissions", filter=Q(submissions__state=states.SPAM)),
    )


def form_for(actor: Actor, form_id: uuid.UUID, *, lock: bool = False) -> WebForm:
    """Raises Http404."""
    rows = forms(actor)
    return get_object_or_404(rows.select_for_update() if lock else rows, pk=form_id)


def submissions(actor: Actor, form: WebForm) -> QuerySet[FormSubmission]:
    """Newest first; only those of people whom the actor may see. Raises Http404."""
    if not actor.may("forms.view") or not actor.may("people.view"):
        raise Http404
    rows = FormSubmission.objects.filter(form=form).order_by("-at", "id")
    return rows if sees_everybody(actor) else rows.filter(person__in=people(actor))


def submission_for(actor: Actor, submission_id: uuid.UUID, *, lock: bool = False) -> FormSubmission:
    """Raises Http404, also where the actor may not see whose it is."""
    if not actor.may("forms.view") or not actor.may("people.view"):
        raise Http404
    rows = FormSubmission.objects.all()
    row = get_object_or_404(rows.select_for_update() if lock else rows, pk=submission_id)
    if row.person_id:
        person_for(actor, row.person_id)
    elif not sees_everybody(actor):
        raise Http404
    return row


def live_form(key: str) -> WebForm | None:
    """The form that takes answers under this key, as it was at most a second ago. It belongs to nobody: change none."""
    try:
        return live_forms((key,))[0]
    except WebForm.DoesNotExist:
        return None


@kept_for(SECOND)
def live_forms(keys: tuple[str, ...]) -> list[WebForm]:
    """The forms of these keys that take answers. Raises DoesNotExist where none does, which is asked each time."""
    if rows := list(WebForm.objects.filter(key__in=keys).exclude(live_at=None)):
        return rows
    raise WebForm.DoesNotExist
