"""What the company page shows of its people's events."""

from __future__ import annotations

import uuid

from clickhouse_connect.driver.exceptions import ClickHouseError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from rapport.core.access import actor_of
from rapport.core.views.pages import page
from rapport.events.queries import companies as queries_companies
from rapport.events.wording import by_day
from rapport.people.queries.lists import names_of

SHOWN = 50


@require_GET
@page("people.view")
def figures(request: HttpRequest, company_id: uuid.UUID) -> HttpResponse:
    """Members, orders, revenue and the last sign of life."""
    try:
        context = {"figures": queries_companies.figures(actor_of(request), company_id)}
    except ClickHouseError:
        context = {}
    return render(request, "events/company_figures.html", context)


@require_GET
@page("people.view")
def timeline(request: HttpRequest, company_id: uuid.UUID) -> HttpResponse:
    """The newest events of its people, each with who it was."""
    actor = actor_of(request)
    try:
        events = queries_companies.newest_of_company(actor, company_id, limit=SHOWN)
    except ClickHouseError:
        return render(request, "events/company_timeline.html", {"away": True})
    names = names_of(actor, {event.person_id for event in events})
    days = [
        {"label": day.label, "events": [(event, names.get(event.person_id, "")) for event in day.events]}
        for day in by_day(events)
    ]
    return render(request, "events/company_timeline.html", {"days": days, "full": len(events) == SHOWN})
