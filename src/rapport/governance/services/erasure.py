"""A person's right to a copy and to be forgotten (GDPR articles 15, 17 and 20), over every app's data.

Erasure has two parts. The rows of the database go in one transaction, together with a job for the rest. The job
erases what lies in the event store right after it; another does so once more a while later, for events that were
on their way.
"""

from __future__ import annotations

import datetime as dt
import json
import uuid
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction

from rapport.core import access, clickhouse, crypto, jobs, registry
from rapport.core import clock as clocks
from rapport.core.access import Actor
from rapport.core.jobs import RunningJob
from rapport.core.models import Job
from rapport.core.services import audit
from rapport.governance.models import SubjectRequest, Suppression
from rapport.governance.registry import CONSENT_CHANNELS, channels_of
from rapport.governance.services import journalled, subject_requests, suppression, verifying
from rapport.people import queries as people
from rapport.people.models import Identifier
from rapport.people.queries.contact import contacts
from rapport.people.services import families

STORES_JOB = "governance.erasure"
SWEEP_AFTER = dt.timedelta(minutes=10)
_STORES = ("events", "people", "trait_history")


def export(*, actor: Actor, person_id: uuid.UUID, clock: clocks.Clock = clocks.SYSTEM) -> dict[str, Any]:
    """Everything held about the person, by app, JSON-ready. Raises Http404, PermissionDenied."""
    _may(actor, "people.export", person_id)
    # A copy is only one when nothing in it is masked.
    _may(actor, "people.personal", person_id)
    person = people.person_for(_reader(actor), person_id)
    ids = people.family(person.pk)
    data = {holder.app: holder.export(ids) for holder in reversed(registry.personal_data())}
    data["event_store"] = {"events": _stored_events(ids)}
    with transaction.atomic():
        subject_requests.fulfil(SubjectRequest.Kind.EXPORT, ids, {"apps": sorted(data)}, clock.now())
        SubjectRequest.objects.create(
            kind=SubjectRequest.Kind.EXPORT,
            person_id=person.pk,
            requested_at=clock.now(),
            requested_by=actor.label,
            completed_at=clock.now(),
            receipt={"apps": sorted(data)},
        )
        audit.record(actor=actor, action="person.exported", object_type="person", object_id=person.pk)
    return {"person_id": str(person.pk), "exported_at": clock.now().isoformat(), "data": data}


def erase(*, actor: Actor, person_id: uuid.UUID, clock: clocks.Clock = clocks.SYSTEM) -> dict[str, Any]:
    """Forgets the person and everybody merged into them; returns the receipt.

    The receipt lists each store with the number of rows erased. His addresses stay suppressed as keyed
    hashes, so that an import cannot bring them back into a mailing. Raises Http404, PermissionDenied.
    """
    _may(actor, "people.erase", person_id)
    for holder in registry.personal_data():
        holder.prepare()
    request, job = _erase_rows(actor, person_id, clock)
    jobs.run_now(job, clock)  # while the event store is away the job stands, and a worker tries it again
    request.refresh_from_db()
    receipt: dict[str, Any] = request.receipt
    return receipt


def _may(actor: Actor, permission: str, person_id: uuid.UUID) -> None:
    if actor.kind == "person":
        if actor.id != str(person_id):
            raise PermissionDenied("A person may only decide for themselves.")
    else:
        people.require_persons(actor, permission, [person_id])


def _reader(actor: Actor) -> Actor:
    """A person sees no persons; having proven who they are, their own record is read for them."""
    return access.system("privacy request") if actor.kind == "person" else actor


@transaction.atomic
def _erase_rows(actor: Actor, person_id: uuid.UUID, clock: clocks.Clock) -> tuple[SubjectRequest, Job]:
    locked = families.lock([person_id])
    person = people.person_for(_reader(actor), locked.root_of.get(person_id, person_id))
    ids = locked.members[person.pk]
    kept = _suppress_addresses(actor, ids, clock)
    stores = {holder.app: holder.erase(ids) for holder in registry.personal_data()}
    verified = verifying.verified_gone(ids)
    request = SubjectRequest.objects.create(
        kind=SubjectRequest.Kind.ERASURE,
        person_id=person.pk,
        requested_at=clock.now(),
        requested_by=actor.label,
        receipt={
            "person_id": str(person.pk),
            "person_ids": [str(member) for member in ids],
            "requested_at": clock.now().isoformat(),
            "requested_by": actor.label,
            "stores": stores,
            "verified_gone": verified,
            "kept": {"governance.Suppression": kept},
        },
    )
    subject_requests.fulfil(SubjectRequest.Kind.ERASURE, ids, {"request": request.pk}, clock.now())
    journalled.note_erasure(ids, clock.now())
    audit.record(actor=actor, action="person.erased", object_type="person", object_id=person.pk, clock=clock)
    return request, _enqueue(request, clock)


def _enqueue(request: SubjectRequest, clock: clocks.Clock, at: dt.datetime | None = None) -> Job:
    """On Rapport's own behalf: what was ordered is carried out whatever becomes of the colleague who ordered it."""
    return jobs.enqueue(
        actor=access.system("erasure"), kind=STORES_JOB, payload={"request": request.pk}, at=at, clock=clock
    )


def erase_stores(job: RunningJob) -> None:
    """The job: erases from the event store, the second time for what was on its way the first time."""
    request = SubjectRequest.objects.get(pk=job.payload["request"])
    first = request.completed_at is None
    if not first:
        request.receipt["swept_at"] = job.clock.now().isoformat()
    complete(request, clock=job.clock)
    if first:
        _enqueue(request, job.clock, at=job.clock.now() + SWEEP_AFTER)


def _suppress_addresses(actor: Actor, ids: list[uuid.UUID], clock: clocks.Clock) -> int:
    """Keeps the person's addresses from being written to again; returns how many hashes stay."""
    addresses = set(Identifier.objects.filter(person_id__in=ids).values_list("type", "value"))
    for kind in {channel.identifier for channel in CONSENT_CHANNELS} - {""}:
        # Where they are written to need not be an identifier: it may be another's, or only ever stated as a trait.
        addresses |= {(kind, contact.address) for contact in contacts(ids, kind).values() if contact.address}
    hashes: set[str] = set()
    for kind, value in sorted(addresses):
        for channel in channels_of(kind):
            suppression.suppress(
                actor=actor,
                channel=channel,
                address=value,
                reason=Suppression.Reason.ERASED,
                source="erasure",
                clock=clock,
            )
            hashes.add(crypto.address_hash(channel, value))
    return len(hashes)


def complete(request: SubjectRequest, *, clock: clocks.Clock = clocks.SYSTEM) -> None:
    """Erases from the event store and signs the receipt. Safe to repeat; counts add up."""
    receipt = request.receipt
    ids = [uuid.UUID(member) for member in receipt["person_ids"]]
    counts = receipt["stores"].get("clickhouse", {})
    tables = [*_STORES, *(table for holder in registry.personal_data() for table in holder.stores)]
    receipt["stores"]["clickhouse"] = {
        table: counts.get(table, 0) + _delete_stored(table, ids) for table in tables
    }
    if request.completed_at is None:
        request.completed_at = clock.now()
        receipt["completed_at"] = request.completed_at.isoformat()
    receipt.pop("signature", None)
    receipt["signature"] = signature(receipt)
    request.save(update_fields=["receipt", "completed_at"])


def signature(receipt: dict[str, Any]) -> str:
    """Proves that this installation issued exactly this receipt."""
    body = {name: value for name, value in receipt.items() if name != "signature"}
    return crypto.sign("erasure-receipt", crypto.digest(json.dumps(body, sort_keys=True)).encode())


def _delete_stored(table: str, ids: list[uuid.UUID]) -> int:
    wanted = {"ids": [str(member) for member in ids]}
    where = "person_id IN {ids:Array(UUID)}"
    count = int(clickhouse.scalar(f"SELECT count() FROM {table} WHERE {where}", wanted) or 0)
    if count:
        clickhouse.execute(f"ALTER TABLE {table} DELETE WHERE {where} SETTINGS mutations_sync = 2", wanted)
        if left := int(clickhouse.scalar(f"SELECT count() FROM {table} WHERE {where}", wanted) or 0):
            raise verifying.NotErased(f"{left} rows of {table} are still there")
    return count


def _stored_events(ids: list[uuid.UUID]) -> list[dict[str, Any]]:
    rows = clickhouse.rows(
        "SELECT at, event, type, message_id, received_at, source, user_id, anonymous_id,"
        " toJSONString(context) AS context, toJSONString(properties) AS properties"
        " FROM events WHERE person_id IN {ids:Array(UUID)} ORDER BY at, message_id",
        {"ids": [str(member) for member in ids]},
    )
    return [
        row
        | {
            "at": row["at"].isoformat(),
            "received_at": row["received_at"].isoformat(),
            "context": json.loads(row["context"]),
            "properties": json.loads(row["properties"]),
        }
        for row in rows
    ]
