"""The list of segments and the list of a segment's members."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from rapport.core.access import Actor
from rapport.core.clock import clock_of
from rapport.core.templatetags.ui import badge
from rapport.core.ui.formats import number
from rapport.core.ui.lists import (
    BooleanFilter,
    BulkAction,
    BulkResult,
    Column,
    DateFilter,
    ListPage,
    NumberFilter,
    TextFilter,
)
from rapport.core.ui.lists.page import Rows
from rapport.segments.language import tree
from rapport.segments.models import Membership, Segment
from rapport.segments.queries import segments as queries
from rapport.segments.services import lists, recompute

CHANGE_DAYS = 7
_TONES = {"ready": "good", "computing": "live", "failed": "bad", "archived": ""}


def state_badge(segment: Segment) -> SafeString:
    names = {
        "ready": _("Ready"),
        "computing": _("Computing"),
        "failed": _("Failing, retried"),
        "archived": _("Archived"),
    }
    return badge(names[segment.state], _TONES[segment.state])


def _is_new(segment: Segment) -> bool:
    """Whether its definition is being computed for the first time, so that there are no figures yet."""
    return segment.state == "computing" and segment.computed_version < segment.version


def _size(segment: Segment) -> SafeString | str:
    return (
        format_html('<span class="subtle">{}</span>', _("Computing…"))
        if _is_new(segment)
        else number(segment.size)
    )


def _change(segment: Segment) -> SafeString | str:
    if _is_new(segment):
        return format_html('<span class="subtle">{}</span>', "–")
    difference = getattr(segment, "change", None)
    if not difference:
        return format_html('<span class="subtle">{}</span>', "–" if difference is None else "0")
    tone = "good" if difference > 0 else "bad"
    return format_html(
        '<span class="{}">{}{}</span>', tone, "+" if difference > 0 else "−", number(abs(difference))
    )


def _compute_again(actor: Actor, rows: Rows) -> BulkResult:
    actor.require("segments.edit")
    ids = list(rows.values_list("pk", flat=True))
    recompute.request(ids)
    return BulkResult(_("Computing %(n)d segments anew.") % {"n": len(ids)})


class SegmentList(ListPage):
    """All segments: how large, how they move, and whether they are up to date."""

    name = "segments"
    title = gettext_lazy("Segments")
    default_sort = "name"
    search_in = ("name", "key", "description")
    search_hint = gettext_lazy("Search segments")
    template = "segments/list.html"
    empty_template = "segments/empty.html"
    export_permission = "segments.view"
    columns = (
        Column("name", gettext_lazy("Name"), sort="name", main=True),
        Column(
            "words",
            gettext_lazy("Conditions"),
            value=lambda row: tree.describe_clause(row.definition),
            cell=lambda row: format_html(
                '<span class="muted clamp">{}</span>', tree.describe_clause(row.definition)
            ),
        ),
        Column("size", gettext_lazy("People"), cell=_size, sort="size", num=True),
        Column(
            "change",
            gettext_lazy("Last 7 days"),
            value=lambda row: getattr(row, "change", 0),
            cell=_change,
            num=True,
        ),
        Column("state", gettext_lazy("State"), value="state", cell=state_badge),
        Column("updated", gettext_lazy("Changed"), value="updated_at", sort="updated_at"),
        Column("key", gettext_lazy("Key"), sort="key", shown=False),
        Column("created_by", gettext_lazy("Created by"), sort="created_by", shown=False),
    )
    filters = (
        TextFilter("name", gettext_lazy("Name")),
        NumberFilter("size", gettext_lazy("People")),
        BooleanFilter("moves_with_time", gettext_lazy("Depends on time")),
        DateFilter("updated", gettext_lazy("Changed"), "updated_at"),
        TextFilter("created_by", gettext_lazy("Created by")),
    )
    bulk = (
        BulkAction("compute", gettext_lazy("Compute anew"), "refresh-cw", "segments.edit", _compute_again),
    )

    def rows(self) -> Rows:
        return queries.segments(self.actor)

    def url(self, row: Segment) -> str:
        return reverse("segments:segment", args=[row.key])

    def prepare(self, rows: list[Segment]) -> None:
        moved = queries.changes(rows, days=CHANGE_DAYS, now=clock_of(self.request).now())
        for row in rows:
            row.change = moved.get(row.pk, 0)  # type: ignore[attr-defined]


def _person(member: Membership) -> SafeString:
    from rapport.core.templatetags.ui import person_link

    return person_link(member.person)


def _why(member: Membership) -> SafeString:
    url = reverse("segments:why", args=[member.segment.key, member.person_id])
    return format_html('<a class="btn btn-small btn-quiet" href="{}" data-panel>{}</a>', url, _("Why?"))


def _take_off(actor: Actor, rows: Rows) -> BulkResult:
    first = rows.first()
    if first is None:
        return BulkResult(_("Nobody was chosen."))
    people = list(rows.values_list("person_id", flat=True))
    removed = lists.remove_people(actor=actor, segment=first.segment, person_ids=people)
    return BulkResult(_("%(n)d people removed from the list.") % {"n": removed})


class MemberList(ListPage):
    """Who is in one segment now."""

    name = "segment-members"
    title = gettext_lazy("Members")
    default_sort = "-entered"
    search_in = ("person__name", "person__email")
    search_hint = gettext_lazy("Search members")
    template = "segments/segment.html"
    empty_template = "segments/no_members.html"
    export_permission = "people.export"
    columns = (
        Column(
            "person", gettext_lazy("Person"), value="person", cell=_person, sort="person__name", main=True
        ),
        Column("email", gettext_lazy("Email"), value="person.email", sort="person__email"),
        Column(
            "country",
            gettext_lazy("Country"),
            value=lambda row: row.person.traits.get("country", ""),
            shown=False,
        ),
        Column("entered", gettext_lazy("Member since"), value="entered_at", sort="entered_at"),
        Column("seen", gettext_lazy("Last seen"), value="person.last_seen_at", sort="person__last_seen_at"),
        Column("why", gettext_lazy("Why"), value=lambda row: "", cell=_why),
    )
    bulk = (
        BulkAction("take-off", gettext_lazy("Remove from the list"), "minus", "segments.edit", _take_off),
    )
    filters = (
        TextFilter("name", gettext_lazy("Name"), "person__name"),
        TextFilter("email", gettext_lazy("Email"), "person__email"),
        DateFilter("entered", gettext_lazy("Member since"), "entered_at"),
        DateFilter("seen", gettext_lazy("Last seen"), "person__last_seen_at"),
    )

    def __init__(self, request: HttpRequest, *, segment: Segment, head: Any) -> None:
        super().__init__(request)
        self.segment, self.head = segment, head

    def allowed_bulk(self) -> list[BulkAction]:
        """People are taken off lists only; rules decide about the rest."""
        return super().allowed_bulk() if self.segment.kind == Segment.Kind.LIST else []

    def rows(self) -> Rows:
        return queries.members(self.actor, self.segment).select_related("segment").order_by()

    def context(self) -> dict[str, Any]:
        """The page's head is made only when the whole page is drawn."""
        partial = self.request.headers.get("HX-Target") == "list"
        return {"segment": self.segment} if partial else self.head(self.segment)
