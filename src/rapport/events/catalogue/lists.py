"""The list of events under Data."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from rapport.core.access import Actor
from rapport.core.clock import SYSTEM, Clock
from rapport.core.ui import formats
from rapport.core.ui.lists import (
    Board,
    BulkAction,
    BulkResult,
    ChoiceFilter,
    Column,
    DateFilter,
    ListPage,
    NumberFilter,
    TextFilter,
)
from rapport.events.catalogue import reading, standard, writing
from rapport.events.models import EventProperty, EventType
from rapport.events.views.frame import spark, tabs


class UnusedFilter(ChoiceFilter):
    """Declared, and not seen for so many days."""

    def chosen(self, values: list[Any], clock: Clock = SYSTEM) -> Q:
        before = clock.now() - dt.timedelta(days=max(int(value) for value in values))
        unseen = Q(last_seen_at=None) | Q(last_seen_at__lt=before)
        return Q(state=EventType.State.DECLARED) & unseen


class PersonalFilter(ChoiceFilter):
    """By what is known of its properties."""

    def chosen(self, values: list[Any]) -> Q:
        own = EventProperty.objects.filter(event=OuterRef("pk"))
        condition = Q()
        if "flagged" in values:
            condition |= Q(Exists(own.filter(personal="yes")))
        if "suggested" in values:
            condition |= Q(Exists(own.filter(personal="").exclude(suggested="")))
        return condition


class ProblemFilter(ChoiceFilter):
    """What should be looked at."""

    def chosen(self, values: list[Any]) -> Q:
        condition = Q()
        if "violating" in values:
            condition |= Q(violations__gt=0)
        if "misspelt" in values:
            condition |= ~Q(similar_to="")
        return condition


def _declare(actor: Actor, rows: QuerySet[EventType]) -> BulkResult:
    undeclared = list(rows.filter(state=EventType.State.SEEN))
    for event in undeclared:
        writing.declare(actor=actor, name=event.name)
    words = ngettext("%(n)d event declared.", "%(n)d events declared.", len(undeclared))
    return BulkResult(words % {"n": len(undeclared)})


def _move(actor: Actor, row: EventType, state: str) -> None:
    if row.state == EventType.State.SEEN and state == EventType.State.DECLARED:
        writing.declare(actor=actor, name=row.name)
        return
    writing.describe(
        actor=actor,
        event_id=row.pk,
        description=row.description,
        category=row.category,
        owner=row.owner,
        state=state,
    )


def _in_30_days(total: int) -> str:
    return gettext("%(n)s in 30 days") % {"n": formats.number(total, compact=True)}


class Catalogue(ListPage):
    """Every event name, seen or declared."""

    name = "event-catalogue"
    title = _("Event catalogue")
    template = "events/catalogue/list.html"
    empty_template = "events/catalogue/_empty.html"
    default_sort = "-recent"
    search_in = ("name", "description", "category")
    search_hint = _("Search events")
    columns = (
        Column("name", _("Event"), sort="name", main=True, cell="events/catalogue/_name.html"),
        Column("state", _("State"), value="get_state_display", cell="events/catalogue/_state.html"),
        Column("days", _("Last 30 days"), value="recent", cell=spark),
        Column("recent", _("Events, 30 days"), sort="recent", num=True),
        Column("total", _("Total events"), sort="total", num=True),
        Column("violations", _("Violations"), sort="violations", num=True),
        Column("category", _("Category"), value=standard.category_label, sort="category"),
        Column("owner", _("Owner"), value="owner.email", shown=False),
        Column("sources", _("Sources"), value=lambda row: ", ".join(row.sources), shown=False),
        Column("last_seen", _("Last seen"), value="last_seen_at"),
        Column("first_seen", _("First seen"), value="first_seen_at", shown=False),
    )
    filters = (
        TextFilter("name", _("Name")),
        ChoiceFilter("state", _("State"), choices=EventType.State.choices),
        ProblemFilter(
            "problem",
            _("Problem"),
            choices=[("violating", _("Violating")), ("misspelt", _("Possibly misspelt"))],
        ),
        UnusedFilter(
            "unused",
            _("Unused"),
            choices=[(str(n), _("For %(n)d days") % {"n": n}) for n in (30, 90, 180, 365)],
        ),
        PersonalFilter(
            "personal",
            _("Personal data"),
            choices=[("flagged", _("Flagged")), ("suggested", _("Suggested, not decided"))],
        ),
        TextFilter("category", _("Category")),
        NumberFilter("recent", _("Events, 30 days")),
        DateFilter("last_seen_at", _("Last seen")),
    )
    board = Board(
        "state",
        EventType.State.choices,
        _move,
        permission="data.edit",
        weight="recent",
        weigh=_in_30_days,
        card_columns=("days", "recent", "last_seen"),
    )
    bulk = (BulkAction("declare", _("Declare"), "badge-check", "data.edit", _declare),)

    def rows(self) -> QuerySet[EventType]:
        return reading.events(self.actor)

    def url(self, row: EventType) -> str:
        return reverse("events:event_type", args=[row.pk])

    def prepare(self, rows: list[Any]) -> None:
        volumes = reading.spark_lines([row.name for row in rows])
        for row in rows:
            row.volume = volumes[row.name]

    def context(self) -> dict[str, Any]:
        return {"tabs": tabs(self.request, "catalogue"), "may_edit": self.actor.may("data.edit")}
