"""Taking an import back, chunk by chunk from the last one, each in one transaction.

Traits get their earlier values where nothing newer was said; people the file made go unless something else has
happened to them since; consents are answered by a line that withdraws. No history is deleted.
"""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction

from rapport.core import sql
from rapport.core.access import Actor
from rapport.core.clock import SYSTEM
from rapport.core.services import audit
from rapport.people.imports import registry
from rapport.people.imports.services import leases
from rapport.people.imports.services.applying import entries
from rapport.people.imports.services.planning import added
from rapport.people.known import DERIVED, PERSON
from rapport.people.models import CompanyMember, Import, ImportChunk, Merge, Person
from rapport.people.queries import survivor_of
from rapport.people.services import policy as policies
from rapport.people.services.changes import mark_changed
from rapport.people.services.parting import undo_merge
from rapport.people.services.traits import claims_of, denormalised, put

State = Import.State


def work(run: Import) -> None:
    """Reverts until nothing of the import is left; the claim is the caller's. Repeatable after a kill."""
    actor = leases.actor_of(run)
    try:
        actor.require("people.edit")
    except PermissionDenied as error:
        leases.release(run, state=State.DONE, problem=str(error))
        return
    _undo_merges(run, actor)
    while chunk := run.chunks.filter(reverted_at=None).order_by("-first_row").first():
        with transaction.atomic():
            report = added(run.report.get("revert", {}), _take_back(run, chunk, actor))
            ImportChunk.objects.filter(pk=chunk.pk).update(reverted_at=SYSTEM.now())
            leases.renew(run, report=run.report | {"revert": report}, attempts=0)
    with transaction.atomic():
        data = run.report.get("revert", {})
        audit.record(actor=actor, action="import.reverted", object_type="import", object_id=run.pk, data=data)
        leases.release(run, state=State.REVERTED, reverted_at=SYSTEM.now())


def _undo_merges(run: Import, actor: Actor) -> None:
    """Parts whom the import joined, the latest first; a merge that newer ones lie upon stays."""
    joined = Merge.objects.filter(evidence__message_id__startswith=run.token, undone_at=None)
    for merge in joined.order_by("-pk"):
        try:
            undo_merge(actor=actor, merge=merge)
        except ValueError:
            continue


def _take_back(run: Import, chunk: ImportChunk, actor: Actor) -> dict[str, int]:
    rows = entries(chunk)
    now_is = survivor_of({uuid.UUID(row["person"]) for row in rows})
    people = Person.objects.select_for_update().in_bulk(sorted(set(now_is.values())))
    counts = {"removed": 0, "restored": 0, "kept": 0}
    made: dict[uuid.UUID, list[list[str]]] = {}
    links: dict[uuid.UUID, list[list[str]]] = {}
    for row in reversed(rows):
        person = people.get(now_is.get(uuid.UUID(row["person"]), uuid.UUID(int=0)))
        if person is None or person.erased_at:
            continue
        links.setdefault(person.pk, []).extend(row.get("linked", []))
        counts["restored"] += _restore(person, row, run.token)
        if row.get("made"):
            made[person.pk] = row.get("linked", [])
    gone = _untouched({pk: people[pk] for pk in made}, run)
    counts["removed"], counts["kept"] = len(gone), len(made) - len(gone)
    for person in people.values():
        _save(person, gone)
    _unlink({pk: given for pk, given in links.items() if pk in gone or pk not in made}, run)
    _leave_companies(rows, now_is)
    _revert_held(rows, now_is, actor, run)
    mark_changed(list(people))
    return counts


def _restore(person: Person, row: dict[str, Any], token: str) -> bool:
    """What this row said goes, and what its source had said before comes back; then the rules choose anew."""
    mine = f"{token}-{row['row']:010}"
    before: dict[str, Any] = row.get("before", {})
    state = (person.traits, person.trait_facts)
    priority = policies.current(PERSON).priority
    moved = False
    for name in list(person.trait_facts):
        claims = claims_of(name, state)
        slots = [slot for slot, claim in claims.items() if claim.message_id == mine]
        if not slots:
            continue
        moved = True
        value, fact = before.get(name) or (None, None)
        earlier = claims_of(name, ({name: value}, {name: fact})) if fact else {}
        for slot in slots:
            del claims[slot]
        put(name, earlier | claims, priority(name), state)
    if first := row.get("first_seen"):
        person.first_seen_at, moved = dt.datetime.fromisoformat(first), True
    return moved and not row.get("made")


def _untouched(made: dict[uuid.UUID, Person], run: Import) -> set[uuid.UUID]:
    """Of the people the file made, those about whom nothing else has been heard since."""
    bare = {pk for pk, person in made.items() if person.merged_into_id is None and not _told(person)}
    busy = {
        pk
        for (pk,) in sql.run(
            "SELECT person_id FROM people_identifier WHERE person_id = ANY(%b) AND source <> %b"
            " UNION SELECT survivor_id FROM people_merge WHERE survivor_id = ANY(%b) AND undone_at IS NULL"
            " UNION SELECT id FROM people_person WHERE id = ANY(%b) AND last_seen_at > first_seen_at"
            " AND last_seen_at > %b",
            [list(bare), run.source, list(bare), list(bare), run.started_at or run.created_at],
        )
    }
    return bare - busy


def _told(person: Person) -> bool:
    """Whether somebody else says something of the person; stages and figures that follow from the import do not."""
    state = (person.traits, person.trait_facts)
    return any(not DERIVED.issuperset(claims_of(name, state)) for name in person.trait_facts)


def _save(person: Person, gone: set[uuid.UUID]) -> None:
    if person.pk in gone:
        # An empty tombstone, as after an erasure: what refers to the person stays valid and says nothing.
        person.erased_at, person.traits, person.trait_facts = SYSTEM.now(), {}, {}
    person.name, person.email = denormalised(person.traits)
    person.version += 1
    person.updated_at = SYSTEM.now()
    fields = ["name", "email", "traits", "trait_facts", "first_seen_at", "version", "updated_at", "erased_at"]
    person.save(update_fields=fields)


def _unlink(links: dict[uuid.UUID, list[list[str]]], run: Import) -> None:
    rows = [(pk, *each) for pk, given in links.items() for each in given]
    if rows:
        sql.run(
            "DELETE FROM people_identifier i USING unnest(%b::uuid[], %b::text[], %b::text[]) AS n (p, t, v)"
            " WHERE i.person_id = n.p AND i.type = n.t AND i.value = n.v AND i.source = %b",
            [*(list(column) for column in zip(*rows, strict=True)), run.source],
        )


def _leave_companies(rows: list[dict[str, Any]], now_is: dict[uuid.UUID, uuid.UUID]) -> None:
    for row in rows:
        if company := row.get("company"):
            person = now_is.get(uuid.UUID(row["person"]), uuid.UUID(row["person"]))
            CompanyMember.objects.filter(company_id=company, person_id=person).delete()


def _revert_held(
    rows: list[dict[str, Any]], now_is: dict[uuid.UUID, uuid.UUID], actor: Actor, run: Import
) -> None:
    for name, kind in registry.import_columns().items():
        undo = {
            now_is[uuid.UUID(row["person"])]: row["held"][name]
            for row in rows
            if name in row.get("held", {}) and uuid.UUID(row["person"]) in now_is
        }
        if undo:
            kind.revert(actor, undo, f"reverted {run.source}"[:120], f"revert-{run.token}")
