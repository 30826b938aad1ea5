"""The consent rule, once, in SQL: whether something of a purpose may go to a person over a channel, and why not.

Whoever asks it puts `joins` after a FROM item of its own and reads `refusal`: an empty text, or `suppressed`,
`withdrawn` or `no_consent`, in the order in which they weigh. A purpose based on consent needs it granted, one on
legitimate interest must not be refused, others go to everybody. A suppressed address gets nothing, but somebody
who only unsubscribed still gets what no one can refuse.
"""

from __future__ import annotations

from dataclasses import dataclass

from rapport.governance.models import MARKETING

_MARKETING = "(" + ", ".join(f"'{basis}'" for basis in MARKETING) + ")"
_REFUSAL = f"""CASE
    WHEN rule_stop.reason IS NOT NULL AND (rule_stop.reason <> 'unsubscribed' OR rule_purpose.basis IN {_MARKETING})
        THEN 'suppressed'
    WHEN rule_purpose.basis IN {_MARKETING} AND rule_consent.state = 'withdrawn' THEN 'withdrawn'
    WHEN rule_purpose.basis = 'consent' AND rule_consent.state IS DISTINCT FROM 'granted' THEN 'no_consent'
    ELSE '' END"""


@dataclass(frozen=True, slots=True)
class ConsentRule:
    """SQL. `facts` are what decided: purpose, basis, state, since when, ledger line, its source, suppression."""

    joins: str
    refusal: str = _REFUSAL
    facts: str = (
        "rule_purpose.key, rule_purpose.basis, rule_consent.state, rule_consent.at, rule_consent.record_id,"
        " rule_line.source, rule_stop.reason"
    )


def consent_rule(*, person: str, purpose: str, channel: str, address_hash: str = "NULL") -> ConsentRule:
    """The rule for these SQL expressions; without the hash of the address, suppression is not looked at."""
    return ConsentRule(f"""
    JOIN governance_purpose rule_purpose ON rule_purpose.id = {purpose}
    LEFT JOIN governance_consent rule_consent ON rule_consent.person_id = {person}
        AND rule_consent.purpose_id = rule_purpose.id AND rule_consent.channel = {channel}
    LEFT JOIN governance_consentrecord rule_line ON rule_line.id = rule_consent.record_id
    LEFT JOIN governance_suppression rule_stop ON rule_stop.channel = {channel}
        AND rule_stop.address_hash = {address_hash}""")


def is_marketing(purpose: str) -> str:
    """SQL: whether people may refuse the purpose with this id."""
    return f"EXISTS (SELECT FROM governance_purpose WHERE id = {purpose} AND basis IN {_MARKETING})"
