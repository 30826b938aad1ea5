"""Owner and team of records: set for many on a page, for one in its card."""

from __future__ import annotations

import uuid
from typing import Any

from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.html import escape
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from rapport.core import queries
from rapport.core.access import actor_of
from rapport.core.forms.access import AssignmentForm
from rapport.core.models import OwnerChange
from rapport.core.registry import OWNED_RECORDS
from rapport.core.services import ownership
from rapport.core.services.ownership import Assignment
from rapport.core.ui.toasts import note, toast
from rapport.core.views.pages import is_own_address, page


@require_http_methods(["GET", "HEAD", "POST"])
@page()
def assignment(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Whom the chosen records are given to; POST gives them."""
    actor = actor_of(request)
    change = queries.owner_change_for(actor, pk)
    if change.state != OwnerChange.State.CHOSEN:
        raise Http404
    form = AssignmentForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            done = ownership.assign(actor=actor, change=change, to=form.assignment())
        except ValidationError as error:
            form.add_error(None, error.messages)
        else:
            count = len(done.records)
            text = ngettext("%(n)d record assigned.", "%(n)d records assigned.", count) % {"n": count}
            note(request, text, undo_url=reverse("core:assignment-undo", args=[pk]))
            following = request.POST.get("next", "")
            return redirect(following if is_own_address(following) else "/")
    context = {
        "form": form,
        "count": len(change.records),
        "record": OWNED_RECORDS[change.kind],
        "next": request.headers.get("Referer", "").partition(request.get_host())[2] or "/",
    }
    return render(request, "core/assignment.html", context, status=422 if form.errors else 200)


@require_POST
@page()
def undo(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Gives the records back to whom they belonged before."""
    change = queries.owner_change_for(actor_of(request), pk)
    try:
        ownership.take_back(actor=actor_of(request), change=change)
    except ValidationError as error:
        note(request, " ".join(error.messages), level="error")
    else:
        note(request, _("Undone."))
    here = request.headers.get("Referer", "").partition(request.get_host())[2]
    return redirect(here if is_own_address(here) else "/")


@require_http_methods(["GET", "HEAD", "POST"])
@page()
def card(request: HttpRequest, kind: str, pk: uuid.UUID) -> HttpResponseBase:
    """Owner and team of one record, edited in place."""
    actor, record = actor_of(request), OWNED_RECORDS[kind]
    row: Any = record.rows(actor).select_related("owner", "team").filter(pk=pk).first()
    if row is None:
        raise Http404
    if request.method == "POST":
        return _edited(request, kind, pk)
    context = {
        "row": row,
        "url": request.path,
        "may_edit": actor.may(record.edit),
        "owners": [("", _("Nobody")), *queries.owner_choices()],
        "teams": [("", _("None")), *queries.team_choices()],
        "why": f"{reverse('core:settings-why')}?record={kind}:{pk}" if actor.may("users.edit") else "",
    }
    return render(request, "core/owned.html", context)


def _edited(request: HttpRequest, kind: str, pk: uuid.UUID) -> HttpResponse:
    field, value = request.POST.get("edit", ""), request.POST.get("value", "")
    choices = dict(queries.owner_choices() if field == "owner" else queries.team_choices())
    try:
        if field not in {"owner", "team"} or (value and value not in choices):
            raise ValidationError(_("Choose one from the list."))
        given = int(value) if value else None
        to: Assignment = {"owner_id": given} if field == "owner" else {"team_id": given}
        change = ownership.assign_one(actor=actor_of(request), kind=kind, record_id=pk, to=to)
    except ValidationError as error:
        return toast(HttpResponse(status=422), " ".join(error.messages), level="error")
    answer = HttpResponse(escape(choices.get(value, "")))
    return toast(answer, _("Saved."), undo_url=reverse("core:assignment-undo", args=[change.pk]))
