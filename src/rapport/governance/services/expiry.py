"""Consents that end, and requests that nobody confirmed: told of once, for segments, lists and journeys.

The consent rule looks at the end itself, at the moment of sending; nobody is written to because this came late.
"""

from __future__ import annotations

from django.db import transaction

from rapport.core import sql
from rapport.core.jobs import RunningJob
from rapport.core.services import outbox
from rapport.governance.services import double_opt_in
from rapport.people.services import changes

JOB = "governance.expiry"
BATCH = 1000
_EXPIRE = """
UPDATE governance_consent AS standing SET state = 'expired'
FROM (
    SELECT id, state FROM governance_consent
    WHERE expires_at <= %b AND state IN ('granted', 'pending') ORDER BY expires_at LIMIT %b FOR UPDATE
) AS due, governance_purpose AS purpose
WHERE standing.id = due.id AND purpose.id = standing.purpose_id
RETURNING standing.person_id, standing.record_id, purpose.key, standing.channel, standing.expires_at, due.state
"""


def expire(job: RunningJob) -> dict[str, int]:
    """The job: marks as expired what has ended, and emits `Consent Expired` for what had been granted.

    And it asks for the confirmations that nobody could be asked for until now.
    """
    expired = 0
    while True:
        with transaction.atomic():
            rows = sql.run(_EXPIRE, [job.clock.now(), BATCH])
            changes.mark_changed({person for person, *_rest in rows}, changes.CONSENTS)
            outbox.emit_many(
                (
                    outbox.DomainEvent(
                        "Consent Expired",
                        person,
                        {"purpose": purpose, "channel": channel, "origin": "expiry"},
                        f"expired-{record}",
                        ended,
                    )
                    for person, record, purpose, channel, ended, state in rows
                    if state == "granted"
                ),
                clock=job.clock,
            )
            expired += len(rows)
            job.step(done=expired)
        if len(rows) < BATCH:
            return {"expired": expired, "asked": double_opt_in.ask_late(clock=job.clock)}
