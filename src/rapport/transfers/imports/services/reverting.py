"""Taking an import back, chunk by chunk from the last one, each in one transaction.

Traits get their earlier values where nothing newer was said; people the file made go unless something else has
happened to them since; consents are answered by a line that withdraws. No history is deleted.
"""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from django.db import transaction

from rapport.core import jobs
from rapport.core.access import Actor
from rapport.core.services import audit
from rapport.people.models import CompanyMember, Merge, Person
from rapport.people.services import factlog, families, imported
from rapport.people.services import policy as policies
from rapport.people.services.changes import mark_changed
from rapport.people.services.traits import Priorities, claims_of, put
from rapport.people.services.unmerging import undo_merge
from rapport.people.values.schema import COMPUTED, PERSON
from rapport.transfers.imports import registry
from rapport.transfers.imports.services import steps
from rapport.transfers.imports.services.applying import entries
from rapport.transfers.imports.services.counting import added
from rapport.transfers.imports.services.earlier import Earlier
from rapport.transfers.models import Import, ImportChunk

State = Import.State


def revert_import(job: jobs.RunningJob) -> None:
    """The job: reverts until nothing of the import is left. Repeatable after a kill."""
    run = steps.run_of(job)
    _undo_merges(run, job.actor)
    done, total = run.chunks.exclude(reverted_at=None).count(), run.chunks.count()
    while chunk := run.chunks.filter(reverted_at=None).order_by("-first_row").first():
        with transaction.atomic():
            counts = added(run.report.get("revert", {}), _take_back(run, chunk, job.actor, job.clock.now()))
            report = run.report | {"revert": counts}
            ImportChunk.objects.filter(pk=chunk.pk).update(reverted_at=job.clock.now())
            Import.objects.filter(pk=run.pk).update(report=report)
            job.step(done=done + 1, total=total)
        run.report, done = report, done + 1
    with transaction.atomic():
        Import.objects.filter(pk=run.pk).update(state=State.REVERTED, reverted_at=job.clock.now())
        audit.record(
            actor=job.actor, action="import.reverted", object_type="import", object_id=run.pk,
            data=run.report.get("revert", {}), clock=job.clock,
        )  # fmt: skip
        job.finish()


def _undo_merges(run: Import, actor: Actor) -> None:
    """Parts whom the import joined, the latest first; a merge that newer ones lie upon stays."""
    joined = Merge.objects.filter(evidence__message_id__startswith=run.token, undone_at=None)
    for merge in joined.order_by("-pk"):
        try:
            undo_merge(actor=actor, merge=merge)
        except ValueError:
            continue


def _take_back(run: Import, chunk: ImportChunk, actor: Actor, now: dt.datetime) -> dict[str, int]:
    rows = entries(chunk)
    locked = families.lock({uuid.UUID(row["person"]) for row in rows})
    now_is = locked.root_of
    people = {root: locked.people[root] for root in set(now_is.values())}
    before = {pk: dict(person.traits) for pk, person in people.items()}
    counts = {"removed": 0, "restored": 0, "kept": 0}
    created: dict[uuid.UUID, list[list[str]]] = {}
    links: dict[uuid.UUID, list[list[str]]] = {}
    earlier, priorities = Earlier(run), policies.current(PERSON).priority
    for row in reversed(rows):
        person = people.get(now_is.get(uuid.UUID(row["person"]), uuid.UUID(int=0)))
        if person is None or person.erased_at:
            continue
        links.setdefault(person.pk, []).extend(row.get("linked", []))
        counts["restored"] += _restore(person, row, earlier, priorities)
        if row.get("made"):
            created[person.pk] = row.get("linked", [])
    gone = _untouched({pk: people[pk] for pk in created}, run)
    counts["removed"], counts["kept"] = len(gone), len(created) - len(gone)
    imported.write_back(people, gone)
    _tell_history(people, before, gone, run, now)
    unlinked = {pk: given for pk, given in links.items() if pk in gone or pk not in created}
    imported.unlink(unlinked, token=run.token, source=run.source)
    _leave_companies(rows, now_is)
    _revert_held(rows, now_is, actor, run, chunk, now)
    imported.forget_refusals(people, token=run.token)
    mark_changed(list(people))
    return counts


def _restore(person: Person, row: dict[str, Any], earlier: Earlier, priorities: Priorities) -> bool:
    """What this row said goes, and what its source had said before comes back; then the rules choose anew."""
    message_id = earlier.message_id(row["row"])
    before: dict[str, Any] = row.get("before", {})
    state = (person.traits, person.trait_facts)
    moved = False
    for name in list(person.trait_facts):
        claims = claims_of(name, state)
        slots = [slot for slot, claim in claims.items() if claim.message_id == message_id]
        if not slots:
            continue
        moved = True
        value, fact = before.get(name) or (None, None)
        stood = earlier.claims(name, value, fact)
        for slot in slots:
            del claims[slot]
            if slot in stood:
                claims[slot] = stood[slot]
        put(name, claims, priorities(name), state)
    return (_restore_first_seen(person, row) or moved) and not row.get("made")


def _restore_first_seen(person: Person, row: dict[str, Any]) -> bool:
    """Only what the row itself set; what has been heard of since may have been earlier still."""
    if not (seen := row.get("first_seen")):
        return False
    was, became = seen if isinstance(seen, list) else (seen, None)
    if became and person.first_seen_at != dt.datetime.fromisoformat(became):
        return False
    person.first_seen_at = dt.datetime.fromisoformat(was)
    return True


def _untouched(created: dict[uuid.UUID, Person], run: Import) -> set[uuid.UUID]:
    """Of the people the file made, those about whom nothing else has been heard since."""
    bare = {pk for pk, person in created.items() if person.merged_into_id is None and not _stated(person)}
    since = run.started_at or run.created_at
    busy = imported.heard_of_since(bare, token=run.token, source=run.source, since=since)
    for kind in registry.IMPORT_COLUMNS:
        busy |= kind.stated_by_others(list(bare - busy), run.token)
    return bare - busy


def _stated(person: Person) -> bool:
    """Whether somebody else says something of the person; stages and figures that follow from the import do not."""
    state = (person.traits, person.trait_facts)
    return any(not COMPUTED.issuperset(claims_of(name, state)) for name in person.trait_facts)


def _tell_history(
    people: dict[uuid.UUID, Person],
    before: dict[uuid.UUID, Any],
    gone: set[uuid.UUID],
    run: Import,
    now: dt.datetime,
) -> None:
    by = factlog.Origin(f"reverted {run.source}"[:120], now, f"revert-{run.token}")
    lines = []
    for pk, person in people.items():
        if pk in gone:
            continue
        names = before[pk].keys() | person.traits.keys()
        lines += factlog.changes(PERSON, pk, before[pk], person.traits, sorted(names), by)
    factlog.write_history(lines, now)


def _leave_companies(rows: list[dict[str, Any]], now_is: dict[uuid.UUID, uuid.UUID]) -> None:
    for row in rows:
        if company := row.get("company"):
            person = now_is.get(uuid.UUID(row["person"]), uuid.UUID(row["person"]))
            CompanyMember.objects.filter(company_id=company, person_id=person).delete()


def _revert_held(
    rows: list[dict[str, Any]],
    now_is: dict[uuid.UUID, uuid.UUID],
    actor: Actor,
    run: Import,
    chunk: ImportChunk,
    now: dt.datetime,
) -> None:
    message_id = f"revert-{run.token}-{chunk.first_row:010}"
    for name, kind in registry.IMPORT_COLUMNS.items():
        # Two who came apart may be one by now; then each one's turn comes, the latest first.
        rounds: list[dict[uuid.UUID, Any]] = []
        for row in reversed(rows):
            person = now_is.get(uuid.UUID(row["person"]))
            if person is None or name not in row.get("held", {}):
                continue
            undo = next((members for members in rounds if person not in members), None)
            if undo is None:
                rounds.append(undo := {})
            undo[person] = row["held"][name]
        for number, undo in enumerate(rounds):
            kind.revert(
                actor,
                undo,
                f"reverted {run.source}"[:120],
                f"{message_id}.{number}" if number else message_id,
                now,
            )
