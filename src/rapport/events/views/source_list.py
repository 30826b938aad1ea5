"""The list of sources: what stands in PostgreSQL, with what ClickHouse counted and what higher apps say of it."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy, ngettext

from rapport.core.access import Actor
from rapport.core.templatetags.ui import badge
from rapport.core.ui import formats
from rapport.core.ui.lists import (
    ChoiceFilter,
    Column,
    DateFilter,
    ListPage,
    MemoryRows,
    NumberFilter,
    TextFilter,
)
from rapport.events import queries
from rapport.events.models import Source
from rapport.events.registry import SOURCE_KINDS, SourceState
from rapport.events.views.frame import spark, tabs

STATES = {
    "internal": (gettext_lazy("Built in"), ""),
    "off": (gettext_lazy("Off"), "warn"),
    "receiving": (gettext_lazy("Receiving"), "good"),
    "waiting": (gettext_lazy("Waiting"), ""),
    "other": (gettext_lazy("Status"), ""),
}


def _counted(actor: Actor) -> list[Any]:
    """All sources with their volume over the last 30 days and their state."""
    volumes = {volume.name: volume for volume in queries.volumes(actor, "source", days=30)}
    rows: list[Any] = list(queries.sources(actor))
    reported = _reported(rows)
    for row in rows:
        row.volume, row.reported = volumes.get(row.name), reported.get(row.pk)
        row.events = row.volume.count if row.volume else 0
        row.last = (row.reported and row.reported.last) or (row.volume and row.volume.last_day)
        row.state = _state(row)
    return rows


def _reported(rows: list[Source]) -> dict[int, SourceState]:
    """What higher apps say of the sources that are theirs: one question for each kind."""
    states: dict[int, SourceState] = {}
    for kind in SOURCE_KINDS:
        states |= kind.states([row.pk for row in rows if row.kind == kind.kind])
    return states


def _state(row: Any) -> str:
    if row.kind == Source.Kind.INTERNAL:
        return "internal"
    if row.disabled_at:
        return "off"
    return "other" if row.reported else "receiving" if row.volume else "waiting"


def _badge(row: Any) -> SafeString:
    if row.state != "other":
        return badge(*STATES[row.state], dot=True)
    shown = badge(row.reported.label, row.reported.tone, dot=True)
    if not row.reported.problems:
        return shown
    failed = ngettext("%(n)s failed", "%(n)s failed", row.reported.problems)
    words = failed % {"n": formats.number(row.reported.problems)}
    return format_html('{} <span class="xs subtle">{}</span>', shown, words)


class SourceList(ListPage):
    """Where events come from."""

    name = "sources"
    title = gettext_lazy("Sources")
    template = "events/sources.html"
    empty_template = "events/_sources_empty.html"
    default_sort = "name"
    search_in = ("name",)
    search_hint = gettext_lazy("Search sources")
    export_permission = "data.view"
    columns = (
        Column("name", gettext_lazy("Source"), sort="name", main=True),
        Column("kind", gettext_lazy("Kind"), value=lambda row: row.get_kind_display(), sort="kind"),
        Column(
            "state",
            gettext_lazy("State"),
            value=lambda row: str(STATES[row.state][0]),
            cell=_badge,
            sort="state",
        ),
        Column("days", gettext_lazy("Last 30 days"), value="events", cell=spark),
        Column("events", gettext_lazy("Events"), sort="events", num=True),
        Column("last", gettext_lazy("Last event")),
        Column("created_at", gettext_lazy("Created"), sort="created_at", shown=False),
    )
    filters = (
        TextFilter("name", gettext_lazy("Name")),
        ChoiceFilter("kind", gettext_lazy("Kind"), choices=Source.Kind.choices),
        ChoiceFilter(
            "state", gettext_lazy("State"), choices=[(key, label) for key, (label, _tone) in STATES.items()]
        ),
        NumberFilter("events", gettext_lazy("Events, 30 days")),
        DateFilter("created_at", gettext_lazy("Created")),
    )

    def rows(self) -> MemoryRows:
        return MemoryRows(_counted(self.actor))

    def url(self, row: Source) -> str:
        return reverse("events:source", args=[row.pk])

    def context(self) -> dict[str, Any]:
        return {"tabs": tabs(self.request, "data"), "may_edit": self.actor.may("data.edit")}
