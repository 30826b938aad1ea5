"""What the columns of a file mean, as kept in JSON, and the rules under which rows meet known people.

{"columns": [{"to": "identifier", "type": "email"}, {"to": "trait", "key": "born", "type": "date", "notation": "dmy"},
             {"to": "company", "part": "name"}, {"to": "first_seen"}, {"to": "changed_at"}, {"to": "tags"},
             {"to": "consent", "part": "newsletter:email:state"}, {"to": "ignore"}],
 "region": "GB", "dates": "auto", "policy": "overwrite", "ambiguous": "reject", "unnamed": "reject",
 "fixed": [{"to": …, "value": …}], "evidence": {"at": "2024-05-01", "wording": …, "source": …, "page": …}}

Text and list columns of the same trait are joined; columns of the types year, month and day make one date.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from rapport.people import identity_types
from rapport.transfers.imports import dates, numbers, registry, values

POLICIES = {
    "overwrite": gettext_lazy("Update people with the file's values"),
    "fill": gettext_lazy("Only fill empty values"),
    "newer": gettext_lazy("Update where the row's date is newer"),
    "update": gettext_lazy("Update existing people, add nobody"),
    "create": gettext_lazy("Add new people, leave existing ones unchanged"),
}
AMBIGUOUS = {
    "reject": gettext_lazy("Skip the row and write it to the error file"),
    "strongest": gettext_lazy("Update the person of the strongest identifier"),
    "merge": gettext_lazy("Merge these people, as an event would"),
}
UNNAMED = {
    "reject": gettext_lazy("Skip the row and write it to the error file"),
    "create": gettext_lazy("Add a person without an address or id"),
}
# What can be said once of every consent of a file.
EVIDENCE = ("at", "wording", "source", "page")
COLUMN_TYPES = (*values.TRAIT_TYPES, *values.DATE_PARTS)
JOINED = frozenset({"text", "list"})
NOTATIONS = {"date": dates.NOTATIONS, "number": numbers.NOTATIONS}
MAX_COLUMNS = 2_000


class BadMapping(ValueError):
    """The mapping cannot be used; `problems` says why, per column index (-1: the whole)."""

    def __init__(self, problems: dict[int, str]) -> None:
        super().__init__(" ".join(dict.fromkeys(problems.values())))
        self.problems = problems


@dataclass(frozen=True, slots=True)
class Target:
    """One choice for a column: `value` as a form sends it, the label, and the group it stands under."""

    value: str
    label: str
    group: str


def headers_key(headers: Sequence[str]) -> str:
    """What a set of column names is remembered by; order and case do not matter."""
    names = sorted(name.strip().lower() for name in headers)
    return hashlib.sha256(json.dumps(names).encode()).hexdigest()


def checked(mapping: dict[str, Any], width: int) -> dict[str, Any]:
    """The mapping with defaults filled in. Raises BadMapping."""
    columns = mapping.get("columns")
    if not isinstance(columns, list) or len(columns) != width or width > MAX_COLUMNS:
        raise BadMapping({-1: _("The mapping has another number of columns than the file.")})
    document = {
        "columns": columns,
        "fixed": mapping.get("fixed") or [],
        "region": str(mapping.get("region") or "GB").upper()[:2],
        "dates": mapping.get("dates") or "auto",
        "policy": mapping.get("policy") or "overwrite",
        "ambiguous": mapping.get("ambiguous") or "reject",
        "unnamed": mapping.get("unnamed") or "reject",
        "evidence": _evidence(mapping.get("evidence") or {}),
    }
    problems = {index: reason for index, column in enumerate(columns) if (reason := _column_problem(column))}
    problems |= _twice(columns) if not problems else {}
    problems |= _whole_problem(document, columns)
    if problems:
        raise BadMapping(problems)
    return document


def _whole_problem(mapping: dict[str, Any], columns: list[dict[str, Any]]) -> dict[int, str]:
    choices = {"policy": POLICIES, "ambiguous": AMBIGUOUS, "unnamed": UNNAMED, "dates": dates.NOTATIONS}
    for name, allowed in choices.items():
        if mapping[name] not in allowed:
            return {-1: _("There is no %(name)s “%(value)s”.") % {"name": name, "value": mapping[name]}}
    named = any(column.get("to") == "identifier" for column in columns)
    if not named and mapping["unnamed"] != "create":
        return {
            -1: _(
                "Choose the column that identifies a person (an email address, a phone number or an id), or have rows"
                " without one added as people."
            )
        }
    if mapping["policy"] == "newer" and not any(column.get("to") == "changed_at" for column in columns):
        return {-1: _("To keep what is newer, choose the column that says when a row was last changed.")}
    return {}


def _evidence(given: dict[str, Any]) -> dict[str, str]:
    """What is said once of every consent. Raises BadMapping."""
    evidence = {name: str(given.get(name) or "").strip()[:2_000] for name in EVIDENCE}
    try:
        if evidence["at"]:
            values.moment(evidence["at"])
    except ValueError as error:
        raise BadMapping(
            {-1: _("Give the day of the consents as year-month-day, such as 2024-05-17.")}
        ) from error
    return {name: text for name, text in evidence.items() if text}


def _column_problem(column: Any) -> str:
    to = column.get("to") if isinstance(column, dict) else None
    if to in {"ignore", "tags"}:
        return ""
    if to in {"first_seen", "changed_at"}:
        return _notation_problem(column, "date")
    if to == "identifier":
        return "" if column.get("type") in identifier_types() else _("There is no such type of identifier.")
    if to == "trait":
        return _trait_problem(column)
    if to == "company":
        return "" if column.get("part") in {"name", "id"} else _("A company has a name or an id.")
    kind = registry.IMPORT_COLUMNS.get(str(to))
    if kind is None:
        return _("Choose what this column means.")
    names = {part.value for part in kind.columns()}
    return (
        "" if column.get("part") in names else _("“%(part)s” does not exist.") % {"part": column.get("part")}
    )


def _trait_problem(column: dict[str, Any]) -> str:
    key, kind = column.get("key"), column.get("type", "text")
    if not isinstance(key, str) or not 0 < len(key.strip()) <= 100:
        return _("Give the trait a name of at most 100 characters.")
    if kind not in COLUMN_TYPES:
        return _("There is no such type of trait.")
    return _notation_problem(column, kind)


def _notation_problem(column: dict[str, Any], kind: str) -> str:
    notation = column.get("notation") or "auto"
    if kind not in NOTATIONS or notation in NOTATIONS[kind]:
        return ""
    if kind == "date":
        return _("Some dates could be read day or month first: choose how they are written.")
    return _("Some numbers could be thousands or decimals: choose how they are written.")


def _twice(columns: list[dict[str, Any]]) -> dict[int, str]:
    """Columns of the same trait that cannot be joined, and dates of which a part is missing."""
    by_key: dict[str, list[int]] = {}
    for index, column in enumerate(columns):
        if column["to"] == "trait":
            by_key.setdefault(column["key"], []).append(index)
    problems: dict[int, str] = {}
    for indexes in by_key.values():
        kinds = [columns[index].get("type", "text") for index in indexes]
        if not set(kinds).isdisjoint(values.DATE_PARTS):
            if sorted(kinds) != sorted(values.DATE_PARTS):
                words = _("A date is made of three columns of one name: its year, its month and its day.")
                problems |= dict.fromkeys(indexes, words)
        elif len(kinds) > 1 and (len(set(kinds)) > 1 or kinds[0] not in JOINED):
            words = _("Several columns are kept under this name; only texts and lists can be joined.")
            problems |= dict.fromkeys(indexes, words)
    return problems


def answered(mapping: dict[str, Any], order: str) -> dict[str, Any]:
    """The mapping with the order of day and month given for the columns that ask for it."""
    columns = [
        column | {"notation": order}
        if order and column.get("notation") == "ask" and column.get("type") != "number"
        else column
        for column in mapping["columns"]
    ]
    return mapping | {"columns": columns}


def joined(columns: list[dict[str, Any]]) -> frozenset[str]:
    """Traits that several columns make together."""
    keys = [column["key"] for column in columns if column["to"] == "trait"]
    return frozenset(key for key in keys if keys.count(key) > 1)


def evidence_columns(mapping: dict[str, Any]) -> list[dict[str, Any]]:
    """What is said once of every consent of the file, as fixed columns beside each column of a state."""
    states = {
        column["part"].rpartition(":")[0]
        for column in [*mapping["columns"], *mapping["fixed"]]
        if column["to"] == "consent" and column["part"].endswith(":state")
    }
    return [
        {"to": "consent", "part": f"{start}:{name}", "value": text}
        for start in sorted(states)
        for name, text in mapping.get("evidence", {}).items()
    ]


def identifier_types() -> dict[str, str]:
    """{type: label} of the identifiers that a column can hold, strongest first."""
    rules = identity_types.refresh()
    return {
        rule.key: identity_types.label_of(rule.key)
        for rule in rules.by_key.values()
        if rule.key != "import_key"
    }


def targets() -> list[Target]:
    """Everything a column can be, for a choice; a trait's own name and type are asked beside it."""
    who, what = _("Identifiers"), _("Details")
    choices = [Target("ignore", _("Do not import"), "")]
    choices += [Target(f"identifier:{kind}", label, str(who)) for kind, label in identifier_types().items()]
    choices += [
        Target("trait", _("Trait…"), str(what)), Target("tags", _("Tags"), str(what)),
        Target("company:name", _("Company name"), str(what)), Target("company:id", _("Company id"), str(what)),
        Target("first_seen", _("Customer since"), str(what)), Target("changed_at", _("Row last changed at"), str(what)),
    ]  # fmt: skip
    for kind in registry.IMPORT_COLUMNS:
        choices += [
            Target(f"{kind.name}:{part.value}", str(part.label), str(kind.label)) for part in kind.columns()
        ]
    return choices


def chosen(column: dict[str, Any]) -> str:
    """The `value` of the Target a column has."""
    to = column.get("to", "ignore")
    if to == "identifier":
        return f"identifier:{column['type']}"
    return f"{to}:{column['part']}" if "part" in column else str(to)


def column_of(value: str, key: str = "", kind: str = "text", notation: str = "") -> dict[str, Any]:
    """The column for a chosen Target."""
    column = _column_of(value, key, kind)
    is_dated = column.get("type") == "date" or column["to"] in {"first_seen", "changed_at"}
    allowed = dates.NOTATIONS if is_dated else numbers.NOTATIONS if column.get("type") == "number" else ()
    return column | {"notation": notation} if notation in {*allowed, "ask"} and allowed else column


def _column_of(value: str, key: str, kind: str) -> dict[str, Any]:
    to, _colon, rest = value.partition(":")
    if to == "identifier":
        return {"to": to, "type": rest}
    if to == "trait":
        return {"to": to, "key": key.strip(), "type": kind}
    return {"to": to, "part": rest} if rest else {"to": to}
