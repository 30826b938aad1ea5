"""What a mapping makes of a sample: the same code as in earnest, with every trouble told beside its field."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass, field
from typing import Any

import msgspec
from django.utils.translation import gettext as _

from rapport.events.services import envelope
from rapport.events.services.cleaning import Rejected
from rapport.events.services.envelope import Event
from rapport.transfers.feeds import mapping as language
from rapport.transfers.feeds.making import Outcome, Trouble


@dataclass(slots=True)
class Trial:
    """The events as they would be stored, and what is wrong. `good` is whether the mapping may be saved."""

    events: list[dict[str, Any]] = field(default_factory=list)
    troubles: list[Trouble] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    met: bool = True

    @property
    def good(self) -> bool:
        return bool(self.events) and not self.troubles

    @property
    def by_field(self) -> dict[str, str]:
        return {trouble.field: trouble.message for trouble in reversed(self.troubles)}


def accepted(outcome: Outcome, received: dt.datetime) -> tuple[list[Event], list[Trouble]]:
    """What capture makes of the calls of a payload."""
    events, troubles = [], []
    for call in outcome.calls:
        try:
            events.append(envelope.accept(call, type_="", received=received, sent=None))
        except (Rejected, msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            troubles.append(Trouble("event", str(error)))
    return events, troubles


def attempt(
    mapping: Any, payload: Any, headers: dict[str, str], now: dt.datetime
) -> tuple[Trial, list[Event], set[str]]:
    """Maps a payload; never raises for what somebody wrote or sent. The events are those for the log."""
    try:
        outcome = language.read(mapping).apply(payload, headers, key=headers.get("webhook-id", "")[:80])
    except language.Invalid as error:
        return Trial(troubles=[Trouble(name, why) for name, why in error.errors.items()]), [], set()
    events, refused = accepted(outcome, now)
    trial = Trial(
        [_shown(call) for call in outcome.calls], [*outcome.troubles, *refused], outcome.missing, outcome.met
    )
    return trial, events, outcome.identifiers


def attempt_text(mapping: Any, sample: str, headers: dict[str, str], now: dt.datetime) -> Trial:
    """Maps a sample that somebody pasted."""
    if not sample.strip():
        return Trial(troubles=[Trouble("sample", _("Paste a sample, or choose one that was received."))])
    try:
        payload = json.loads(sample)
    except (ValueError, RecursionError) as error:
        message = _("The sample is not JSON: %(reason)s") % {"reason": str(error)[:120]}
        return Trial(troubles=[Trouble("sample", message)])
    return attempt(mapping, payload, headers, now)[0]


def _shown(call: bytes) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(call)
    return document


def paths(payload: Any, limit: int = 200) -> list[str]:
    """Where in a sample values stand, as paths to choose from."""
    paths_seen: list[str] = []

    def walk(value: Any, at: str, depth: int) -> None:
        if len(paths_seen) >= limit or depth > 8:
            return
        if isinstance(value, dict):
            for key, inner in value.items():
                name = key if key and not set(key) & set(".[]|()'\"$") else f'["{key}"]'
                walk(inner, f"{at}.{name}" if at and not name.startswith("[") else f"{at}{name}", depth + 1)
        elif isinstance(value, list):
            paths_seen.append(at)
            for inner in value[:1]:
                walk(inner, f"{at}[0]", depth + 1)
        elif at:
            paths_seen.append(at)

    walk(payload, "", 0)
    return paths_seen[:limit]
