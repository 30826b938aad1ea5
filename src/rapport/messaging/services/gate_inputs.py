"""Reading what the gate decides on, for a whole batch in the transaction of the claim, or for a question."""

from __future__ import annotations

import dataclasses
import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection

from rapport.channels.registry import channel_kind
from rapport.core import crypto, sql
from rapport.core.queries import workspace
from rapport.experiments.services import holdouts
from rapport.governance.consent_rule import consent_rule
from rapport.governance.models import Purpose
from rapport.messaging import queries
from rapport.messaging.models import SEND_KEY, BlockingRule, FrequencyCap
from rapport.messaging.services import marketing_facts
from rapport.messaging.services.gate import GateInput
from rapport.messaging.services.marketing_rules import Marketing, Policy
from rapport.people.queries.contact import Contact, contacts

_CONSENT = consent_rule(
    person="t.person_id", purpose="s.purpose_id", channel="s.channel", address_hash="t.hash", now="%(now)s"
)
_GATE_INPUTS = f"""
WITH family AS (SELECT * FROM unnest(%(members)s::uuid[], %(heads)s::uuid[]) AS f (member, person_id))
SELECT s.priority, s.yields, d.id, d.fence, d.attempts, d.reason, d.occurrence, d.data,
    {_CONSENT.columns}, {_CONSENT.refusal}, s.channel,
    coalesce(d.expires_at, s.expires_at, d.queued_at + interval '3 days'),
    s.cancelled_at IS NOT NULL,
    t.address <> '' AND EXISTS (
        SELECT FROM messaging_delivery x
        WHERE x.send_id = d.send_id AND x.channel = d.channel AND x.address = t.address
            AND x.occurrence = d.occurrence
            AND x.address <> '' AND x.state IN ('claimed', 'sent', 'uncertain') AND x.id <> d.id),
    EXISTS (SELECT FROM messaging_earlierdelivery e WHERE e.send = {SEND_KEY} AND e.occurrence = d.occurrence
            AND (e.address_hash = t.hash
            OR e.person_id IN (SELECT f.member FROM family f WHERE f.person_id = t.person_id))),
    EXISTS (SELECT FROM messaging_restedaddress r
            WHERE r.channel = s.channel AND r.address_hash = t.hash AND r.until > %(now)s)
FROM unnest(%(ids)s::uuid[], %(people)s::uuid[], %(addresses)s::text[], %(hashes)s::text[])
    WITH ORDINALITY AS t(id, person_id, address, hash, place)
JOIN messaging_delivery d ON d.id = t.id
JOIN messaging_send s ON s.id = d.send_id {_CONSENT.joins}
ORDER BY t.place
"""
_QUESTION = consent_rule(
    person="t.person_id",
    purpose="%(purpose)s",
    channel="%(channel)s",
    address_hash="t.hash",
    now="%(now)s",
    may_lack_purpose=True,
)
_ASK = f"""
SELECT {_QUESTION.columns}, {_QUESTION.refusal}, EXISTS (
    SELECT FROM messaging_restedaddress r
    WHERE r.channel = %(channel)s AND r.address_hash = t.hash AND r.until > %(now)s)
FROM (SELECT %(person)s::uuid, %(hash)s::text) AS t(person_id, hash) {_QUESTION.joins}
"""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A due delivery, whom it is about now (merges followed), and where it would go to, with the hash of that."""

    delivery_id: uuid.UUID
    send_id: int
    contact: Contact | None
    address: str
    address_hash: str


def policy_now() -> Policy:
    """The rules as they are now."""
    caps = tuple(FrequencyCap.objects.select_related("purpose").order_by("id"))
    has_blocks = BlockingRule.objects.exists() or holdouts.settings_now().share > 0
    return Policy(queries.sending_policy(), workspace().time_zone, caps, has_blocks)


def gate_inputs(
    batch: Sequence[Candidate], policy: Policy, now: dt.datetime, *, marketing: bool
) -> list[GateInput]:
    """What there is to know about a batch, in its order, read in the caller's transaction."""
    heads = _heads([row.contact for row in batch])
    values: dict[str, Any] = {
        "ids": [row.delivery_id for row in batch],
        "people": [row.contact.id if row.contact else None for row in batch],
        "addresses": [row.address for row in batch],
        "hashes": [row.address_hash for row in batch],
        "members": list(heads),
        "heads": list(heads.values()),
        "now": now,
    }
    rows = sql.run(_GATE_INPUTS, values)
    read_of = _marketing(heads, policy, now) if marketing else {}
    judged = []
    for row, (priority, yields, *columns) in zip(batch, rows, strict=True):
        read = read_of.get(row.contact.id if row.contact else None, Marketing())
        read = dataclasses.replace(read, priority=priority, yields=yields)
        values_read: list[Any] = [row.send_id, row.contact, row.address, *columns, read]
        judged.append(GateInput(*values_read))
    return judged


def input_for(
    *,
    person_id: uuid.UUID,
    channel: str,
    purpose: Purpose,
    now: dt.datetime,
    priority: int = 50,
    address: str = "",
) -> tuple[GateInput, Policy]:
    """What the gate would look at for a message that is not queued, to `address` or else their own.

    The purpose may be one that nobody has saved, if people cannot refuse it. Raises UnknownChannel.
    """
    kind, policy = channel_kind(channel), policy_now()
    contact = contacts([person_id], kind.identifier, kind.addresses).get(person_id)
    address = address or (contact.address if contact else "")
    hashed = crypto.address_hash(channel, address) if address else ""
    values: dict[str, Any] = {
        "person": contact.id if contact else person_id,
        "hash": hashed,
        "purpose": purpose.pk,
        "channel": channel,
        "now": now,
    }
    with connection.cursor() as cursor:
        cursor.execute(_ASK, values)
        ((*columns, rested),) = cursor.fetchall()
    read_of = _marketing(_heads([contact]), policy, now) if purpose.is_marketing else {}
    read = dataclasses.replace(read_of.get(contact.id if contact else None, Marketing()), priority=priority)
    expires_at = now + dt.timedelta(hours=policy.limits.lateness_hours)
    nothing_yet: list[Any] = [uuid.UUID(int=0), 0, 0, "", "", {}]
    rest = [*nothing_yet, *columns, channel, expires_at, False, False, False, rested]
    fact = GateInput(0, contact, address, *rest)
    return dataclasses.replace(fact, marketing=read), policy


def _marketing(
    heads: dict[uuid.UUID, uuid.UUID], policy: Policy, now: dt.datetime
) -> dict[uuid.UUID | None, Marketing]:
    """{person: what the rules of marketing look at}."""
    persons = set(heads.values())
    limits = marketing_facts.own_limits(heads)
    back = marketing_facts.furthest(list(limits.values()), policy)
    received = marketing_facts.received(heads, now - back, now) if back else {}
    spacing = dt.timedelta(hours=policy.limits.spacing_hours)
    wanted = marketing_facts.wanted(heads, now + spacing, now) if spacing else {}
    blocks = marketing_facts.blocks(persons, now) if policy.has_blocks else {}
    return {
        person: Marketing(
            received.get(person, ()), limits.get(person), blocks.get(person, ()), wanted.get(person, ())
        )
        for person in persons
    }


def _heads(people: Sequence[Contact | None]) -> dict[uuid.UUID, uuid.UUID]:
    """{every id the persons have or had: who that is now}."""
    return {member: contact.id for contact in people if contact for member in contact.family}
