"""What the consent columns of one row say, without asking any database."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.utils.translation import gettext as _

from rapport.transfers.imports import values

GRANTED = (
    frozenset({"granted", "subscribed", "opted in", "opted_in", "opt-in", "optin", "active", "confirmed"})
    | values.YES
)
WITHDRAWN = (
    frozenset(
        {
            "withdrawn",
            "unsubscribed",
            "opted out",
            "opted_out",
            "opt-out",
            "optout",
            "inactive",
            "revoked",
            "cleaned",
        }
    )
    | values.NO
)
NEITHER = frozenset(
    {
        "pending",
        "unconfirmed",
        "nonsubscribed",
        "non-subscribed",
        "transactional",
        "unknown",
        "none",
        "not set",
    }
)
_NOT_OUT = values.NO | {""}
# What says how somebody agreed; one of these must stand beside a grant.
HOW = ("wording", "source", "page")
PARTS = {
    "state": "granted or withdrawn",
    "at": "when",
    "wording": "the words agreed to",
    "source": "where it came from",
    "page": "the page or form",
    "ip": "from which IP address",
    "confirm_ip": "confirmed from which IP address",
    "optout": "opted out",
    "withdrawn_at": "withdrawn when",
    "reason": "why withdrawn",
}


@dataclass(frozen=True, slots=True)
class Statement:
    """What a row says about one purpose and channel. `problem` when it says it without evidence."""

    purpose: str
    channel: str
    state: str = ""
    at: dt.datetime | None = None
    evidence: dict[str, Any] | None = None
    problem: str = ""


def statements(cells: dict[str, str]) -> list[Statement]:
    """What a row says; most rows say the same as others, and problems are told in the reader's language."""
    key = tuple(cells.items())
    parsed = _said.get(key)
    if parsed is None:
        parsed = _statements(key)
        if len(_said) < REMEMBERED and not any(statement.problem for statement in parsed):
            _said[key] = parsed
    return parsed


_said: dict[tuple[tuple[str, str], ...], list[Statement]] = {}
REMEMBERED = 20_000


def _statements(cells: tuple[tuple[str, str], ...]) -> list[Statement]:
    grouped: dict[tuple[str, str], dict[str, str]] = {}
    for part, text in cells:
        key, name = _split(part)
        grouped.setdefault(key, {})[name] = text
    return [statement for key, given in grouped.items() if (statement := _statement(key, given))]


@lru_cache(maxsize=1_000)
def _split(part: str) -> tuple[tuple[str, str], str]:
    purpose, channel, name = part.rsplit(":", 2)
    return (purpose, channel), name


def _statement(key: tuple[str, str], given: dict[str, str]) -> Statement | None:
    try:
        state = _state(given)
        when = given.get("withdrawn_at") if state == "withdrawn" else None
        at = values.moment(text) if (text := when or given.get("at")) else None
    except ValueError as error:
        return Statement(*key, problem=str(error))
    if not state:
        return None
    evidence = {name: given[name] for name in (*HOW, "ip", "confirm_ip", "reason") if given.get(name)}
    if state == "granted":
        missing = [_("when")] if at is None else []
        missing += [] if any(given.get(name) for name in HOW) else [_("how (wording, source or page)")]
        if missing:
            words = _("consent to %(what)s without evidence: %(missing)s")
            return Statement(*key, problem=words % {"what": "/".join(key), "missing": ", ".join(missing)})
    return Statement(*key, state=state, at=at, evidence=evidence)


def _state(given: dict[str, str]) -> str:
    """ "granted", "withdrawn" or "" where the row says neither. Not having opted out is no consent."""
    if (opted := given.get("optout")) and opted.strip().lower() not in _NOT_OUT:
        return "withdrawn"
    word = given.get("state", "").strip().lower()
    if not word or word in NEITHER:
        return "withdrawn" if given.get("withdrawn_at") and "state" not in given else ""
    if word in GRANTED:
        return "granted"
    if word in WITHDRAWN:
        return "withdrawn"
    raise ValueError(_("“%(word)s” is neither granted nor withdrawn") % {"word": word[:40]})
