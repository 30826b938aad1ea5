"""Syncs: making and changing them, and working out what a receiver has not been told yet."""

from __future__ import annotations

import datetime as dt
import secrets
import uuid
from collections.abc import Sequence

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection, transaction
from django.db.models import Q
from django.http import Http404
from django.utils.translation import gettext as _

from rapport.core import jobs
from rapport.core.access import Actor
from rapport.core.clock import SYSTEM, Clock
from rapport.core.permissions import Reach
from rapport.core.services import audit, outbound, standard_webhooks
from rapport.segments.models import Segment, Sync, SyncedMember, SyncMessage, WebhookAttempt
from rapport.transfers.exports.services import exporting

BLOCK = 500
BLOCKS_AT_ONCE = 40
PAUSE = dt.timedelta(seconds=10)
MAX_TRAITS = 50
FILE_COLUMNS = ("person_id", "full_name", "email", "phone", "user_id", "segment.entered_at")


@transaction.atomic
def create_sync(
    *,
    actor: Actor,
    segment: Segment,
    kind: str,
    name: str,
    url: str = "",
    traits: Sequence[str] = (),
    every_hours: int = 24,
    clock: Clock = SYSTEM,
) -> Sync:
    """A webhook or a regular file. Everybody who is in the segment now is told first.

    Raises ValidationError by field: a missing name, an address that may not be reached, a bad interval.
    """
    _require(actor)
    checked = _checked(kind=kind, name=name, url=url, traits=traits, every_hours=every_hours)
    sync = Sync.objects.create(
        segment=segment,
        kind=kind,
        secret=standard_webhooks.new_secret() if kind == Sync.Kind.WEBHOOK else "",
        created_at=clock.now(),
        actor_kind=actor.kind,
        actor_id=actor.id[:64],
        actor_label=actor.label[:254],
        next_at=clock.now(),
        **checked,
    )
    _record(actor, "segment.sync_created", sync, clock)
    return sync


def _checked(*, kind: str, name: str, url: str, traits: Sequence[str], every_hours: int) -> dict[str, object]:
    problems: dict[str, str] = {}
    if not 0 < len(name.strip()) <= 120:
        problems["name"] = _("Give it a name of at most 120 characters.")
    if kind not in Sync.Kind.values:
        problems["kind"] = _("Use webhook or file.")
    if kind == Sync.Kind.WEBHOOK:
        try:
            outbound.check(url)
        except (outbound.Refused, outbound.Unreachable) as error:
            problems["url"] = str(error)
    if kind == Sync.Kind.FILE and not 1 <= every_hours <= 24 * 31:
        problems["every_hours"] = _("Between once an hour and once a month (1 to 744 hours).")
    names = [trait.strip() for trait in traits if trait.strip()]
    if len(names) > MAX_TRAITS or any(len(trait) > 200 for trait in names):
        problems["traits"] = _("At most %(n)d traits can be sent along.") % {"n": MAX_TRAITS}
    if problems:
        raise ValidationError(problems)
    return {"name": name.strip(), "url": url.strip(), "traits": names, "every_hours": every_hours}


@transaction.atomic
def pause_sync(*, actor: Actor, sync: Sync, clock: Clock = SYSTEM) -> None:
    """Nothing is sent until it is resumed; what changes meanwhile is sent then."""
    _require(actor)
    Sync.objects.filter(pk=sync.pk, paused_at=None).update(paused_at=clock.now())
    _record(actor, "segment.sync_paused", sync, clock)


@transaction.atomic
def resume_sync(*, actor: Actor, sync: Sync, clock: Clock = SYSTEM) -> None:
    """Goes on where it stopped."""
    _require(actor)
    Sync.objects.filter(pk=sync.pk).update(paused_at=None, next_at=clock.now())
    SyncMessage.objects.filter(sync=sync, state=SyncMessage.State.WAITING).update(next_attempt_at=clock.now())
    _record(actor, "segment.sync_resumed", sync, clock)


@transaction.atomic
def delete_sync(*, actor: Actor, sync: Sync, clock: Clock = SYSTEM) -> None:
    """Ends it and forgets what was sent. Files that were written stay where they are."""
    _require(actor)
    _record(actor, "segment.sync_deleted", sync, clock)
    sync.delete()


@transaction.atomic
def send_snapshot(*, actor: Actor, sync: Sync, clock: Clock = SYSTEM) -> int:
    """Queues everybody who is in the segment now, in parts; returns how many parts. Ends what was waiting."""
    _require(actor)
    Sync.objects.select_for_update().get(pk=sync.pk)
    people = list(sync.segment.memberships.order_by("person_id").values_list("person_id", flat=True))
    SyncedMember.objects.filter(sync=sync).delete()
    SyncMessage.objects.filter(sync=sync, state=SyncMessage.State.WAITING).delete()
    SyncedMember.objects.bulk_create(
        (SyncedMember(sync=sync, person_id=person) for person in people), batch_size=5_000
    )
    blocks = [people[start : start + BLOCK] for start in range(0, len(people), BLOCK)] or [[]]
    SyncMessage.objects.bulk_create(
        _message(sync, "snapshot", entered=part, part=n, total_parts=len(blocks), now=clock.now())
        for n, part in enumerate(blocks, 1)
    )
    _record(actor, "segment.sync_snapshot", sync, clock)
    return len(blocks)


@transaction.atomic
def replay(*, actor: Actor, message: SyncMessage, clock: Clock = SYSTEM) -> SyncMessage:
    """Sends a message once more, under its own id, so that a receiver who had it can tell."""
    _require(actor)
    jobs.reopen(
        SyncMessage.objects.filter(pk=message.pk),
        now=clock.now(),
        state=SyncMessage.State.WAITING,
        settled_at=None,
    )
    _record(actor, "segment.sync_replayed", message.sync, clock)
    message.refresh_from_db()
    return message


@transaction.atomic
def queue_changes(sync: Sync, *, now: dt.datetime) -> int:
    """Queues what the receiver of a webhook does not know yet; returns how many persons that concerns.

    What it knows is compared with who is in now, so nothing is lost or told twice, whatever moved people.
    """
    queued = 0
    for _block in range(BLOCKS_AT_ONCE):
        entered, left = _block_of(_ENTERED, sync), _block_of(_LEFT, sync)
        if not entered and not left:
            break
        SyncMessage.objects.bulk_create([_message(sync, "delta", entered=entered, left=left, now=now)])
        queued += len(entered) + len(left)
    return queued


# Statements take: sync, segment and how many.
_ENTERED = """
    INSERT INTO segments_syncedmember (sync_id, person_id)
    SELECT %(sync)s, m.person_id FROM segments_membership m
    WHERE m.segment_id = %(segment)s AND NOT EXISTS (
        SELECT 1 FROM segments_syncedmember t WHERE t.sync_id = %(sync)s AND t.person_id = m.person_id)
    LIMIT %(limit)s RETURNING person_id
"""
_LEFT = """
    DELETE FROM segments_syncedmember WHERE id IN (
        SELECT t.id FROM segments_syncedmember t WHERE t.sync_id = %(sync)s AND NOT EXISTS (
            SELECT 1 FROM segments_membership m WHERE m.segment_id = %(segment)s AND m.person_id = t.person_id)
        LIMIT %(limit)s)
    RETURNING person_id
"""


def _block_of(statement: str, sync: Sync) -> list[uuid.UUID]:
    with connection.cursor() as cursor:
        cursor.execute(statement, {"sync": sync.pk, "segment": sync.segment_id, "limit": BLOCK})
        return [row[0] for row in cursor.fetchall()]


def _message(
    sync: Sync,
    kind: str,
    *,
    entered: Sequence[uuid.UUID] = (),
    left: Sequence[uuid.UUID] = (),
    part: int = 1,
    total_parts: int = 1,
    now: dt.datetime,
) -> SyncMessage:
    return SyncMessage(
        sync=sync,
        message_id=f"msg_{secrets.token_urlsafe(18)}",
        kind=kind,
        entered=list(entered),
        left=list(left),
        part=part,
        total_parts=total_parts,
        created_at=now,
        next_attempt_at=now,
    )


@transaction.atomic
def order_file(sync: Sync, *, clock: Clock) -> None:
    """Orders the next file under a name that tells its time; pauses the sync when who made it may no longer export."""
    now = clock.now()
    path = f"segments/{sync.segment.key}/{now:%Y-%m-%dT%H%M%SZ}-{secrets.token_hex(4)}.csv"
    columns = [*FILE_COLUMNS, *(f"trait.{name}" for name in sync.traits)]
    try:
        with transaction.atomic():
            export = exporting.order(
                actor=jobs.requester(sync), name=sync.name, format="csv",
                scope={"kind": "segment", "query": sync.segment.key}, columns=columns, path=path, clock=clock,
            )  # fmt: skip
    except (jobs.Gone, PermissionDenied, Http404):
        Sync.objects.filter(pk=sync.pk).update(paused_at=now)
        return
    message = _message(sync, "file", now=now)
    message.export, message.state = export, SyncMessage.State.SENT
    message.save(force_insert=True)
    Sync.objects.filter(pk=sync.pk).update(next_at=now + dt.timedelta(hours=sync.every_hours))


def forget(person_ids: Sequence[uuid.UUID], *, now: dt.datetime) -> int:
    """Has receivers told that these persons left (by id only), and forgets that they ever knew of them."""
    ids = list(person_ids)
    by_sync: dict[uuid.UUID, list[uuid.UUID]] = {}
    for sync_id, person in SyncedMember.objects.filter(person_id__in=ids).values_list("sync_id", "person_id"):
        by_sync.setdefault(sync_id, []).append(person)
    for sync in Sync.objects.filter(pk__in=by_sync, kind=Sync.Kind.WEBHOOK):
        SyncMessage.objects.bulk_create([_message(sync, "delta", left=by_sync[sync.pk], now=now)])
    # A receiver's answer may say again what it was told.
    WebhookAttempt.objects.filter(Q(message__entered__overlap=ids) | Q(message__left__overlap=ids)).update(
        response=""
    )
    removed, _rows = SyncedMember.objects.filter(person_id__in=ids).delete()
    for message in SyncMessage.objects.filter(entered__overlap=ids):
        left = [person for person in message.entered if person not in set(ids)]
        SyncMessage.objects.filter(pk=message.pk).update(entered=left)
    return removed


def _require(actor: Actor) -> None:
    actor.require("segments.edit")
    actor.require("people.export", Reach.ALL)


def _record(actor: Actor, action: str, sync: Sync, clock: Clock) -> None:
    data = {"segment": sync.segment.key, "name": sync.name, "kind": sync.kind}
    audit.record(
        actor=actor, action=action, object_type="segment_sync", object_id=sync.pk, data=data, clock=clock
    )
