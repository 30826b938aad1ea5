"""A row as what it would mean for a person, before anybody is looked up. Runs in a process of its own."""

from __future__ import annotations

import datetime as dt
import hashlib
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from rapport.people import identity_types
from rapport.people.services.new_people import Block
from rapport.transfers.imports import addresses, dates, mapping, registry, values
from rapport.transfers.imports.readers import FileRow
from rapport.transfers.imports.readers.base import GUARDED

# Values kept of each column: most texts come again.
CACHED = 20_000
# Of a company's name and id.
MAX_NAME = 254
# A person whom no identifier names is known by the row itself, so that importing it again adds nobody.
ROW_KEY = "import_key"


class Draft(msgspec.Struct, array_like=True, gc=False):
    """One row. `identifiers` strongest first; `cells` is {kind: {part: text}}; a `problem` keeps the row out.

    `notes` are (column, code, value) about what was left out of a row that comes in, or read in another way.
    """

    number: int
    identifiers: list[tuple[str, str]] = []
    traits: dict[str, Any] = {}
    company: tuple[str, str] | None = None
    first_seen: dt.datetime | None = None
    changed_at: dt.datetime | None = None
    cells: dict[str, dict[str, str]] = {}
    problem: tuple[str, str] | None = None
    notes: list[tuple[str, str, str]] = []


class Newcomers(msgspec.Struct, array_like=True, gc=False):
    """The people of a chunk's rows as they are put in if nobody knows one of them, under the rules of that `version`.

    It is what the writer would make of them itself. `ready` says of each draft whether it is among them: then its
    traits are settled. `timeline` is the block of their events.
    """

    version: str
    ready: list[bool]
    block: Block
    timeline: bytes


class Chunk(msgspec.Struct, array_like=True, gc=False):
    """Rows that go in together, and what was made ready of them."""

    drafts: list[Draft]
    newcomers: Newcomers | None = None


Setter = Callable[[Draft, Any], None]


class Compiler:
    """Turns rows into drafts by a checked mapping. `zone` is the business's, `excluded` ranges of rows to leave out.

    `today` is the day after which nobody in the file was born, seen or changed.
    """

    def __init__(
        self,
        document: dict[str, Any],
        headers: list[str],
        zone: str = "UTC",
        excluded: Iterable[list[int]] = (),
        today: dt.date = dates.LATEST,
    ) -> None:
        self.region, self.order = document["region"], document["dates"]
        self.zone, self.today = ZoneInfo(zone), today
        self.adds_unnamed = document["unnamed"] == "create"
        self.excluded = sorted((first, last) for first, last in excluded)
        self.joined = mapping.joined(document["columns"])
        self.setters: list[tuple[int, str, Setter]] = []
        self.composed: dict[str, dict[str, int]] = {}
        self.headers_of: dict[tuple[str, str], str] = {}
        for index, column in enumerate(document["columns"]):
            if column["to"] in registry.IMPORT_COLUMNS:
                self.headers_of[column["to"], column["part"]] = headers[index]
            if column.get("type") in values.DATE_PARTS:
                self.composed.setdefault(column["key"], {})[column["type"]] = index
            elif column["to"] != "ignore":
                self.setters.append((index, headers[index], self._setter(column, headers[index])))
        fixed = [*document["fixed"], *mapping.evidence_columns(document)]
        self.fixed = [(self._setter(column, ""), column["value"]) for column in fixed]
        self.checks = {
            name: lru_cache(CACHED)(lambda cells, kind=kind: kind.check(dict(cells)))
            for name, kind in registry.IMPORT_COLUMNS.items()
        }

    def drafts(self, rows: Iterable[FileRow]) -> Iterator[Draft]:
        for row in rows:
            yield self.draft(row)

    def draft(self, row: FileRow) -> Draft:
        result = Draft(row.number)
        if row.problem or (self.excluded and self._is_excluded(row.number)):
            result.problem = ("malformed", row.problem) if row.problem else ("excluded", "")
            return result
        if row.remarks:
            result.notes.extend(row.remarks)
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
                result.notes.append((header, str(error), values.plain(cell)[:120]))
        for key, indexes in self.composed.items():
            _compose(result, key, {part: values.bare(cells[index]) for part, index in indexes.items()})
        self._finish(result)
        return result

    def _is_excluded(self, number: int) -> bool:
        place = bisect_right(self.excluded, (number, 2**62)) - 1
        return place >= 0 and self.excluded[place][0] <= number <= self.excluded[place][1]

    def _finish(self, draft: Draft) -> None:
        if not draft.identifiers and self.adds_unnamed and (draft.traits or draft.company):
            draft.identifiers = [(ROW_KEY, _digest(draft))]
        if len(draft.identifiers) > 1:
            draft.identifiers = identity_types.current().ordered(draft.identifiers)
        if not draft.identifiers:
            notes = "; ".join(f"{header}: {value}" for header, _code, value in draft.notes if header)
            draft.problem = ("nobody", notes)
            return
        for name, cells in draft.cells.items():
            kept, problems = self.checks[name](tuple(cells.items()))
            if problems:
                draft.cells[name] = dict(kept)
                draft.notes += [
                    (self.headers_of.get((name, part), name), code, text) for part, code, text in problems
                ]

    def _setter(self, column: dict[str, Any], header: str) -> Setter:
        to = column["to"]
        if to == "identifier":
            return self._identifier(column["type"], header)
        if to == "trait":
            return self._trait(column)
        if to == "company":
            return _company(column["part"])
        if to in {"first_seen", "changed_at"}:
            return self._moment(to, column.get("notation"))
        if to == "tags":
            return _tags
        return _part(to, column["part"])

    def _identifier(self, kind: str, header: str) -> Setter:
        region, trait = self.region, kind if kind in {"email", "phone"} else ""

        def put(draft: Draft, cell: Any) -> None:
            usable, left = addresses.in_cell(kind, cell, region)
            for value in usable:
                draft.identifiers.append((kind, value))
                if trait:
                    draft.traits.setdefault(trait, value)
            draft.notes += [(header, code, piece[:120]) for code, piece in left]

        return put

    def _trait(self, column: dict[str, Any]) -> Setter:
        key, kind = column["key"], column.get("type", "text")
        notation = column.get("notation") or (self.order if kind == "date" else "auto")
        latest = self.today if key == "birthday" else dates.LATEST
        parse = values.parser(kind, notation=notation, region=self.region, latest=latest)
        # Lists and structures are made anew each time, because they are changed in place.
        cached = lru_cache(CACHED)(parse) if kind not in {"list", "json"} else None
        is_joined = key in self.joined

        def put(draft: Draft, cell: Any) -> None:
            value = parse(cell) if cached is None or type(cell) is not str else cached(cell)
            if value == "":
                return
            if is_joined and key in draft.traits:
                value = _together(draft.traits[key], value)
            draft.traits[key] = value

        return put

    def _moment(self, field: str, notation: str | None) -> Setter:
        zone, order, today = self.zone, notation or self.order, self.today

        def put(draft: Draft, cell: Any) -> None:
            setattr(draft, field, values.moment(cell, order, zone, today))

        return put


def _together(first: Any, second: Any) -> Any:
    """Two columns of one trait: lists as one list, texts side by side, what both say once."""
    if isinstance(first, list):
        return list(dict.fromkeys([*first, *(second if isinstance(second, list) else [second])]))
    return first if second == first else f"{first} {second}"


def _compose(draft: Draft, key: str, pieces: dict[str, str]) -> None:
    if not any(pieces.values()):
        return
    try:
        draft.traits[key] = dates.composed(*(pieces.get(part, "") for part in values.DATE_PARTS))
    except ValueError as error:
        draft.notes.append((key, str(error), "-".join(pieces.values())))


def _digest(draft: Draft) -> str:
    content = msgspec.json.encode([draft.traits, draft.company], order="deterministic")
    return hashlib.sha256(content).hexdigest()[:32]


def _company(part: str) -> Setter:
    def put(draft: Draft, cell: Any) -> None:
        text = values.text(cell)
        if len(text) > MAX_NAME:
            raise ValueError("long_name")
        company = draft.company or ("", "")
        draft.company = (text, company[1]) if part == "id" else (company[0], text)

    return put


def _tags(draft: Draft, cell: Any) -> None:
    draft.traits["tags"] = list(dict.fromkeys([*draft.traits.get("tags", []), *values.listed(cell)]))


def _part(kind: str, part: str) -> Setter:
    text_of = lru_cache(CACHED)(values.text)

    def put(draft: Draft, cell: Any) -> None:
        cells = draft.cells.get(kind)
        if cells is None:
            cells = draft.cells[kind] = {}
        cells[part] = text_of(cell) if type(cell) is str else values.text(cell)

    return put
