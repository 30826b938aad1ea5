"""How timelines tell of journeys."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from rapport.events.registry import EVENT_DESCRIPTIONS, EventDescription

SENTENCES: dict[str, tuple[str, Promise]] = {
    "Journey Entered": ("log-in", _("Entered the journey “%(name)s”")),
    "Journey Held Back": (
        "pause",
        _("Was held back from the journey “%(name)s”, so that its effect shows"),
    ),
    "Journey Left": ("log-out", _("Left the journey “%(name)s”")),
    "Journey Goal Reached": ("badge-check", _("Reached the goal of the journey “%(name)s”")),
    "Journey Choice Made": ("sparkles", _("Was given “%(option)s” by the journey “%(name)s”")),
    "Journey Step Completed": ("check", _("Passed “%(step)s” of the journey “%(name)s”")),
}


def _sentence(words: Promise) -> Callable[[dict[str, Any], dict[str, Any]], str]:
    def tell(given: dict[str, Any], _context: dict[str, Any]) -> str:
        names = {
            "name": str(given.get("journey_name", ""))[:120],
            "step": str(given.get("step", ""))[:40],
            "option": str(given.get("option", ""))[:40],
        }
        return str(words) % names

    return tell


def register() -> None:
    for event, (icon, words) in SENTENCES.items():
        EVENT_DESCRIPTIONS.register(EventDescription(event, "messages", icon, _sentence(words)))
