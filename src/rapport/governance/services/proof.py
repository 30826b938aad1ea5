"""What proves a consent, taken apart: wording, version of the form, language, end, and whatever else was sent."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from rapport.governance.models import ConsentRecord, Purpose
from rapport.governance.naming import letters

WORDING_SIZE = 20_000
# By the letters of the name of a property, whatever its spelling.
_FIELDS = {
    "wording": "wording",
    "formversion": "form_version",
    "language": "language",
    "lang": "language",
    "locale": "language",
    "expiresat": "expires_at",
    "validuntil": "expires_at",
}


@lru_cache(maxsize=4096)
def _field(name: str) -> str:
    return _FIELDS.get(letters(name), "")


@dataclass(frozen=True, slots=True)
class Proof:
    """`wording` is the text itself; `rest` is the evidence without what has a column of its own."""

    rest: dict[str, Any]
    wording: str = ""
    form_version: str = ""
    language: str = ""
    expires_at: dt.datetime | None = None

    @property
    def sha256(self) -> str:
        return digest(self.wording) if self.wording else ""


def digest(wording: str) -> str:
    """The SHA-256 under which a wording is kept (hex)."""
    return hashlib.sha256(wording.encode()).hexdigest()


def proof_in(evidence: Mapping[str, Any]) -> Proof:
    """What of the evidence can be read; what cannot stays in it as it was sent."""
    rest, columns = dict(evidence), dict[str, Any]()
    for name, value in evidence.items():
        field = _field(name)
        if field == "expires_at":
            part: Any = _moment(value)
        else:
            part = str(value).strip() if isinstance(value, str | int | float) else ""
        if field and part and field not in columns and not (field == "wording" and len(part) > WORDING_SIZE):
            columns[field] = part[: _SIZES[field]] if field in _SIZES else part
            del rest[name]
    if columns.get("wording"):
        # It is kept with the wording, by our own reckoning.
        rest = {name: value for name, value in rest.items() if letters(name) != "wordingsha256"}
    return Proof(rest, **columns)


_SIZES = {"form_version": 60, "language": 35}


def end_of(proof: Proof, purpose: Purpose, at: dt.datetime) -> dt.datetime | None:
    """When a consent granted then ends: at the earlier of what it says itself and what the purpose allows."""
    ends = [proof.expires_at] if proof.expires_at else []
    if purpose.valid_for_days:
        ends.append(at + dt.timedelta(days=purpose.valid_for_days))
    return min(ends, default=None)


def basis_of(evidence: Mapping[str, Any], purpose: Purpose) -> str:
    """The legal basis of a line: the purpose's, or the soft opt-in of a customer."""
    return ConsentRecord.SOFT_OPT_IN if evidence.get(ConsentRecord.SOFT_OPT_IN) is True else purpose.basis


def _moment(value: Any) -> dt.datetime | None:
    if isinstance(value, str):
        try:
            value = dt.datetime.fromisoformat(value.strip())
        except ValueError:
            return None
    if not isinstance(value, dt.datetime):
        return None
    try:
        return value.replace(tzinfo=dt.UTC) if value.tzinfo is None else value.astimezone(dt.UTC)
    except OverflowError:
        return None
