"""A segment as a set: overlap, comparison with everybody, conversion into another, and who came and went."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import replace
from typing import Any

from clickhouse_connect.driver.exceptions import ClickHouseError
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from rapport.core.access import actor_of
from rapport.core.clock import SYSTEM, Clock
from rapport.core.ui.charts import Chart, Series
from rapport.core.ui.formats import number
from rapport.core.views.pages import page
from rapport.people.queries import people
from rapport.people.queries import traits as trait_queries
from rapport.people.values.formatting import format_trait, trait_label
from rapport.people.values.schema import PERSON
from rapport.segments.models import Segment
from rapport.segments.queries import analysis as queries_analysis
from rapport.segments.queries import segments as queries
from rapport.segments.views.tabs import tabs

DAYS = (7, 14, 30, 60, 90)
PERIODS = (30, 90, 180, 365)
PAGE = 100


@require_safe
@page("segments.view")
def analysis(request: HttpRequest, key: str) -> HttpResponseBase:
    """Three questions on one page; the choices stand in the address. The comparison comes when the page stands."""
    actor = actor_of(request)
    segment = queries.segment_for(actor, key)
    others = list(queries.segments(actor).exclude(pk=segment.pk).order_by("name"))
    by_key = {other.key: other for other in others}
    beside = [by_key[other] for other in request.GET.getlist("with") if other in by_key][:3]
    into = by_key.get(request.GET.get("into", ""))
    context: dict[str, Any] = {
        "segment": segment,
        "tabs": tabs(actor, segment, "analysis"),
        "others": others,
        "beside": beside,
        "into": into,
        "all_days": DAYS,
        "all_periods": PERIODS,
        "days": _chosen(request, "days", DAYS, 30),
        "period": _chosen(request, "period", PERIODS, 90),
    }
    try:
        context |= _answers(segment, beside, into, context)
    except (ClickHouseError, OSError):
        context["away"] = True
    return render(request, "segments/analysis.html", context)


@require_safe
@page("segments.view")
def comparison(request: HttpRequest, key: str) -> HttpResponseBase:
    """What members have and do more or less often than everybody."""
    segment = queries.segment_for(actor_of(request), key)
    try:
        compared = queries_analysis.recent_comparison(segment.pk, segment.version)
        context: dict[str, Any] = {"comparison": _worded(compared)}
    except (ClickHouseError, OSError):
        context = {"away": True}
    return render(request, "segments/comparison.html", context)


def _answers(
    segment: Segment,
    beside: list[Segment],
    into: Segment | None,
    chosen: dict[str, Any],
    clock: Clock = SYSTEM,
) -> dict[str, Any]:
    now = clock.now()
    answers: dict[str, Any] = {}
    if beside:
        answers |= _overlap([segment, *beside])
    if into is not None:
        converted = queries_analysis.conversion(
            segment, into, since=now - dt.timedelta(days=chosen["period"]), until=now, days=chosen["days"]
        )
        answers |= {"conversion": converted, "curve": _curve(converted), "median": _span(converted.median)}
    return answers


def _worded(comparison: dict[str, Any]) -> dict[str, Any]:
    """Traits by their labels, their values as people read them."""
    defined = {trait.key: trait for trait in trait_queries.definitions(PERSON, archived=True)}
    traits = [
        replace(
            row,
            name=trait_label(row.name, defined.get(row.name)),
            value=format_trait(row.name, row.value, defined.get(row.name)),
        )
        for row in comparison["traits"]
    ]
    return comparison | {"traits": traits}


def _overlap(segments: list[Segment]) -> dict[str, Any]:
    regions = queries_analysis.overlap(segments)
    names = [" + ".join(segments[n].name for n in part.inside) for part in regions]
    values = [part.count for part in regions]
    bars = Chart("bar", _("Segments"), names, [Series(_("People"), values)], horizontal=True)
    everybody = sum(values)
    shared = sum(part.count for part in regions if len(part.inside) == len(segments))
    title = _("%(n)s of %(all)s people are in all of them") % {
        "n": number(shared),
        "all": number(everybody),
    }
    return {"overlap": bars if regions else None, "overlap_title": title}


def _curve(converted: queries_analysis.Conversion) -> Chart | None:
    if not converted.started:
        return None
    shares = [count / converted.started for count in converted.curve]
    days = [str(day + 1) for day in range(len(shares))]
    return Chart("line", _("Day"), days, [Series(_("Converted"), shares)], y_unit="%")


def _span(took: dt.timedelta | None) -> str:
    if took is None:
        return ""
    hours = took.total_seconds() / 3600
    if hours < 48:
        return ngettext("%(n)d hour", "%(n)d hours", round(hours)) % {"n": round(hours)}
    return ngettext("%(n)d day", "%(n)d days", round(hours / 24)) % {"n": round(hours / 24)}


def _chosen(request: HttpRequest, name: str, among: tuple[int, ...], default: int) -> int:
    given = request.GET.get(name, "")
    return int(given) if given.isdigit() and int(given) in among else default


@require_safe
@page("people.view")
def history(request: HttpRequest, key: str) -> HttpResponseBase:
    """Who entered and left, newest first; older ones by the link below."""
    actor = actor_of(request)
    segment = queries.segment_for(actor, key)
    away, moves = False, []
    try:
        moves = queries_analysis.moves(segment, before=_moment(request.GET.get("before", "")), limit=PAGE + 1)
    except (ClickHouseError, OSError):
        away = True
    older = moves[PAGE - 1].at.isoformat() if len(moves) > PAGE else ""
    # Nobody's id is asked for as well, so that an empty page asks as often as a full one.
    seen = people(actor).in_bulk([uuid.UUID(int=0), *{move.person_id for move in moves}])
    rows = [(move, seen[move.person_id]) for move in moves[:PAGE] if move.person_id in seen]
    context = {
        "segment": segment,
        "tabs": tabs(actor, segment, "history"),
        "rows": rows,
        "older": older,
        "away": away,
    }
    return render(request, "segments/history.html", context)


def _moment(text: str) -> dt.datetime | None:
    try:
        moment = dt.datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)
