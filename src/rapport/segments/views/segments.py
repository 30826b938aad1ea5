"""The list of segments, one segment, why somebody is in it, and archiving."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from clickhouse_connect.driver.exceptions import ClickHouseError
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from rapport.core.access import Actor, actor_of
from rapport.core.clock import SYSTEM, Clock, clock_of
from rapport.core.links import actions_for, uses_of
from rapport.core.ui import formats
from rapport.core.ui.toasts import note
from rapport.core.views.pages import page
from rapport.events.queries import masking
from rapport.people.queries import person_for
from rapport.segments.language import tree
from rapport.segments.models import Segment
from rapport.segments.queries import segments as queries
from rapport.segments.queries import unseen_events
from rapport.segments.services import explain
from rapport.segments.services import segments as services
from rapport.segments.views.lists import MemberList, SegmentList
from rapport.segments.views.tabs import tabs

DAYS = 30


@page("segments.view")
def index(request: HttpRequest) -> HttpResponseBase:
    return SegmentList(request).respond()


@page("segments.view")
def segment(request: HttpRequest, key: str) -> HttpResponseBase:
    shown = queries.segment_for(actor_of(request), key)
    actor = actor_of(request)
    return MemberList(
        request, segment=shown, head=lambda member_segment: _head(actor, member_segment)
    ).respond()


def _head(actor: Actor, segment: Segment) -> dict[str, Any]:
    """What the page says above the members."""
    growth = _growth(segment)
    change = growth[-1][3] - growth[0][3] if growth else 0
    return {
        "segment": segment,
        "words": tree.sentence(segment.definition),
        "warnings": unseen_events.warnings(segment.definition),
        "growth": growth,
        "chart": _chart([size for *_rest, size in growth]),
        "entered": sum(row[1] for row in growth),
        "left": sum(row[2] for row in growth),
        "change": change,
        "heading": _growth_heading(change, len(growth)),
        "span": _("since it was made") if len(growth) < DAYS else _("in the last %(n)d days") % {"n": DAYS},
        "used_by": uses_of("segment", [segment.pk])[segment.pk],
        "actions": actions_for(actor, "segment", segment.pk),
        "tabs": tabs(actor, segment, "segment"),
    }


def _growth_heading(change: int, days: int) -> str:
    words = {"n": formats.number(abs(change)), "days": DAYS}
    if days < DAYS:
        return _("Grew by %(n)s since it was made") % words if change > 0 else _("New: no history yet")
    if change > 0:
        return _("Grew by %(n)s in %(days)d days") % words
    return (
        _("Shrank by %(n)s in %(days)d days") % words if change else _("Same size for %(days)d days") % words
    )


def _chart(sizes: list[int]) -> dict[str, Any]:
    """A line and its area as SVG paths in a box of 600 by 120, from zero to the largest size."""
    if len(sizes) < 2:
        return {}
    peak = max(*sizes, 1)
    points = [
        f"{600 * n / (len(sizes) - 1):.1f} {116 - 108 * size / peak:.1f}" for n, size in enumerate(sizes)
    ]
    line = "M" + "L".join(points)
    return {"line": line, "area": f"{line}L600 120L0 120Z", "peak": peak}


def _growth(segment: Segment, clock: Clock = SYSTEM) -> list[tuple[dt.date, int, int, int]]:
    try:
        return queries.growth(segment, days=DAYS, today=clock.now().date())
    except (ClickHouseError, OSError):
        return []


@page("segments.view")
def status(request: HttpRequest, key: str) -> HttpResponseBase:
    """The state and size, renewed while the segment is being computed."""
    shown = queries.segment_for(actor_of(request), key)
    response = render(request, "segments/status.html", {"segment": shown})
    if shown.state == "ready":
        response.headers["HX-Refresh"] = "true"
    return response


@page("people.view")
def why(request: HttpRequest, key: str, person_id: uuid.UUID) -> HttpResponseBase:
    """Each clause answered for one person; opens in the side panel."""
    actor = actor_of(request)
    explained, person = queries.segment_for(actor, key), person_for(actor, person_id)
    stay = explained.memberships.filter(person=person).first()
    try:
        hidden = masking.flags_for(actor)
        reason = explain.explain(
            explained.definition, person_id=person.pk, now=clock_of(request).now(), hidden=hidden
        )
    except (ClickHouseError, OSError):
        reason = None
    entry = queries.entries(explained, [person.pk]).get(person.pk)
    if explained.kind == Segment.Kind.LIST:
        reason = None
    context = {"segment": explained, "person": person, "stay": stay, "reason": reason, "entry": entry}
    return render(request, "segments/why.html", context)


@require_safe
@page("segments.view")
def person(request: HttpRequest, person_id: uuid.UUID) -> HttpResponseBase:
    """The profile's panel: the segments a person is in, each with its "Why?"."""
    subject = person_for(actor_of(request), person_id)
    context = {"person": subject, "memberships": queries.segments_of(subject.pk)}
    return render(request, "segments/person.html", context)


@require_POST
@page("segments.edit")
def archive(request: HttpRequest, key: str) -> HttpResponseBase:
    actor = actor_of(request)
    archived = queries.segment_for(actor, key)
    try:
        services.archive_segment(actor=actor, segment=archived)
    except ValidationError as error:
        note(request, " ".join(error.messages), level="error")
        return redirect("segments:segment", key)
    undo = reverse("segments:restore", args=[key])
    note(request, _("Archived “%(name)s”.") % {"name": archived.name}, undo_url=undo)
    return redirect("segments:list")


@require_POST
@page("segments.edit")
def restore(request: HttpRequest, key: str) -> HttpResponseBase:
    actor = actor_of(request)
    services.restore_segment(actor=actor, segment=queries.segment_for(actor, key))
    return redirect("segments:segment", key)
