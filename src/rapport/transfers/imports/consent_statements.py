"""What the consent columns of one row say, without asking any database."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.utils.translation import gettext_lazy as _

from rapport.governance import statement_words as words
from rapport.governance.consent_days import EARLIEST
from rapport.transfers.imports import values

# What says how somebody agreed; one of these must stand beside a grant.
HOW = ("wording", "source", "page")
COLUMNS = {
    "state": _("granted or withdrawn"),
    "at": _("when"),
    "wording": _("the words agreed to"),
    "source": _("where it came from"),
    "page": _("the page or form"),
    "ip": _("from which IP address"),
    "confirm_ip": _("confirmed from which IP address"),
    "optout": _("opted out"),
    "withdrawn_at": _("withdrawn when"),
    "reason": _("why withdrawn"),
}
# What can be said of every purpose or channel at once: nobody agrees to everything.
OUT = ("optout", "withdrawn_at", "reason")


@dataclass(frozen=True, slots=True)
class Statement:
    """What a row says about one purpose and channel. `problem` is (part, code, cell) of what cannot be taken.

    A withdrawal always stands, whatever else of it cannot be read.
    """

    purpose: str
    channel: str
    state: str = ""
    at: dt.datetime | None = None
    evidence: dict[str, Any] | None = None
    problem: tuple[str, str, str] | None = None


@lru_cache(maxsize=20_000)
def _remembered(cells: tuple[tuple[str, str], ...]) -> tuple[Statement, ...]:
    grouped: dict[tuple[str, str], dict[str, str]] = {}
    for part, text in cells:
        key, name = _split(part)
        grouped.setdefault(key, {})[name] = text
    return tuple(statement for key, given in grouped.items() if (statement := _statement(key, given)))


def statements(cells: dict[str, str]) -> tuple[Statement, ...]:
    """What a row says; most rows say the same as others."""
    return _remembered(tuple(cells.items()))


@lru_cache(maxsize=1_000)
def _split(part: str) -> tuple[tuple[str, str], str]:
    purpose, channel, name = part.rsplit(":", 2)
    return (purpose, channel), name


def _statement(key: tuple[str, str], given: dict[str, str]) -> Statement | None:
    start = ":".join(key)
    try:
        state = _state(given)
    except ValueError as error:
        return Statement(*key, problem=(f"{start}:state", str(error), given.get("state", "")))
    if not state:
        return None
    at, unreadable = _moment(given, state)
    problem = (f"{start}:{unreadable[0]}", unreadable[1], unreadable[2]) if unreadable else None
    if state == "granted":
        missing = _missing(given, at)
        if missing or problem:
            problem = problem or (f"{start}:state", missing, given.get("state", ""))
            return Statement(*key, problem=problem)
    evidence = {name: given[name] for name in (*HOW, "ip", "confirm_ip", "reason") if given.get(name)}
    return Statement(*key, state=state, at=at, evidence=evidence, problem=problem)


def _moment(given: dict[str, str], state: str) -> tuple[dt.datetime | None, tuple[str, str, str] | None]:
    """(when, (part, code, cell) of a moment that cannot be read)."""
    names = ("withdrawn_at", "at") if state == "withdrawn" else ("at",)
    for name in names:
        if text := given.get(name):
            try:
                at = values.moment(text)
                if at < EARLIEST:
                    raise ValueError("consent_far")
                return at, None
            except ValueError as error:
                return None, (name, "consent_at" if state == "withdrawn" else str(error), text)
    return None, None


def _missing(given: dict[str, str], at: dt.datetime | None) -> str:
    how = any(given.get(name) for name in HOW)
    if at is not None:
        return "" if how else "consent_how"
    return "consent_when" if how else "consent_evidence"


def _state(given: dict[str, str]) -> str:
    """ "granted", "withdrawn" or "" where the row says neither. Not having opted out is no consent."""
    if (opted := given.get("optout")) and words.is_out(opted):
        return "withdrawn"
    stated = given.get("state", "")
    if not words.state_in(stated):
        return "withdrawn" if given.get("withdrawn_at") and "state" not in given else ""
    return words.state_in(stated)
