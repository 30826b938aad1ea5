"""A row as what it would mean for a person, before anybody is looked up. Runs in a process of its own."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from rapport.people.normalise import normalise
from rapport.people.services.new_people import Written
from rapport.transfers.imports import registry, values
from rapport.transfers.imports.readers import Row
from rapport.transfers.imports.readers.base import GUARDED

# Values kept of each column: most texts come again.
CACHED = 20_000
ORDER = {"user_id": 0, "email": 1, "phone": 2, "anonymous_id": 9}


class Draft(msgspec.Struct, array_like=True, gc=False):
    """One row. `identifiers` strongest first; `held` is {kind: {part: text}}; a `problem` keeps the row out.

    `notes` are [code, words] about cells that were left out of a row that comes in.
    """

    number: int
    identifiers: list[tuple[str, str]] = []
    traits: dict[str, Any] = {}
    company: tuple[str, str] | None = None
    first_seen: dt.datetime | None = None
    changed_at: dt.datetime | None = None
    held: dict[str, dict[str, str]] = {}
    problem: tuple[str, str] | None = None
    notes: list[tuple[str, str]] = []


class Chunk(msgspec.Struct, array_like=True, gc=False):
    """Rows that go in together. `written` are the drafts' people as newcomers, under the rules of that `version`.

    It is what the writer would make of them itself; "" when nothing was made.
    """

    drafts: list[Draft]
    written: list[Written | None] = []
    version: str = ""


Setter = Callable[[Draft, Any], None]


class Compiler:
    """Turns rows into drafts by a checked mapping. `zone` is the business's."""

    def __init__(self, mapping: dict[str, Any], headers: list[str], zone: str = "UTC") -> None:
        self.region, self.order = mapping["region"], mapping["dates"]
        self.zone = ZoneInfo(zone)
        self.setters: list[tuple[int, str, Setter]] = []
        for index, column in enumerate(mapping["columns"]):
            if column["to"] != "ignore":
                self.setters.append((index, headers[index], self._setter(column)))
        self.fixed = [(self._setter(column), column["value"]) for column in mapping["fixed"]]
        self.checks = {
            name: lru_cache(CACHED)(lambda cells, kind=kind: kind.check(dict(cells)))
            for name, kind in registry.IMPORT_COLUMNS.items()
        }

    def drafts(self, rows: Iterable[Row]) -> Iterator[Draft]:
        for row in rows:
            yield self.draft(row)

    def draft(self, row: Row) -> Draft:
        result = Draft(row.number)
        if row.problem:
            result.problem = ("malformed", row.problem)
            return result
        cells = row.cells
        for setter, value in self.fixed:
            setter(result, value)
        for index, header, setter in self.setters:
            cell = cells[index]
            if cell == "" or cell is None:
                continue
            if isinstance(cell, str) and cell[0] == "'" and cell[1:2] in GUARDED:
                cell = cell[1:]  # the apostrophe by which an export keeps spreadsheets from running a formula
            try:
                setter(result, cell)
            except ValueError as error:
                result.notes.append((header, str(error)))
        self._finish(result)
        return result

    def _finish(self, draft: Draft) -> None:
        if len(draft.identifiers) > 1:
            draft.identifiers = sorted(dict.fromkeys(draft.identifiers), key=_strength)
        if not draft.identifiers:
            notes = "; ".join(f"{header}: {words}" for header, words in draft.notes)
            draft.problem = (
                "nobody",
                notes or "no e-mail address, phone number or id that identifies a person",
            )
            return
        for name, cells in draft.held.items():
            if reason := self.checks[name](tuple(cells.items())):
                draft.problem = (name, reason)
                return

    def _setter(self, column: dict[str, Any]) -> Setter:
        to = column["to"]
        if to == "identifier":
            return self._identifier(column["type"])
        if to == "trait":
            return self._trait(column["key"], column.get("type", "text"), column.get("dates"))
        if to == "company":
            return _company(column["part"])
        if to in {"first_seen", "changed_at"}:
            return self._moment(to, column.get("dates"))
        if to == "tags":
            return _tags
        return _held(to, column["part"])

    def _identifier(self, kind: str) -> Setter:
        region, trait = self.region, kind if kind in {"email", "phone"} else ""

        def put(draft: Draft, cell: Any) -> None:
            several = cell.split(";") if isinstance(cell, str) and ";" in cell else (cell,)
            for item in several:
                value = normalise(kind, item, region)
                if value is None:
                    raise ValueError(f"“{str(item)[:60]}” is not a usable {kind.replace('_', ' ')}")
                draft.identifiers.append((kind, value))
                if trait:
                    draft.traits.setdefault(trait, value)

        return put

    def _trait(self, key: str, kind: str, order: str | None) -> Setter:
        parse = values.parser(kind, order=order or self.order, region=self.region)
        # Lists and structures are made anew each time, because they are changed in place.
        cached = lru_cache(CACHED)(parse) if kind not in {"list", "json"} else None

        def put(draft: Draft, cell: Any) -> None:
            value = parse(cell) if cached is None or type(cell) is not str else cached(cell)
            if value != "":
                draft.traits[key] = value

        return put

    def _moment(self, field: str, order: str | None) -> Setter:
        zone, wanted = self.zone, order or self.order

        def put(draft: Draft, cell: Any) -> None:
            setattr(draft, field, values.moment(cell, wanted, zone))

        return put


def _strength(identifier: tuple[str, str]) -> int:
    return ORDER.get(identifier[0], 5)


def _company(part: str) -> Setter:
    def put(draft: Draft, cell: Any) -> None:
        text = values.text(cell)[:254]
        company = draft.company or ("", "")
        draft.company = (text, company[1]) if part == "id" else (company[0], text)

    return put


def _tags(draft: Draft, cell: Any) -> None:
    draft.traits["tags"] = list(dict.fromkeys([*draft.traits.get("tags", []), *values.listed(cell)]))


def _held(kind: str, part: str) -> Setter:
    text_of = lru_cache(CACHED)(values.text)

    def put(draft: Draft, cell: Any) -> None:
        held = draft.held.get(kind)
        if held is None:
            held = draft.held[kind] = {}
        held[part] = text_of(cell) if type(cell) is str else values.text(cell)

    return put
