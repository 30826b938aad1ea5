"""The tabs that all pages of a segment share."""

from __future__ import annotations

from django.urls import reverse
from django.utils.translation import gettext as _

from rapport.core.access import Actor
from rapport.core.ui import Tab
from rapport.segments.models import Segment


def tabs(actor: Actor, segment: Segment, current: str) -> list[Tab]:
    """Members, analysis, history, versions (of rules) and, for who may export people, syncs."""
    shown = [("segment", _("Members")), ("analysis", _("Analysis")), ("history", _("History"))]
    if segment.kind == Segment.Kind.RULES:
        shown.append(("versions", _("Versions")))
    if actor.may("people.export"):
        shown.append(("syncs", _("Export and sync")))
    return [
        Tab(label, reverse(f"segments:{name}", args=[segment.key]), name == current) for name, label in shown
    ]
