"""Whom messages of a purpose reach over a channel now, and why not the others; caps and quiet hours come later."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from typing import Any

from django.db import connection

from rapport.channels.registry import channel_kind
from rapport.core import crypto
from rapport.experiments.services import holdouts
from rapport.governance.consent_rule import consent_rule
from rapport.governance.models import Purpose
from rapport.people.queries import survivor_of
from rapport.people.queries.contact import Contact, contacts

HELD_BACK = "blocked"  # as the gate calls whoever is in the holdout of all marketing


def refusals_of(
    people: Sequence[uuid.UUID], purpose: Purpose, channel: str, now: dt.datetime
) -> dict[uuid.UUID, str]:
    """{person: why nothing can be sent to them over this channel, or nothing}, of those who are there."""
    reasons = {contact.id: reason for contact, _hashed, reason in judged(people, purpose, channel, now)}
    survivors = survivor_of(people)
    return {person: reasons[now_is] for person, now_is in survivors.items() if now_is in reasons}


def judged(
    members: Sequence[uuid.UUID], purpose: Purpose, channel: str, now: dt.datetime
) -> list[tuple[Contact, str, str]]:
    """Each with the hash of their address, and why they are refused."""
    kind = channel_kind(channel)
    people = list(contacts(members, kind.identifier, kind.addresses).values())
    hashes = [crypto.address_hash(channel, contact.address) if contact.address else "" for contact in people]
    rule = consent_rule(
        person="t.id",
        purpose="%(purpose)s",
        channel="%(channel)s",
        address_hash="t.address_hash",
        now="%(now)s",
    )
    statement = f"""
        SELECT {rule.refusal} FROM unnest(%(ids)s::uuid[], %(hashes)s::text[]) WITH ORDINALITY
            AS t (id, address_hash, place) {rule.joins} ORDER BY t.place
    """
    values: dict[str, Any] = {
        "purpose": purpose.pk,
        "channel": channel,
        "ids": [contact.id for contact in people],
        "hashes": hashes,
        "now": now,
    }
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        refusals = list(cursor.fetchall())
    held_back = set(holdouts.members(contact.id for contact in people)) if purpose.is_marketing else set()
    answers = []
    for contact, address_hash, (refusal,) in zip(people, hashes, refusals, strict=True):
        reason = contact.barred or ("" if contact.address else "no_address") or refusal
        answers.append((contact, address_hash, reason or (HELD_BACK if contact.id in held_back else "")))
    return answers
