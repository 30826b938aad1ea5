"""The tabs of a journey's pages."""

from __future__ import annotations

from django.urls import reverse
from django.utils.translation import gettext as _

from rapport.core.access import Actor
from rapport.core.ui import Tab
from rapport.journeys.models import Journey


def tabs(actor: Actor, journey: Journey, current: str) -> list[Tab]:
    """One line for each page that belongs to a journey."""
    entries = [("journey", _("Flow")), ("people", _("People")), ("try", _("Try it"))]
    return [
        Tab(label, reverse(f"journeys:{name}", args=[journey.pk]), name == current) for name, label in entries
    ]
