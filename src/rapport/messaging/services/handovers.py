"""Hand-overs in the journal: who got what is remembered outside of the ledger, so that a restored ledger sends it to
nobody a second time."""

from __future__ import annotations

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec
from django.db.models import CharField, Count, Q, Value
from django.db.models.functions import Cast, Concat
from django.utils.translation import gettext_lazy as _

from rapport.core import crypto
from rapport.core.access import Actor
from rapport.core.clock import Clock
from rapport.core.services import incarnations, journal
from rapport.core.services.held_work import HELD_WORK, HeldItem, HeldWork
from rapport.core.services.journal import JOURNAL_KINDS, JournalKind, Line
from rapport.messaging import queries
from rapport.messaging.models import Delivery, EarlierDelivery, Send
from rapport.messaging.registry import SEND_ORIGINS
from rapport.messaging.services import sends
from rapport.messaging.services.claiming import Claimed

KIND = "handed_over"
BATCH = 5_000
_KEY = Concat(
    "origin",
    Value(":"),
    "origin_id",
    Value(":"),
    Cast("template_version_id", CharField()),
    Value(":"),
    "channel",
)


def keys(send_ids: Iterable[int]) -> dict[int, str]:
    """What these sends are called in the journal."""
    return dict(Send.objects.filter(pk__in=set(send_ids)).values_list("pk", _KEY))


def note(batch: Sequence[Claimed], keys: Mapping[int, str], now: dt.datetime) -> None:
    """Writes down, before the first byte leaves, who is about to get something from the sends of these `keys`."""
    rows: dict[str, list[Any]] = defaultdict(list)
    for claim in batch:
        hashed = crypto.address_hash(claim.fact.channel, claim.fact.address)
        person = str(claim.fact.person_id) if claim.fact.person_id else None
        row = [str(claim.id), claim.fact.attempts + 1, person, hashed, claim.fact.occurrence]
        rows[keys[claim.fact.send_id]].append(row)
    for key, to in rows.items():
        journal.append(KIND, {"send": key, "to": to}, incarnation=incarnations.token(), now=now)


def unknown(lines: Sequence[Line]) -> list[Line]:
    """The lines with the recipients of whose hand-over the ledger knows nothing: it counts each as an attempt."""
    attempts: dict[str, int] = {}
    ids = [row[0] for line in lines for row in line.data["to"]]
    for start in range(0, len(ids), BATCH):
        rows = Delivery.objects.filter(pk__in=ids[start : start + BATCH]).values_list("pk", "attempts")
        attempts |= {str(pk): number for pk, number in rows}
    missing = []
    for line in lines:
        to = [row for row in line.data["to"] if attempts.get(row[0], -1) < row[1]]
        if to:
            missing.append(msgspec.structs.replace(line, data=line.data | {"to": to}))
    return missing


def read_back(_actor: Actor, lines: Sequence[Line], _clock: Clock) -> int:
    """Lets the gate know of messages that went out since. Returns how many."""
    went = {
        (line.data["send"], person and uuid.UUID(person), hashed, occurrence)
        for line in lines
        for _delivery, _attempt, person, hashed, occurrence in line.data["to"]
    }
    rows = [
        EarlierDelivery(send=key, person_id=person, address_hash=hashed, occurrence=occurrence)
        for key, person, hashed, occurrence in went
    ]
    EarlierDelivery.objects.bulk_create(rows, batch_size=BATCH, ignore_conflicts=True)
    return len(rows)


def items(lines: Sequence[Line], now: dt.datetime) -> list[HeldItem]:
    """Every send that has not ended, with what became of it here and, as the journal tells, elsewhere."""
    went = _went(line for line in lines if line.kind == KIND)
    done, waiting = (
        Q(deliveries__state__in=["sent", "uncertain"]),
        Q(deliveries__state__in=["queued", "claimed"]),
    )
    live = (
        Send.objects.filter(completed_at=None, cancelled_at=None)
        .annotate(key=_KEY, done=Count("pk", filter=done), waiting=Count("pk", filter=waiting))
        .order_by("send_at", "pk")
    )
    described = queries.descriptions(live)
    return [
        HeldItem(
            str(send.pk),
            described[send.pk].name,
            SEND_ORIGINS[send.origin].url(send.origin_id),
            send.done,
            send.waiting,
            _already(send.pk, went.get(send.key, set())),
            send.send_at,
            send.send_at <= now,
        )
        for send in live
    ]


def _went(lines: Iterable[Line]) -> dict[str, set[str]]:
    """{send's key: deliveries and persons} of what the ledger does not know."""
    went: dict[str, set[str]] = defaultdict(set)
    for line in unknown(list(lines)):
        went[line.data["send"]] |= {name for row in line.data["to"] for name in (row[0], row[2]) if name}
    return went


def _already(send_id: int, went: set[str]) -> int:
    if not went:
        return 0
    queued = Delivery.objects.filter(send_id=send_id, state__in=["queued", "claimed"]).values_list(
        "pk", "person_id"
    )
    return sum(str(pk) in went or str(person) in went for pk, person in queued)


def skip(actor: Actor, ids: Sequence[str], clock: Clock) -> None:
    for send in Send.objects.filter(pk__in=[int(pk) for pk in ids], completed_at=None, cancelled_at=None):
        sends.cancel(actor=actor, send_id=send.pk, reason="skipped after a restore", clock=clock)


def register() -> None:
    JOURNAL_KINDS.register(
        JournalKind(
            KIND,
            _("messages handed over"),
            unknown,
            read_back,
            lambda line: len(line.data["to"]),
            at_once=True,
        )
    )
    HELD_WORK.register(HeldWork("sends", _("Messages"), items, skip, sends.WAKES))
