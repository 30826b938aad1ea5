"""What an export can show of a person, under names that an import understands."""

from __future__ import annotations

import datetime as dt
import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.utils.translation import gettext_lazy as _

from rapport.people.identity_types import label_of
from rapport.people.models import CompanyMember, Identifier, Person
from rapport.people.normalise import TYPES
from rapport.people.queries import traits as trait_queries
from rapport.people.values.formatting import trait_label
from rapport.transfers.exports import registry

OWN = {
    "person_id": _("Person id"),
    "full_name": _("Full name"),
    "first_seen_at": _("First seen"),
    "last_seen_at": _("Last seen"),
    "company_id": _("Company id"),
    "company": _("Company"),
}
SAMPLE = 2_000
SPECIAL = frozenset(';|,\n"[')
KINDS = {"string": "text", "number": "number", "boolean": "boolean", "array": "list"}


@dataclass(frozen=True, slots=True)
class Choice:
    """One column to choose: its stored name, label, and whether it is chosen to begin with."""

    name: str
    label: str
    usual: bool


def choices(scope: str = "people") -> list[Choice]:
    """All columns: identifiers, own fields, the traits that occur, the scope's, and what other apps add."""
    columns = [Choice(kind, label_of(kind), kind != "anonymous_id") for kind in TYPES]
    columns += [
        Choice(name, str(label), name not in {"person_id", "full_name"}) for name, label in OWN.items()
    ]
    defined = {row.key: row for row in trait_queries.definitions("person")}
    columns += [
        Choice(f"trait.{name}", trait_label(name, defined.get(name)), True)
        for name in trait_names()
        if name not in {"email", "phone"}
    ]
    if kind := registry.EXPORT_SCOPES.get(scope):
        columns += [Choice(header, str(label), True) for header, label in kind.headers]
    for more in registry.EXPORT_COLUMNS:
        columns += [Choice(header, str(label), False) for header, label in more.headers()]
    return columns


def usual(scope: str = "people") -> list[str]:
    """The columns that are chosen to begin with."""
    return [choice.name for choice in choices(scope) if choice.usual]


def trait_names() -> list[str]:
    """The traits of the people seen last, most frequent first."""
    return trait_queries.seen_last(SAMPLE)


class Reader:
    """Cells of the chosen columns for chunks of people, in a fixed number of queries a chunk."""

    def __init__(self, chosen: Sequence[str], scope: dict[str, str]) -> None:
        self.chosen = list(chosen)
        self.traits = [name.removeprefix("trait.") for name in chosen if name.startswith("trait.")]
        self.kinds = _kinds(self.traits)
        self.types = [name for name in chosen if name in TYPES]
        self.more = [
            (more.read, [name for name, _label in more.headers()]) for more in registry.EXPORT_COLUMNS
        ]
        if kind := registry.EXPORT_SCOPES.get(scope.get("kind", "")):
            of_scope = partial(kind.read, scope.get("query", ""))
            self.more.append((of_scope, [name for name, _label in kind.headers]))

    @property
    def headers(self) -> list[str]:
        """Names for the file; a trait's says how its values are written, where that is not text."""
        return [self._header(name) for name in self.chosen]

    def _header(self, name: str) -> str:
        kind = self.kinds.get(name.removeprefix("trait."), "text") if name.startswith("trait.") else "text"
        return name if kind == "text" else f"{name} ({kind})"

    def rows(self, people: Sequence[Person]) -> list[list[Any]]:
        ids = [person.pk for person in people]
        cells: dict[uuid.UUID, dict[str, Any]] = {pk: {} for pk in ids}
        self._identifiers(ids, cells)
        if {"company", "company_id"} & set(self.chosen):
            _companies(ids, cells)
        for read, headers in self.more:
            if wanted := [name for name in headers if name in self.chosen]:
                for pk, more in read(ids, wanted).items():
                    cells[pk].update(more)
        return [[self._cell(person, name, cells[person.pk]) for name in self.chosen] for person in people]

    def _identifiers(self, ids: Sequence[uuid.UUID], cells: dict[uuid.UUID, dict[str, Any]]) -> None:
        if not self.types:
            return
        rows = Identifier.objects.filter(person_id__in=ids, type__in=self.types).order_by("type", "pk")
        for pk, kind, value in rows.values_list("person_id", "type", "value"):
            before = cells[pk].get(kind)
            cells[pk][kind] = f"{before}; {value}" if before else value

    def _cell(self, person: Person, name: str, cells: dict[str, Any]) -> Any:
        if name.startswith("trait."):
            key = name.removeprefix("trait.")
            return written(person.traits.get(key), self.kinds.get(key, "text"))
        if name == "person_id":
            return str(person.pk)
        if name == "full_name":
            return person.name
        if name in {"first_seen_at", "last_seen_at"}:
            return getattr(person, name).astimezone(dt.UTC).isoformat()
        return cells.get(name, "")


def written(value: Any, kind: str) -> Any:
    """A trait's value as a cell that an import of this kind reads back as the same value."""
    if value is None:
        return ""
    if kind == "json":
        return json.dumps(value, ensure_ascii=False)
    if kind == "boolean":
        return "true" if value else "false"
    if kind == "list":
        plain = all(
            isinstance(item, str) and item.strip() == item and item and not SPECIAL & set(item)
            for item in value
        )
        return "; ".join(value) if plain and value else json.dumps(value, ensure_ascii=False)
    return value


def _kinds(traits: Sequence[str]) -> dict[str, str]:
    """How each trait is written: by the one JSON type it has everywhere, else as JSON."""
    if not traits:
        return {}
    types = trait_queries.json_types(traits)
    return {key: KINDS.get(kinds[0], "json") if len(kinds) == 1 else "json" for key, kinds in types.items()}


def _companies(ids: Sequence[uuid.UUID], cells: dict[uuid.UUID, dict[str, Any]]) -> None:
    members = CompanyMember.objects.filter(person_id__in=ids).order_by("person_id", "-pk")
    for pk, group, name in members.values_list("person_id", "company__group_id", "company__name"):
        cells[pk]["company_id"], cells[pk]["company"] = group, name
