"""Writing what a chunk's rows bring, set by set, and the journal by which it can be taken back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
from backports import zstd

from rapport.core import sql
from rapport.core.access import Actor
from rapport.core.services import spool
from rapport.people.services import companies, factlog, imported, sightings
from rapport.people.services.changes import mark_changed
from rapport.people.services.profile import TraitUpdate, apply_traits
from rapport.people.values.schema import PERSON
from rapport.transfers.imports import registry
from rapport.transfers.imports.drafts import Newcomers
from rapport.transfers.imports.services import timeline
from rapport.transfers.imports.services.counting import left_out
from rapport.transfers.imports.services.planning import Placed, Rules
from rapport.transfers.models import Import, ImportChunk

_encode = msgspec.json.encode


def write(rows: Sequence[Placed], *, run: Import, actor: Actor, rules: Rules) -> dict[str, int]:
    """Traits, first seen, companies and what other apps hold; in the caller's transaction. Counts by other apps."""
    came = [row for row in rows if row.person and not row.outcome]
    apply_traits(
        [
            TraitUpdate(
                row.person,
                row.values,
                rules.stated_at(row.draft),
                rules.source,
                rules.message_id(row.draft.number),
            )
            for row in came
            if row.values and row.person and not (row.is_new and row.values is row.traits)
        ]
    )
    factlog.write_refusals(PERSON, [refusal for row in came for refusal in _refused(row, rules)])
    seen = {row.person: row.draft.first_seen for row in came if row.first_seen and row.draft.first_seen}
    sightings.widen({person: (at, at) for person, at in seen.items() if person}, looked=True)
    _join_companies(came, rules)
    return _added(_apply_cells(came, actor, rules), _stop(rows, actor, rules))


def _refused(row: Placed, rules: Rules) -> list[factlog.Refused]:
    if not row.refused or row.person is None:
        return []
    origin = factlog.Origin(rules.source, rules.stated_at(row.draft), rules.message_id(row.draft.number))
    return [factlog.Refused(row.person, refusal, origin) for refusal in row.refused]


def _join_companies(rows: Sequence[Placed], rules: Rules) -> None:
    members = [
        companies.NamedMember(*row.draft.company, row.person)
        for row in rows
        if row.draft.company and row.person
    ]
    joined = companies.join_named(members, rules.at)
    for row in rows:
        if row.draft.company and row.person:
            row.company = joined.pop(companies.NamedMember(*row.draft.company, row.person), None)


def cells_of(rows: Sequence[Placed], kind: str, rules: Rules) -> list[registry.RowCells]:
    """What the rows say for a column kind of a higher app."""
    return [
        registry.RowCells(
            row.draft.number, row.person, row.draft.cells[kind], row.draft.identifiers,
            rules.message_id(row.draft.number), rules.at, row.is_new, row.values if row.is_new else {},
        )
        for row in rows
        if kind in row.draft.cells and row.person
    ]  # fmt: skip


def _apply_cells(rows: Sequence[Placed], actor: Actor, rules: Rules) -> dict[str, int]:
    counts: dict[str, int] = {}
    for name, kind in registry.IMPORT_COLUMNS.items():
        cells = cells_of(rows, name, rules)
        if not cells:
            continue
        applied = kind.apply(actor, cells, rules.source)
        counts = _added(counts, applied.counts)
        for row in rows:
            if name not in row.draft.cells:
                continue
            if row.person in applied.changed:
                row.changed_more = True
            if row.person in applied.undo:
                row.undo[name] = applied.undo.pop(row.person)
    return counts


def _stop(rows: Sequence[Placed], actor: Actor, rules: Rules) -> dict[str, int]:
    """What may not wait of rows that did not come in. Those that were excluded by hand bring no cells."""
    left = [row.draft for row in rows if row.outcome and row.draft.cells]
    if not left:
        return {}
    owners = imported.owners({identifier for draft in left for identifier in draft.identifiers})
    counts: dict[str, int] = {}
    for name, kind in registry.IMPORT_COLUMNS.items():
        stopping = [
            registry.LeftOut(
                {owners[identifier] for identifier in draft.identifiers if identifier in owners},
                draft.cells[name], draft.identifiers, rules.message_id(draft.number), rules.at,
            )
            for draft in left
            if name in draft.cells
        ]  # fmt: skip
        counts = _added(counts, kind.stop(actor, stopping, rules.source) if stopping else {})
    return counts


def _added(counts: dict[str, int], more: dict[str, int]) -> dict[str, int]:
    return counts | {word: counts.get(word, 0) + number for word, number in more.items()}


def mark_people(
    rows: Sequence[Placed], rules: Rules, run: Import, newcomers: Newcomers | None = None
) -> None:
    """Marks everybody the chunk changed, after their timelines' block, which may have been made ready."""
    moved = [row for row in rows if row.outcome in {"created", "updated"} and row.person]
    people = [row.person for row in moved if row.person]
    if newcomers and len(moved) == sum(newcomers.ready) and all(row.is_ready and row.is_new for row in moved):
        block = spool.put_packed("events", newcomers.timeline, len(moved))
    else:
        texts = [(str(row.person), row.draft.number) for row in moved]
        block = spool.put("events", timeline.lines(texts, run.name, rules.token, rules.at))
    mark_changed(people, after_block=block)


def journal(rows: Sequence[Placed], run: Import) -> None:
    """Writes the chunk's line in the journal."""
    moved = [row for row in rows if row.outcome in {"created", "updated"} and row.person]
    lines = b"\n".join([_entry(row) for row in moved])
    problems: list[list[Any]] = [
        [row.draft.number, *row.problem] for row in rows if row.problem and row.outcome == "rejected"
    ]
    problems += [
        [row.draft.number, f"cell:{column}", code, value] for row, column, code, value in left_out(rows)
    ]
    sql.run(
        "INSERT INTO transfers_importchunk (run_id, first_row, last_row, people, journal, problems)"
        " VALUES (%b, %b, %b, %b, %b, %b::text::jsonb)",
        [
            run.pk,
            rows[0].draft.number,
            rows[-1].draft.number,
            sql.UuidArray(list(dict.fromkeys([row.person.bytes for row in moved if row.person]))),
            zstd.compress(lines, 1),
            _encode(problems).decode(),
        ],
    )


def _entry(row: Placed) -> bytes:
    entry: dict[str, Any] = {"row": row.draft.number, "person": str(row.person)}
    if row.is_new:
        entry["made"] = True
    if row.before:
        entry["before"] = row.before
    if row.linked:
        entry["linked"] = row.linked
    if row.first_seen:
        became = row.draft.first_seen or row.first_seen
        entry["first_seen"] = [row.first_seen.isoformat(), became.isoformat()]
    if row.company:
        entry["company"] = str(row.company)
    if row.undo:
        entry["held"] = row.undo
    return _encode(entry)


def entries(chunk: ImportChunk) -> list[dict[str, Any]]:
    """What `journal` wrote."""
    text = zstd.decompress(bytes(chunk.journal))
    return [msgspec.json.decode(line) for line in text.split(b"\n") if line]
