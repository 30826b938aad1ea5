"""What is written into connected systems: switches, rules, decisions, and a person's panel with what came of it."""

from __future__ import annotations

import uuid

from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from rapport.connectors import queries
from rapport.connectors.fields import field_label
from rapport.connectors.forms import NoteForm, WritingForm
from rapport.connectors.services import codes, settling
from rapport.connectors.services.deciding import WHY
from rapport.connectors.views.connectors import connector_page
from rapport.core.access import actor_of
from rapport.core.clock import clock_of
from rapport.core.ui.toasts import note
from rapport.core.views.pages import page
from rapport.people import queries as people


@require_POST
@page("connectors.edit")
def change(request: HttpRequest, connector_id: uuid.UUID) -> HttpResponseBase:
    """What is written there from now on, and which side wins."""
    actor = actor_of(request)
    row = queries.connector_for(actor, connector_id)
    writing = queries.kind_of(row).writing
    if writing is None:
        raise Http404
    form = WritingForm(request.POST, writing=writing, stored=row)
    if form.is_valid():
        try:
            settling.change(
                actor=actor,
                connector_id=row.pk,
                writes=form.cleaned_data,
                rules=form.rules,
                clock=clock_of(request),
            )
        except ValidationError as error:
            form.add_problems(error)
        else:
            note(request, _("Saved. Its customers are compared with what is known here."))
            return redirect("connectors:connector", row.pk)
    return connector_page(request, row, writing_form=form)


@require_POST
@page("connectors.edit")
def again(request: HttpRequest, connector_id: uuid.UUID) -> HttpResponseBase:
    """Has what was not written tried again."""
    count = settling.again(actor=actor_of(request), connector_id=connector_id, clock=clock_of(request))
    words = ngettext("%(count)d record is written again.", "%(count)d records are written again.", count)
    note(request, words % {"count": count})
    return redirect("connectors:connector", connector_id)


@require_POST
@page("connectors.edit")
def decide(request: HttpRequest, connector_id: uuid.UUID, difference_id: int) -> HttpResponseBase:
    """Which of both values it is to be."""
    actor, winner = actor_of(request), request.POST.get("winner", "")
    row = queries.connector_for(actor, connector_id)
    try:
        settling.decide(
            actor=actor,
            connector_id=connector_id,
            difference=difference_id,
            winner=winner,
            clock=clock_of(request),
        )
    except ValidationError as error:
        return connector_page(request, row, problem=" ".join(error.messages))
    note(request, _("Decided. The other side follows within a minute."))
    return redirect("connectors:connector", connector_id)


@require_POST
@page("connectors.edit")
def add_note(request: HttpRequest, connector_id: uuid.UUID, person_id: uuid.UUID) -> HttpResponseBase:
    """A note on an order of a customer, for the shop."""
    actor = actor_of(request)
    person = people.person_for(actor, person_id)
    form = NoteForm(request.POST)
    if form.is_valid():
        try:
            codes.add_note(
                actor=actor, connector_id=connector_id, clock=clock_of(request), **form.cleaned_data
            )
        except ValidationError as error:
            form.add_problems(error)
        else:
            note(request, _("The note is being written into the shop."))
            return redirect("people:profile", person.pk)
    problems = [str(words) for those in form.errors.values() for words in those]
    note(request, " ".join(problems), level="error")
    return redirect("people:profile", person.pk)


@require_safe
@page("connectors.view")
def person(request: HttpRequest, person_id: uuid.UUID) -> HttpResponseBase:
    """The panel: in which shops they are a customer, what was written there, and every decision with its reason."""
    actor = actor_of(request)
    chosen = people.person_for(actor, person_id)
    may_edit = actor.may("connectors.edit")
    shops = [
        (
            shop, NoteForm() if may_edit and shop.connector.writes.get("notes") else None,
            [(entry, field_label(entry.field), WHY.get(entry.why, "")) for entry in shop.differences],
        )
        for shop in queries.shops_of(actor, chosen)
    ]  # fmt: skip
    context = {"person": chosen, "shops": shops, "may_edit": may_edit}
    return render(request, "connectors/person.html", context)
