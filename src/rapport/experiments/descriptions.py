"""How timelines tell that somebody met a variant."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from rapport.events.registry import EVENT_DESCRIPTIONS, EventDescription
from rapport.experiments.services.assignments import EVENT


def _sentence(given: dict[str, Any], _context: dict[str, Any]) -> str:
    experiment = str(given.get("experiment_name") or given.get("experiment") or "")[:120]
    variant = str(given.get("variant_name") or given.get("variant") or "")[:120]
    return _("Met “%(variant)s” of the experiment %(experiment)s") % {
        "variant": variant,
        "experiment": experiment,
    }


def register() -> None:
    EVENT_DESCRIPTIONS.register(EventDescription(EVENT, "messages", "split", _sentence))
