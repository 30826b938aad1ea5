"""Events that could not be taken: why, what they carried, and another try."""

from __future__ import annotations

import json
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_GET

from rapport.core.access import Actor, actor_of
from rapport.core.ui.lists import (
    BulkAction,
    BulkResult,
    ChoiceFilter,
    Column,
    DateFilter,
    ListPage,
    TextFilter,
)
from rapport.core.views.pages import page
from rapport.events import queries
from rapport.events.models import QuarantinedEvent
from rapport.events.queries import masking
from rapport.events.services import quarantine as services
from rapport.events.views.frame import tabs

MOST = 1000


def _replay(actor: Actor, rows: QuerySet[QuarantinedEvent]) -> BulkResult:
    """Replays the chosen events, and says how it went. Raises ValidationError when all were refused again."""
    items, refused = list(rows[:MOST]), []
    for item in items:
        try:
            services.replay(actor=actor, item=item)
        except services.CannotReplay as error:
            refused.append(str(error))
    done = len(items) - len(refused)
    words = ngettext("%(n)d event replayed.", "%(n)d events replayed.", done) % {"n": done}
    if refused:
        again = ngettext(
            "%(n)d event was refused again: %(why)s",
            "%(n)d events were refused again. The first: %(why)s",
            len(refused),
        )
        words = f"{words} {again % {'n': len(refused), 'why': refused[0]}}"
    if refused and not done:
        raise ValidationError(words)
    return BulkResult(words)


def _discard(actor: Actor, rows: QuerySet[QuarantinedEvent]) -> BulkResult:
    items = list(rows[:MOST])
    for item in items:
        services.discard(actor=actor, item=item)
    words = ngettext("%(n)d event discarded.", "%(n)d events discarded.", len(items))
    return BulkResult(words % {"n": len(items)})


class QuarantineList(ListPage):
    """Events that could not be taken."""

    name = "quarantine"
    title = gettext_lazy("Quarantine")
    template = "events/quarantine.html"
    empty_template = "events/_quarantine_empty.html"
    default_sort = "-at"
    search_in = ("reason",)
    search_hint = gettext_lazy("Search reasons")
    columns = (
        Column("reason", gettext_lazy("Reason"), value=lambda row: row.reason[:140], main=True),
        Column("at", gettext_lazy("When"), sort="at"),
        Column("stage", gettext_lazy("Stage"), value=lambda row: row.get_stage_display(), sort="stage"),
        Column("source", gettext_lazy("Source"), value="source.name"),
    )
    filters = (
        TextFilter("reason", gettext_lazy("Reason")),
        ChoiceFilter("stage", gettext_lazy("Stage"), choices=QuarantinedEvent.Stage.choices),
        TextFilter("source", gettext_lazy("Source"), "source__name"),
        DateFilter("at", gettext_lazy("When")),
    )
    bulk = (
        BulkAction("replay", gettext_lazy("Replay"), "rotate-ccw", "data.edit", _replay),
        BulkAction("discard", gettext_lazy("Discard"), "trash-2", "data.edit", _discard, danger=True),
    )

    def rows(self) -> QuerySet[QuarantinedEvent]:
        return queries.quarantined(self.actor)

    def url(self, row: QuarantinedEvent) -> str:
        return reverse("events:quarantined_event", args=[row.pk])

    def context(self) -> dict[str, Any]:
        return {"tabs": tabs(self.request, "quarantine")}


@page("data.view")
def quarantine(request: HttpRequest) -> HttpResponseBase:
    return QuarantineList(request).respond()


@require_GET
@page("data.view")
def quarantined_event(request: HttpRequest, event_id: int) -> HttpResponse:
    actor = actor_of(request)
    event = queries.quarantined_for(actor, event_id)
    context = {
        "item": event,
        "raw": readable(bytes(event.payload), plain=actor.may(masking.PERMISSION)),
        "hidden": not actor.may(masking.PERMISSION),
        "open": not (event.replayed_at or event.discarded_at),
        "may_edit": actor.may("data.edit"),
    }
    return render(request, "events/quarantined_event.html", context)


def readable(payload: bytes, *, plain: bool = True) -> str:
    """The payload as indented JSON where it is JSON, else as text; unless `plain`, without its values."""
    text = payload.decode("utf-8", "replace")
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        return text if plain else masking.MASK
    return json.dumps(document if plain else masking.blanked(document), indent=2, ensure_ascii=False)
