"""The consent rule, once, in SQL: whether something of a purpose may go to a person over a channel, and why not.

Whoever asks it puts `joins` after a FROM item of its own and reads `refusal`: an empty text, or `suppressed`,
`withdrawn`, `expired`, `no_consent`, `address_withdrawn`, `archived_purpose` or `paused`, in this order. A purpose
based on consent needs it granted and not ended (`pending` is not granted), one on legitimate interest must not be
refused, others go to everybody. The soft opt-in of a customer counts as consent where the purpose still allows it. A
suppressed address gets nothing, but somebody who only unsubscribed still gets what no one can refuse. What was
withdrawn for an address, by anybody who is reached there, needs a later consent of this very person for this very
address, from a source that can be trusted. A purpose out of use stands on no preference page, so nothing is sent for it
that people may refuse. Who wants a pause gets nothing of that kind until it ends.
"""

from __future__ import annotations

from dataclasses import dataclass

from rapport.governance.models import MARKETING, ConsentRecord

# What the evidence of a line says that came with a key which stands in a page, so that anybody could have sent it.
PUBLIC_KEY = "public_key"

_MARKETING = "(" + ", ".join(f"'{basis}'" for basis in MARKETING) + ")"
_SOFT = f"""(rule_line.basis = '{ConsentRecord.SOFT_OPT_IN}'
    AND coalesce(rule_line.evidence->>'country', '') <> ALL(rule_purpose.soft_opt_in_countries))"""
# What the time has to do with it is put in by `consent_rule`.
_BY_CONSENT = f"""CASE
    WHEN rule_purpose.basis IN {_MARKETING} AND rule_consent.state = 'withdrawn' THEN 'withdrawn'
    WHEN rule_purpose.basis = 'consent' AND (rule_consent.state = 'expired'
        OR rule_consent.state = 'granted' AND rule_consent.expires_at <= {{now}}) THEN 'expired'
    WHEN rule_purpose.basis = 'consent' AND (rule_consent.state IS DISTINCT FROM 'granted' OR {_SOFT}) THEN 'no_consent'
    WHEN rule_purpose.basis IN {_MARKETING} AND rule_address.at IS NOT NULL AND NOT coalesce(
        rule_consent.state = 'granted' AND rule_consent.at > rule_address.at
        AND rule_line.address_hash = rule_address.address_hash AND NOT rule_line.evidence ? '{PUBLIC_KEY}', false)
        THEN 'address_withdrawn'
    ELSE '' END"""
_REFUSAL = f"""CASE
    WHEN rule_stop.reason IS NOT NULL AND (rule_stop.reason <> 'unsubscribed' OR rule_purpose.basis IN {_MARKETING})
        THEN 'suppressed'
    ELSE coalesce(nullif({_BY_CONSENT}, ''), CASE
        WHEN rule_purpose.basis IN {_MARKETING} AND rule_purpose.archived_at IS NOT NULL THEN 'archived_purpose'
        WHEN rule_purpose.basis IN {_MARKETING} AND rule_preference.paused_until > {{now}} THEN 'paused'
        ELSE '' END) END"""


# The state at a moment: as `services.ledger` finds the newest line, of those until then.
_CONSENT_THEN = """LEFT JOIN LATERAL (
        SELECT line.state, line.at, line.expires_at, line.id AS record_id FROM governance_consentrecord line
        WHERE line.person_id = ANY({family}) AND line.purpose_id = rule_purpose.id AND line.channel = {channel}
            AND line.at <= {now}
        ORDER BY (line.state = 'pending'), line.at DESC, (line.state = 'withdrawn') DESC, line.id LIMIT 1
    ) rule_consent ON true"""


@dataclass(frozen=True, slots=True)
class ConsentRule:
    """SQL. `by_consent` is the refusal without a look at suppression and pauses. `columns` are what decided:
    purpose, basis, state, since when, ledger line, its source, suppression, and when and from where consent was
    withdrawn for the address.
    """

    joins: str
    refusal: str
    by_consent: str
    columns: str = (
        "rule_purpose.key, rule_purpose.basis, rule_consent.state, rule_consent.at, rule_consent.record_id,"
        " rule_line.source, rule_stop.reason, rule_address.at, rule_address.source"
    )


def consent_rule(
    *,
    person: str,
    purpose: str,
    channel: str,
    now: str,
    address_hash: str = "NULL",
    may_lack_purpose: bool = False,
    family: str = "",
) -> ConsentRule:
    """The rule for these SQL expressions; without the hash of the address, what is noted of it is not looked at.

    `may_lack_purpose`: there is an answer without a purpose too, that of something which people cannot refuse.
    With `family` (SQL: all ids the person ever had) it answers for a moment in the past, as far as the ledger tells: a
    suppression that was lifted since, and what was withdrawn for an address before it was once more, are not known.
    """
    moment = f"{now}::timestamptz"
    consent = (
        _CONSENT_THEN.format(family=family, channel=channel, now=moment)
        if family
        else f"""LEFT JOIN governance_consent rule_consent ON rule_consent.person_id = {person}
        AND rule_consent.purpose_id = rule_purpose.id AND rule_consent.channel = {channel}"""
    )
    by_then = f" AND {{}}.at <= {moment}" if family else ""
    joins = f"""
    {"LEFT " if may_lack_purpose else ""}JOIN governance_purpose rule_purpose ON rule_purpose.id = {purpose}
    {consent}
    LEFT JOIN governance_consentrecord rule_line ON rule_line.id = rule_consent.record_id
    LEFT JOIN governance_suppression rule_stop ON rule_stop.channel = {channel}
        AND rule_stop.address_hash = {address_hash}{by_then.format("rule_stop")}
    LEFT JOIN governance_addresswithdrawal rule_address ON rule_address.address_hash = {address_hash}
        AND rule_address.purpose_id = rule_purpose.id AND rule_address.channel = {channel}
        {by_then.format("rule_address")}
    LEFT JOIN governance_contactpreference rule_preference ON rule_preference.person_id = {person}"""
    return ConsentRule(joins, _REFUSAL.format(now=moment), _BY_CONSENT.format(now=moment))


def is_marketing(purpose: str) -> str:
    """SQL: whether people may refuse the purpose with this id."""
    return f"EXISTS (SELECT FROM governance_purpose WHERE id = {purpose} AND basis IN {_MARKETING})"
