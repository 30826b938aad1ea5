"""How each kind of clause is edited: its template, what the template shows, and how its fields are read.

A higher app that registers a kind of clause may register an editor for it; without one it is edited as JSON.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from rapport.segments.builder import comparing
from rapport.segments.builder.fields import Fields, number_or_text, shown
from rapport.segments.clauses.event import AGGREGATES, COUNTS, FIGURES
from rapport.segments.language import comparisons

Clause = dict[str, Any]
_ALL = tuple(comparisons.COMPARISONS)


@dataclass(frozen=True, slots=True)
class Editor:
    """`read(fields)` makes the clause of the form's fields; `show(clause)` is what the template needs."""

    template: str
    read: Callable[[Fields], Clause]
    show: Callable[[Clause], dict[str, Any]]


_editors: dict[str, Editor] = {}


def register_editor(kind: str, editor: Editor) -> None:
    _editors[kind] = editor


def editor_of(kind: str) -> Editor:
    return _editors.get(kind, _JSON)


def _read_json(fields: Fields) -> Clause:
    try:
        found = json.loads(fields.text("json"))
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _compared(key: str, names: tuple[str, ...]) -> Editor:
    def read(fields: Fields) -> Clause:
        return {key: fields.text("name"), **comparing.read(fields)}

    def show(clause: Clause) -> dict[str, Any]:
        return {"name": clause.get(key, ""), "comparisons": comparing.rows(clause, names)}

    return Editor(f"segments/builder/{key}.html", read, show)


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


def _read_stages(fields: Fields) -> Clause:
    return {"lifecycle": [stage.strip() for stage in fields.text("stages").split(",") if stage.strip()]}


def _read_company(fields: Fields) -> Clause:
    chosen = fields.text("which").partition("+")
    which = {"which": "primary"} if chosen[0] == "primary" else {}
    above = {"or_above": True} if chosen[2] == "above" else {}
    return {"company": fields.text("name"), **which, **above, **comparing.read(fields)}


def _show_company(clause: Clause) -> dict[str, Any]:
    rows = comparing.rows(clause, names_for(clause))
    which = clause.get("which", "any") + ("+above" if clause.get("or_above") else "")
    return {"name": clause.get("company", ""), "which": which, "comparisons": rows}


def names_for(clause: Clause) -> tuple[str, ...]:
    """The comparisons that a clause (or a condition of one) may hold."""
    if "identifier" in clause:
        return comparisons.TEXTUAL
    if "score" in clause:
        return ("is", *comparisons.NUMERIC)
    if "company" in clause:
        return tuple(name for name in _ALL if name not in comparisons.TEMPORAL)
    return _ALL


def _read_profile(fields: Fields) -> Clause:
    name = fields.text("name", "first_seen")
    if name == "identified":
        return {"profile": name, "is": fields.text("truth", "true") == "true"}
    temporal = {key: value for key, value in comparing.read(fields).items() if key in comparisons.TEMPORAL}
    return {"profile": name, **(temporal or {"after": "-7d"})}


def _show_profile(clause: Clause) -> dict[str, Any]:
    rows = comparing.rows({k: v for k, v in clause.items() if k != "is"}, comparisons.TEMPORAL)
    return {"name": clause.get("profile", ""), "truth": bool(clause.get("is", True)), "comparisons": rows}


def read_event(fields: Fields) -> Clause:
    clause: Clause = {fields.text("marker", "did"): fields.text("name")}
    if "did" in clause and fields.text("count") in COUNTS:
        clause[fields.text("count")] = number_or_text(fields.text("times"))
    window = fields.text("window")
    if window == "within":
        clause["within"] = fields.text("number") + fields.text("unit")
    elif window == "between":
        clause["between"] = [fields.text("first") or None, fields.text("last") or None]
    conditions = [
        {"property": fields.text(f"w{index}.name"), **comparing.read(fields, f"w{index}.")}
        for index in range(fields.size("conditions"))
    ]
    if conditions:
        clause["where"] = conditions
    if "did" in clause and fields.text("figure") in AGGREGATES:
        clause[fields.text("figure")] = fields.text("of")
        compare = fields.text("compare")
        clause[compare if compare in FIGURES else "gt"] = number_or_text(fields.text("amount"))
    return clause


def show_event(clause: Clause) -> dict[str, Any]:
    count = next((key for key in COUNTS if key in clause), "at_least")
    figure = next((key for key in AGGREGATES if key in clause), "")
    compare = next((key for key in FIGURES if key in clause), "gt")
    within = str(clause.get("within", ""))
    number = within.rstrip("minhdwoy")
    first, last = ([*(clause.get("between") or []), None, None])[:2]
    return {
        "marker": "did_not" if "did_not" in clause else "did",
        "name": clause.get("did_not", clause.get("did", "")),
        "count": count,
        "times": shown(clause.get(count, 1)),
        "window": "within" if "within" in clause else "between" if "between" in clause else "",
        "number": number or "30",
        "unit": within[len(number) :] or "d",
        "first": first or "",
        "last": last or "",
        "conditions": [
            {
                "index": index,
                "name": condition.get("property", ""),
                "comparisons": comparing.rows(condition, _ALL),
            }
            for index, condition in enumerate(clause.get("where", []))
        ],
        "figure": figure,
        "of": clause.get(figure, ""),
        "compare": compare,
        "amount": shown(clause.get(compare)) if figure else "",
    }


def editable(clause: Clause) -> bool:
    """Whether the form can say all that the clause says (else it is shown as JSON)."""
    if "consent" in clause:
        return "since" not in clause
    if "identifier" in clause:
        return not any(key in clause for key in COUNTS)
    if "sample" in clause:
        return "from" not in clause
    if "did" not in clause and "did_not" not in clause:
        return True
    if not set(clause) <= _EVENT_KEYS:
        return False
    several = sum(key in clause for key in COUNTS) > 1 or sum(key in clause for key in FIGURES) > 1
    window = "within" in clause and "between" in clause
    return not several and not window and not any("context" in c for c in clause.get("where", []))


_EVENT_KEYS = {"did", "did_not", "within", "between", "where", *COUNTS, *AGGREGATES, *FIGURES}
_JSON = Editor(
    "segments/builder/json.html", _read_json, lambda clause: {"json": json.dumps(clause, ensure_ascii=False)}
)


def register() -> None:
    register_editor("trait", _compared("trait", _ALL))
    register_editor("identifier", _compared("identifier", comparisons.TEXTUAL))
    register_editor("event", Editor("segments/builder/event.html", read_event, show_event))
    register_editor(
        "consent",
        Editor(
            "segments/builder/consent.html",
            _read_consent,
            _show_consent,
        ),
    )
    register_editor(
        "segment",
        Editor(
            "segments/builder/segment.html",
            lambda fields: {"in_segment": fields.text("key")},
            lambda clause: {"key": clause.get("in_segment", "")},
        ),
    )
    register_editor("score", _compared("score", ("is", *comparisons.NUMERIC)))
    register_editor("company", Editor("segments/builder/company.html", _read_company, _show_company))
    register_editor(
        "sample",
        Editor(
            "segments/builder/sample.html",
            _read_sample,
            lambda clause: {"share": shown(clause.get("sample")), "salt": clause.get("salt", "")},
        ),
    )
    register_editor(
        "lifecycle",
        Editor(
            "segments/builder/lifecycle.html",
            _read_stages,
            lambda clause: {"stages": ", ".join(str(stage) for stage in clause.get("lifecycle") or [])},
        ),
    )
    register_editor("profile", Editor("segments/builder/profile.html", _read_profile, _show_profile))
