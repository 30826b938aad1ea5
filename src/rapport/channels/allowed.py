"""Whether somebody may still be reached: asked again where a message waits for a person's hand after it was sent."""

from __future__ import annotations

import datetime as dt
import uuid

from django.db import connection

from rapport.core import crypto
from rapport.governance import queries as governance
from rapport.governance.consent_rule import consent_rule
from rapport.people.queries import contact, survivor_of


def refusal(person_id: uuid.UUID | None, purpose: str, channel: str, address: str, now: dt.datetime) -> str:
    """Why nothing may go to the person now, for this purpose over this channel, or an empty text."""
    if person_id is None:
        return "gone" if purpose else ""  # without a purpose it is a test
    person = survivor_of([person_id]).get(person_id, person_id)
    rule = consent_rule(
        person="%(person)s::uuid",
        purpose="%(purpose)s",
        channel="%(channel)s",
        now="%(now)s",
        address_hash="%(hash)s",
    )
    values = {
        "person": person,
        "purpose": governance.purpose_ids().get(purpose),
        "channel": channel,
        "now": now,
        "hash": crypto.address_hash(channel, address),
    }
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {contact.barred('%(person)s::uuid')}", values)
        if barred := str(cursor.fetchone()[0]):
            return barred
        cursor.execute(f"SELECT {rule.refusal} FROM (SELECT) AS message {rule.joins}", values)
        row = cursor.fetchone()
    return str(row[0]) if row else ""
