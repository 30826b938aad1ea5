"""How each built-in kind of clause is edited: its template, what it shows, and how its fields are read."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from rapport.segments.builder import comparing, event_form, sequence_form
from rapport.segments.builder.fields import Fields, number_or_text, shown
from rapport.segments.builder.registry import EDITORS, Editor
from rapport.segments.clauses.event import COUNTS
from rapport.segments.language import comparisons

Clause = dict[str, Any]
_ALL = tuple(comparisons.COMPARISONS)
_COMPANY = tuple(name for name in _ALL if name not in comparisons.TEMPORAL)


def editor_of(kind: str) -> Editor:
    return EDITORS.get(kind) or _JSON


def _read_json(fields: Fields) -> Clause:
    try:
        clause = json.loads(fields.text("json"))
    except ValueError:
        return {}
    return clause if isinstance(clause, dict) else {}


def _without(*keys: str) -> Callable[[Clause], bool]:
    """Whether a clause has none of the keys that its form has no field for."""
    return lambda clause: not any(key in clause for key in keys)


def _compared(key: str, names: tuple[str, ...] = _ALL, *, unsaid: tuple[str, ...] = ()) -> Editor:
    def read(fields: Fields) -> Clause:
        return {key: fields.text("name"), **comparing.read(fields)}

    def show(clause: Clause) -> dict[str, Any]:
        return {"name": clause.get(key, ""), "comparisons": comparing.rows(clause, names)}

    return Editor(f"segments/builder/{key}.html", read, show, _without(*unsaid), names)


def _read_consent(fields: Fields) -> Clause:
    channel, state = fields.text("channel"), fields.text("state", "granted")
    clause = {"consent": fields.text("purpose"), **({"channel": channel} if channel else {})}
    return clause if state == "granted" else {**clause, "state": state}


def _show_consent(clause: Clause) -> dict[str, Any]:
    return {
        "purpose": clause.get("consent", ""),
        "channel": clause.get("channel", ""),
        "state": clause.get("state", "granted"),
    }


def _read_sample(fields: Fields) -> Clause:
    salt = fields.text("salt")
    return {"sample": number_or_text(fields.text("share")), **({"salt": salt} if salt else {})}


def _show_sample(clause: Clause) -> dict[str, Any]:
    return {"share": shown(clause.get("sample")), "salt": clause.get("salt", "")}


def _read_company(fields: Fields) -> Clause:
    chosen = fields.text("which").partition("+")
    which = {"which": "primary"} if chosen[0] == "primary" else {}
    above = {"or_above": True} if chosen[2] == "above" else {}
    return {"company": fields.text("name"), **which, **above, **comparing.read(fields)}


def _show_company(clause: Clause) -> dict[str, Any]:
    rows = comparing.rows(clause, _COMPANY)
    which = clause.get("which", "any") + ("+above" if clause.get("or_above") else "")
    return {"name": clause.get("company", ""), "which": which, "comparisons": rows}


def _read_profile(fields: Fields) -> Clause:
    name = fields.text("name", "first_seen")
    if name == "identified":
        return {"profile": name, "is": fields.text("truth", "true") == "true"}
    temporal = {key: value for key, value in comparing.read(fields).items() if key in comparisons.TEMPORAL}
    return {"profile": name, **(temporal or {"after": "-7d"})}


def _show_profile(clause: Clause) -> dict[str, Any]:
    rows = comparing.rows({k: v for k, v in clause.items() if k != "is"}, comparisons.TEMPORAL)
    return {"name": clause.get("profile", ""), "truth": bool(clause.get("is", True)), "comparisons": rows}


_JSON = Editor(
    "segments/builder/json.html", _read_json, lambda clause: {"json": json.dumps(clause, ensure_ascii=False)}
)


def register() -> None:
    EDITORS.register(_compared("trait"), "trait")
    EDITORS.register(_compared("identifier", comparisons.TEXTUAL, unsaid=tuple(COUNTS)), "identifier")
    EDITORS.register(
        Editor("segments/builder/event.html", event_form.read, event_form.show, event_form.editable), "event"
    )
    EDITORS.register(
        Editor(
            "segments/builder/sequence.html", sequence_form.read, sequence_form.show, sequence_form.editable
        ),
        "sequence",
    )
    EDITORS.register(
        Editor("segments/builder/consent.html", _read_consent, _show_consent, _without("since")), "consent"
    )
    EDITORS.register(
        Editor(
            "segments/builder/segment.html",
            lambda fields: {"in_segment": fields.text("key")},
            lambda clause: {"key": clause.get("in_segment", "")},
        ),
        "segment",
    )
    EDITORS.register(_compared("score", ("is", *comparisons.NUMERIC)), "score")
    EDITORS.register(
        Editor("segments/builder/company.html", _read_company, _show_company, comparisons=_COMPANY), "company"
    )
    EDITORS.register(
        Editor("segments/builder/sample.html", _read_sample, _show_sample, _without("from")), "sample"
    )
    EDITORS.register(
        Editor(
            "segments/builder/profile.html", _read_profile, _show_profile, comparisons=comparisons.TEMPORAL
        ),
        "profile",
    )
