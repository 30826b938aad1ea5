"""The dry run: the whole file through the same decisions as the run, and nothing written but its report.

What rows would add is remembered in temporary tables of the session, so that later rows of the file meet earlier
ones as they will in the run, and memory stays flat.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection, Sequence
from typing import Any

import msgspec
from django.db import transaction

from rapport.core import jobs, sql
from rapport.core.queries import workspace
from rapport.people.models import Person
from rapport.people.services import imported
from rapport.people.services.identity import limit_of, person_id_for
from rapport.transfers.imports import registry
from rapport.transfers.imports.drafts import Chunk
from rapport.transfers.imports.readers import Unreadable
from rapport.transfers.imports.services import applying, counting, parsing, planning, running, steps
from rapport.transfers.imports.services.planning import Identifier, Placed, Stored
from rapport.transfers.models import Import

SAMPLES = 8
State = Import.State


class Imagining:
    """The store that only imagines: what is stored, overlaid by what earlier rows of the file would have written."""

    def __init__(self, rules: planning.Rules) -> None:
        self.rules = rules
        sql.run("DROP TABLE IF EXISTS pg_temp.would_own, pg_temp.would_be")
        sql.run("CREATE TEMP TABLE would_own (type text, value text, person uuid, PRIMARY KEY (type, value))")
        sql.run(
            "CREATE TEMP TABLE would_be (person uuid PRIMARY KEY, traits text, facts text, seen timestamptz)"
        )
        self.states: dict[uuid.UUID, Stored] = {}

    def owners(self, identifiers: Collection[Identifier]) -> dict[Identifier, uuid.UUID]:
        rows = sql.run(
            "SELECT type, value, person FROM would_own"
            " JOIN unnest(%b::text[], %b::text[]) AS w (type, value) USING (type, value)",
            [[identifier[0] for identifier in identifiers], [identifier[1] for identifier in identifiers]],
        )
        return imported.owners(identifiers) | {(kind, value): person for kind, value, person in rows}

    def holders(self, kind: str, people: Collection[uuid.UUID]) -> set[uuid.UUID]:
        statement = "SELECT person FROM would_own WHERE type = %b AND person = ANY(%b)"
        imagined = sql.run(statement, [kind, list(people)])
        return imported.holders(kind, people) | {person for (person,) in imagined}

    def stored(self, people: Collection[uuid.UUID]) -> dict[uuid.UUID, Stored]:
        rows = Person.objects.filter(pk__in=people).values_list(
            "pk", "traits", "trait_facts", "first_seen_at"
        )
        self.states = {pk: Stored(traits, origins, seen) for pk, traits, origins, seen in rows}
        imagined = sql.run("SELECT * FROM would_be WHERE person = ANY(%b)", [list(people)])
        decode = msgspec.json.decode
        self.states |= {
            pk: Stored(decode(traits), decode(origins), seen) for pk, traits, origins, seen in imagined
        }
        return self.states

    def place(self, fresh: list[Placed], others: list[Placed]) -> None:
        self.states = {}
        for row in fresh:
            row.person, row.is_new, row.linked = person_id_for(row.sees[0]), True, list(row.sees)
            row.values = row.traits
        self._remember_people(fresh)
        self._remember_links(fresh)
        owners = self.owners({identifier for row in others for identifier in row.sees})
        for row in others:
            row.person = next((owners[identifier] for identifier in row.sees if identifier in owners), None)
            if row.person is None:
                row.person, row.is_new = person_id_for(row.sees[0]), True
            row.linked = [
                identifier
                for identifier in row.sees
                if identifier not in owners and limit_of(identifier[0]) > 1
            ]
            row.linked += [row.sees[0]] if row.is_new and row.sees[0] not in row.linked else []
            owners.update(dict.fromkeys(row.linked, row.person))
        self._remember_links(others)
        self._remember_people([row for row in others if row.is_new], empty=True)

    def _remember_links(self, rows: Sequence[Placed]) -> None:
        links = [(*link, row.person) for row in rows for link in row.linked]
        if links:
            columns = [list(column) for column in zip(*links, strict=True)]
            sql.run(
                "INSERT INTO would_own SELECT * FROM unnest(%b::text[], %b::text[], %b::uuid[]) ON CONFLICT DO NOTHING",
                columns,
            )

    def _remember_people(self, rows: Sequence[Placed], empty: bool = False) -> None:
        states: dict[uuid.UUID, Stored] = {}
        for row in rows:
            values = {} if empty else row.values
            origins = dict.fromkeys(values, self.rules.fact(row))
            if row.person:
                states[row.person] = Stored(values, origins, row.draft.first_seen or self.rules.at)
        self.remember(states)

    def remember(self, states: dict[uuid.UUID, Stored]) -> None:
        if not states:
            return
        encode = msgspec.json.encode
        sql.run(
            "INSERT INTO would_be SELECT * FROM unnest(%b::uuid[], %b::text[], %b::text[], %b::timestamptz[])"
            " ON CONFLICT (person) DO UPDATE"
            " SET traits = excluded.traits, facts = excluded.facts, seen = excluded.seen",
            [
                list(states),
                [encode(state.traits).decode() for state in states.values()],
                [encode(state.origins).decode() for state in states.values()],
                [state.first_seen for state in states.values()],
            ],
        )


def check_file(job: jobs.RunningJob) -> None:
    """The job: the dry run over the whole file, from its beginning."""
    run = steps.run_of(job)
    rules = running.rules_of(run, job.clock.now())
    store, report, rows = Imagining(rules), _Report(), 0
    Import.objects.filter(pk=run.pk).update(report={})
    try:
        with parsing.chunks(run, zone=workspace().time_zone) as chunks:
            for chunk in chunks:
                _check_chunk(chunk, store, report, rules)
                rows = chunk.drafts[-1].number
                with transaction.atomic():
                    Import.objects.filter(pk=run.pk).update(report=report.as_json())
                    job.step(done=rows)
    except (Unreadable, OSError) as error:
        raise jobs.JobFailed(str(error)) from error
    with transaction.atomic():
        Import.objects.filter(pk=run.pk).update(state=State.CHECKED, rows=rows, report=report.as_json())
        job.finish({"rows": rows})


def _check_chunk(chunk: Chunk, store: Imagining, report: _Report, rules: planning.Rules) -> None:
    rows = planning.plan(chunk, store, rules)
    changed = {row.person for row in rows if row.person and row.values}
    store.remember({person: state for person, state in store.states.items() if person in changed})
    report.take(rows, rules)


class _Report:
    """Counts and a few rows of each kind, with what they are now and what they would become."""

    def __init__(self) -> None:
        self.counts: dict[str, Any] = {}
        self.samples: dict[str, list[dict[str, Any]]] = {}
        self.examples: dict[str, Any] = {}

    def take(self, rows: Sequence[Placed], rules: planning.Rules) -> None:
        more: dict[str, int] = {}
        for name, kind in registry.IMPORT_COLUMNS.items():
            for word, number in kind.preview(
                applying.cells_of([r for r in rows if not r.outcome], name, rules)
            ).items():
                more[word] = more.get(word, 0) + number
        planning.finish(rows)
        self.counts = counting.added(self.counts, counting.counted(rows) | {"more": more})
        self.examples = counting.examples(rows, self.examples)
        for row in rows:
            kept = self.samples.setdefault(row.outcome, [])
            if len(kept) < SAMPLES:
                kept.append(_sample(row))

    def as_json(self) -> dict[str, Any]:
        return {"counts": self.counts, "samples": self.samples, "examples": self.examples}


def _sample(row: Placed) -> dict[str, Any]:
    changes = [[name, row.before.get(name, (None,))[0], value] for name, value in sorted(row.values.items())]
    return {
        "row": row.draft.number,
        "identifiers": [list(identifier) for identifier in row.draft.identifiers],
        "changes": _plain(changes),
        "person": "" if row.is_new or not row.person else str(row.person),
        "problem": list(row.problem) if row.problem else [],
        "notes": [list(note) for note in row.left_out()],
    }


def _plain(value: Any) -> Any:
    return msgspec.json.decode(msgspec.json.encode(value, enc_hook=str))


def preview(run: Import, rows: int = 8) -> list[dict[str, Any]]:
    """The first rows as they would become, without looking anybody up: [{"row", "identifiers", "traits", …}]."""
    small = Import(
        size=0,
        file=run.file,
        layout=run.layout,
        headers=run.headers,
        mapping=run.mapping,
        created_at=run.created_at,
    )
    with parsing.chunks(small, zone=workspace().time_zone) as chunks, transaction.atomic():
        first = next(iter(chunks), None)
        drafts = first.drafts[:rows] if first else []
    return [
        {
            "row": draft.number,
            "identifiers": draft.identifiers,
            "traits": _plain({n: v for n, v in draft.traits.items() if (n, v) not in draft.identifiers}),
            "company": " ".join(filter(None, draft.company or ())),
            "first_seen": draft.first_seen if isinstance(draft.first_seen, dt.datetime) else None,
            "cells": draft.cells,
            "problem": list(draft.problem) if draft.problem else [],
            "notes": draft.notes,
        }
        for draft in drafts
    ]
