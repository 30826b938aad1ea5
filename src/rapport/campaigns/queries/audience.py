"""Who would get a campaign if it were sent now, and who would not, and why."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.db import connection

from rapport.core import crypto
from rapport.governance.models import Purpose, Suppression
from rapport.messaging.queries import sending_policy
from rapport.people.normalise import normalise
from rapport.segments.models import Segment

EXACT_UP_TO = 20_000  # above this, suppressed addresses are not hashed one by one for a preview

_COUNT = """
SELECT reason, count(*) FROM (
    SELECT CASE
        WHEN p.erased_at IS NOT NULL THEN 'erased'
        WHEN p.restricted_at IS NOT NULL THEN 'restricted'
        WHEN p.email = '' AND %(channel)s = 'email' THEN 'no_address'
        WHEN %(basis)s IN ('consent', 'legitimate_interest') AND co.state = 'withdrawn' THEN 'withdrawn'
        WHEN %(basis)s = 'consent' AND co.state IS DISTINCT FROM 'granted' THEN 'no_consent'
        ELSE '' END AS reason
    FROM segments_membership m
    JOIN people_person p ON p.id = m.person_id
    LEFT JOIN governance_consent co ON co.person_id = p.id AND co.purpose_id = %(purpose)s
        AND co.channel = %(channel)s
    WHERE m.segment_id = %(segment)s
) judged GROUP BY reason
"""
_ADDRESSES = """
SELECT p.email FROM segments_membership m
JOIN people_person p ON p.id = m.person_id
LEFT JOIN governance_consent co ON co.person_id = p.id AND co.purpose_id = %(purpose)s AND co.channel = %(channel)s
WHERE m.segment_id = %(segment)s AND p.email <> '' AND p.erased_at IS NULL AND p.restricted_at IS NULL
  AND co.state IS DISTINCT FROM 'withdrawn' AND (%(basis)s <> 'consent' OR co.state = 'granted')
"""


@dataclass(frozen=True, slots=True)
class Audience:
    """`exact` is false when suppressed addresses were too many to count; `refused` is {reason: persons}."""

    total: int
    receives: int
    refused: dict[str, int] = field(default_factory=dict)
    exact: bool = True
    has_cap: bool = False
    has_quiet_hours: bool = False


def audience_of(segment: Segment, purpose: Purpose, channel: str) -> Audience:
    """Counts members by what the gate would say now (caps and quiet hours are decided at send time)."""
    values: dict[str, Any] = {
        "segment": segment.pk,
        "purpose": purpose.pk,
        "basis": purpose.basis,
        "channel": channel,
    }
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, values)
        counts: dict[str, int] = dict(cursor.fetchall())
    receives, exact = counts.pop("", 0), True
    if channel == "email" and Suppression.objects.filter(channel=channel).exists():
        exact = receives <= EXACT_UP_TO
        if exact:
            suppressed, repeated = _suppressed(values)
            receives -= suppressed + repeated
            counts |= {"suppressed": suppressed, "duplicate": repeated}
    policy = sending_policy()
    return Audience(
        total=sum(counts.values()) + receives,
        receives=receives,
        refused={reason: count for reason, count in counts.items() if count},
        exact=exact,
        has_cap=policy.cap_messages is not None,
        has_quiet_hours=policy.quiet_from is not None and policy.quiet_until is not None,
    )


def _suppressed(values: dict[str, Any]) -> tuple[int, int]:
    """(suppressed addresses, further persons with an address already counted)"""
    channel = str(values["channel"])
    with connection.cursor() as cursor:
        cursor.execute(_ADDRESSES, values)
        addresses = [normalise("email", row[0]) or "" for row in cursor.fetchall()]
    reasons = list(Suppression.Reason.values)
    if values["basis"] not in {Purpose.Basis.CONSENT, Purpose.Basis.LEGITIMATE_INTEREST}:
        reasons.remove(Suppression.Reason.UNSUBSCRIBED)
    found = set(
        Suppression.objects.filter(channel=channel, reason__in=reasons).values_list("address_hash", flat=True)
    )
    blocked = sum(1 for address in addresses if crypto.address_hash(channel, address) in found)
    open_ones = [address for address in addresses if crypto.address_hash(channel, address) not in found]
    return blocked, len(open_ones) - len(set(open_ones))
