"""Consent coverage: who may be reached for what, and which consents end soon."""

from __future__ import annotations

import json
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from rapport.core.access import actor_of
from rapport.core.clock import clock_of
from rapport.core.views.pages import page
from rapport.core.views.settings import settings_page
from rapport.governance import queries
from rapport.governance.queries.coverage import ENDING, Row

SHOWN = {
    "granted": _("Agreed"),
    "reachable": _("Reachable"),
    ENDING: _("Ends within 30 days"),
    "pending": _("Pending"),
    "withdrawn": _("Withdrawn"),
    "expired": _("Expired"),
}


@require_safe
@page("settings.view")
def coverage(request: HttpRequest) -> HttpResponseBase:
    """A row for each purpose and channel; each figure leads to the people behind it."""
    actor = actor_of(request)
    rows = [
        (row, [(label, getattr(row, name), _people(row, name)) for name, label in SHOWN.items()])
        for row in queries.coverage(actor, clock_of(request))
    ]
    context = {"rows": rows, "labels": SHOWN.values(), "links": actor.may("people.view")}
    return settings_page(request, "governance/coverage.html", context)


def _people(row: Row, state: str) -> str:
    chosen = "granted" if state == "reachable" else state
    value = f"{row.purpose.key}/{row.channel}/{chosen}"
    query = urlencode({"filter": json.dumps({"field": "consent", "op": "is", "value": [value]})})
    return f"{reverse('people:list')}?{query}"
