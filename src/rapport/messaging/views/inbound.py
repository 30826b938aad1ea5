"""Messages of persons as they came in, and those of nobody known, which somebody can say whose they are."""

from __future__ import annotations

import uuid
from typing import Any

from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from rapport.core.access import actor_of
from rapport.core.clock import clock_of
from rapport.core.ui.lists import ChoiceFilter, Column, DateFilter, ListPage, TextFilter
from rapport.core.ui.toasts import note
from rapport.core.views.pages import page
from rapport.governance.registry import channel_label
from rapport.messaging import queries
from rapport.messaging.models import InboundMessage
from rapport.messaging.services import quotes
from rapport.messaging.services import unmatched as matching


class UnmatchedList(ListPage):
    name = "unmatched"
    title = gettext_lazy("Unmatched messages")
    default_sort = "-received_at"
    search_in = ("name", "address", "subject", "text")
    empty = (
        gettext_lazy("Everybody is known"),
        gettext_lazy("What comes in from an address of nobody waits here until you say whose it is."),
    )
    columns = (
        Column(
            "name",
            gettext_lazy("From"),
            value=lambda row: row.name or row.answer_to or row.address,
            main=True,
        ),
        Column("address", gettext_lazy("Address")),
        Column("channel", gettext_lazy("Channel"), value=lambda row: channel_label(row.channel)),
        Column("subject", gettext_lazy("Subject"), value=lambda row: row.subject or row.text[:80]),
        Column("received_at", gettext_lazy("Received"), sort="received_at"),
    )
    filters = (
        TextFilter("address", gettext_lazy("Address")),
        ChoiceFilter("kind", gettext_lazy("Kind"), choices=InboundMessage.Kind.choices),
        DateFilter("received_at", gettext_lazy("Received")),
    )

    def rows(self) -> Any:
        aside = self.request.GET.get("aside") == "yes"
        return queries.unmatched(self.actor).filter(dismissed_at__isnull=not aside)

    extra_parameters = ("aside",)

    def url(self, row: InboundMessage) -> str:
        return reverse("messaging:message", args=[row.pk])


@page("messages.answer")
def unmatched(request: HttpRequest) -> HttpResponseBase:
    """The list."""
    return UnmatchedList(request).respond()


@require_safe
@page("messages.view")
def message(request: HttpRequest, message_id: uuid.UUID) -> HttpResponseBase:
    """Who wrote what, when, over which channel, and in answer to what."""
    return _message_page(request, message_id)


@require_POST
@page("messages.answer")
def match(request: HttpRequest, message_id: uuid.UUID) -> HttpResponseBase:
    """Says whose message it is: the person chosen, or a new one."""
    chosen = request.POST.get("person", "")
    try:
        person_id = uuid.UUID(chosen) if chosen else None
        if person_id is None and "new" not in request.POST:
            raise ValidationError(_("Choose a person."))
        person = matching.match(
            actor=actor_of(request), message_id=message_id, person_id=person_id, clock=clock_of(request)
        )
    except ValueError as error:
        return _message_page(request, message_id, str(error))
    except ValidationError as error:
        return _message_page(request, message_id, error.messages[0])
    undo = reverse("messaging:match-undo", args=[message_id])
    note(request, _("It stands in their conversation."), undo_url=undo)
    return redirect(reverse("people:profile", args=[person.pk]) + "?tab=messages")


@require_POST
@page("messages.answer")
def match_undo(request: HttpRequest, message_id: uuid.UUID) -> HttpResponseBase:
    """Takes back whose message it was."""
    matching.unmatch(actor=actor_of(request), message_id=message_id, clock=clock_of(request))
    return redirect("messaging:unmatched")


@require_POST
@page("messages.answer")
def dismissal(request: HttpRequest, message_id: uuid.UUID) -> HttpResponseBase:
    """Puts a message aside, or with `undo` back into the list."""
    undo = "undo" in request.POST or "undo" in request.GET
    matching.dismiss(actor=actor_of(request), message_id=message_id, undo=undo, clock=clock_of(request))
    if not undo:
        again = reverse("messaging:dismissal", args=[message_id]) + "?undo=yes"
        note(request, _("The message is put aside."), undo_url=again)
    return redirect("messaging:unmatched")


def _message_page(request: HttpRequest, message_id: uuid.UUID, problem: str = "") -> HttpResponseBase:
    actor = actor_of(request)
    row = queries.inbound_message_for(actor, message_id)
    wording, quoted = quotes.apart(row.text)
    context = {
        "row": row,
        "wording": wording,
        "quoted": quoted,
        "channel": channel_label(row.channel),
        "may_answer": actor.may("messages.answer"),
        "may_create": actor.may("people.edit"),
        "problem": problem,
    }
    return render(request, "messaging/message.html", context, status=422 if problem else 200)
