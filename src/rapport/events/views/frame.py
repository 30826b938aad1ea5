"""What the pages under Data share."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _

from rapport.core.access import actor_of
from rapport.core.ui import Tab
from rapport.events import queries


def spark(row: Any) -> str:
    """The cell of a list with a line of events by day."""
    return render_to_string("events/_spark.html", {"volume": row.volume})


def tabs(request: HttpRequest, current: str) -> list[Tab]:
    """The tabs under Data, with how much waits in quarantine."""
    waiting = queries.quarantined(actor_of(request))[:100].count()
    labels = {
        "data": _("Sources"),
        "debugger": _("Live events"),
        "catalogue": _("Event catalogue"),
        "quarantine": _("Quarantine"),
    }
    counts: dict[str, int | str] = {"quarantine": "99+" if waiting > 99 else waiting} if waiting else {}
    return [
        Tab(label, reverse(f"events:{name}"), name == current, counts.get(name))
        for name, label in labels.items()
    ]
