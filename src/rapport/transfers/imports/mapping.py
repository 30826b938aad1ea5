"""What the columns of a file mean, as kept in JSON, and the rules under which rows meet known people.

{"columns": [{"to": "identifier", "type": "email"}, {"to": "trait", "key": "city", "type": "text"},
             {"to": "company", "part": "name"}, {"to": "first_seen"}, {"to": "changed_at"}, {"to": "tags"},
             {"to": "consent", "part": "newsletter:email:state"}, {"to": "ignore"}],
 "region": "GB", "dates": "dmy", "policy": "overwrite", "ambiguous": "reject", "fixed": [{"to": …, "value": …}]}
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from rapport.people.normalise import TYPES
from rapport.transfers.imports import registry, values

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
MAX_COLUMNS = 1_000


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
    }
    problems = {index: reason for index, column in enumerate(columns) if (reason := _column_problem(column))}
    problems |= _whole_problem(document, columns)
    if problems:
        raise BadMapping(problems)
    return document


def _whole_problem(mapping: dict[str, Any], columns: list[dict[str, Any]]) -> dict[int, str]:
    for name, allowed in (("policy", POLICIES), ("ambiguous", AMBIGUOUS), ("dates", values.DATE_FORMATS)):
        if mapping[name] not in allowed:
            return {-1: _("There is no %(name)s “%(value)s”.") % {"name": name, "value": mapping[name]}}
    if not any(column.get("to") == "identifier" for column in columns):
        return {
            -1: _(
                "Choose the column that identifies a person: an email address, a phone number or a user id."
            )
        }
    if mapping["policy"] == "newer" and not any(column.get("to") == "changed_at" for column in columns):
        return {-1: _("To keep what is newer, choose the column that says when a row was last changed.")}
    return {}


def _column_problem(column: Any) -> str:
    to = column.get("to") if isinstance(column, dict) else None
    if to in {"ignore", "first_seen", "changed_at", "tags"}:
        return ""
    if to == "identifier":
        return "" if column.get("type") in TYPES else _("There is no such type of identifier.")
    if to == "trait":
        key = column.get("key")
        if not isinstance(key, str) or not 0 < len(key.strip()) <= 100:
            return _("Give the trait a name of at most 100 characters.")
        return (
            "" if column.get("type", "text") in values.TRAIT_TYPES else _("There is no such type of trait.")
        )
    if to == "company":
        return "" if column.get("part") in {"name", "id"} else _("A company has a name or an id.")
    kind = registry.IMPORT_COLUMNS.get(str(to))
    if kind is None:
        return _("Choose what this column means.")
    names = {part.value for part in kind.parts()}
    return (
        "" if column.get("part") in names else _("“%(part)s” does not exist.") % {"part": column.get("part")}
    )


def targets() -> list[Target]:
    """Everything a column can be, for a choice; a trait's own name and type are asked beside it."""
    who, what = _("Identifiers"), _("Details")
    choices = [Target("ignore", _("Do not import"), "")]
    names = {
        "email": _("Email address"),
        "phone": _("Phone number"),
        "user_id": _("User id"),
        "anonymous_id": _("Device id"),
    }
    choices += [Target(f"identifier:{kind}", str(names.get(kind, kind)), str(who)) for kind in TYPES]
    choices += [
        Target("trait", _("Trait…"), str(what)), Target("tags", _("Tags"), str(what)),
        Target("company:name", _("Company name"), str(what)), Target("company:id", _("Company id"), str(what)),
        Target("first_seen", _("Customer since"), str(what)), Target("changed_at", _("Row last changed at"), str(what)),
    ]  # fmt: skip
    for kind in registry.IMPORT_COLUMNS:
        choices += [
            Target(f"{kind.name}:{part.value}", str(part.label), str(kind.label)) for part in kind.parts()
        ]
    return choices


def chosen(column: dict[str, Any]) -> str:
    """The `value` of the Target a column has."""
    to = column.get("to", "ignore")
    if to == "identifier":
        return f"identifier:{column['type']}"
    return f"{to}:{column['part']}" if "part" in column else str(to)


def column_of(value: str, key: str = "", kind: str = "text") -> dict[str, Any]:
    """The column for a chosen Target."""
    to, _colon, rest = value.partition(":")
    if to == "identifier":
        return {"to": to, "type": rest}
    if to == "trait":
        return {"to": to, "key": key.strip(), "type": kind}
    return {"to": to, "part": rest} if rest else {"to": to}
