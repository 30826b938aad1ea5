"""What a channel's answer means for the delivery, the address and the send, and the events that follow."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from rapport.channels.protocol import Outcome, Result
from rapport.core.access import system
from rapport.core.services.outbox import DomainEvent, emit_many
from rapport.governance.services import suppression
from rapport.messaging import queries
from rapport.messaging.models import Delivery, Send
from rapport.messaging.registry import Description
from rapport.messaging.services import ledger, message_events, refusals, resting
from rapport.messaging.services.claiming import Claimed
from rapport.messaging.services.ledger import Settled

MAX_ATTEMPTS = 8
BACKOFF = (60, 300, 900, 1800, 3600, 7200, 14400)
UNREACHABLE_SECONDS = 30
REFUSED_AGAIN_AFTER = dt.timedelta(minutes=5)
_SUPPRESSED = {Result.BAD_ADDRESS: "bounced", Result.WITHDRAWN: "unsubscribed"}
_FINAL = {
    Result.ACCEPTED: ("sent", ""),
    Result.BAD_ADDRESS: ("failed", "bad_address"),
    Result.WITHDRAWN: ("failed", "withdrawn"),
    Result.REFUSED: ("failed", "refused"),
    Result.UNCERTAIN: ("uncertain", "lost"),
}
SENDER = system("sender")
Answered = tuple[Claimed, Settled, Outcome | None]
Descriptions = dict[int, Description]


def stops_sending(outcome: Outcome) -> bool:
    """Whether it makes no sense to offer more right now."""
    return outcome.result is Result.UNREACHABLE


def settle(claim: Claimed, outcome: Outcome, now: dt.datetime, *, everybody_refused: bool = False) -> Settled:
    """The ledger entry for an answer. Pure. `everybody_refused`: nothing of the kind was taken since the last try."""
    detail = f"{outcome.code} {outcome.detail}".strip() if outcome.result is not Result.ACCEPTED else ""
    if outcome.result in _FINAL:
        state, reason = _FINAL[outcome.result]
        return Settled(claim.id, claim.fence, state, reason, detail, outcome.provider_id)
    if outcome.result is Result.UNREACHABLE:
        wait = now + dt.timedelta(seconds=UNREACHABLE_SECONDS)
        return Settled(claim.id, claim.fence, "queued", "", detail, not_before=wait)
    if outcome.result is Result.POLICY:
        return _refused(claim, detail, now, everybody_refused=everybody_refused)
    return _again(claim, detail, now, outcome.retry_after)


def _refused(claim: Claimed, detail: str, now: dt.datetime, *, everybody_refused: bool) -> Settled:
    """Asked once more after a while, then later and later for as long as nobody takes anything of this sender's."""
    wait = REFUSED_AGAIN_AFTER
    if claim.fact.earlier == "policy":
        wait = max(wait, dt.timedelta(seconds=BACKOFF[min(claim.fact.attempts, len(BACKOFF) - 1)]))
        if not everybody_refused or now + wait >= claim.fact.expires_at:
            return Settled(claim.id, claim.fence, "failed", "policy", detail)
    return Settled(claim.id, claim.fence, "queued", "policy", detail, not_before=now + wait)


def _again(claim: Claimed, detail: str, now: dt.datetime, after: float | None) -> Settled:
    """Told to come back: when the other side asks for it, else later and later, until that was said too often."""
    attempts = claim.fact.attempts
    if attempts + 1 >= MAX_ATTEMPTS and claim.fact.earlier != "policy":
        return Settled(claim.id, claim.fence, "failed", "temporary", detail)
    seconds = BACKOFF[min(attempts, len(BACKOFF) - 1)] if after is None else max(after, 1.0)
    wait = now + dt.timedelta(seconds=seconds)
    return Settled(claim.id, claim.fence, "queued", "", detail, not_before=wait)


def settle_all(claims: Sequence[Claimed], answers: Sequence[Outcome], now: dt.datetime) -> list[Answered]:
    """The ledger entries for the answers of a round."""
    pairs = list(zip(claims, answers, strict=True))
    again = [
        claim for claim, answer in pairs if answer.result is Result.POLICY and claim.fact.earlier == "policy"
    ]
    is_taken = any(answer.result is Result.ACCEPTED for answer in answers)
    everybody = not is_taken and refusals.is_everybody(again, REFUSED_AGAIN_AFTER)
    return [
        (claim, settle(claim, answer, now, everybody_refused=everybody), answer) for claim, answer in pairs
    ]


def record(answered: Sequence[Answered], now: dt.datetime, descriptions: Descriptions) -> None:
    """Writes outcomes down, emits their events, suppresses dead addresses, weighs refusals of the sender.

    `descriptions` is filled as sends are met, so that a run reads each once.
    """
    if not answered:
        return
    ours = ledger.record([settled for _claim, settled, _answer in answered], now)
    valid = [entry for entry in answered if entry[0].id in ours]
    if new := {claim.fact.send_id for claim, _settled, _answer in valid} - descriptions.keys():
        descriptions |= queries.descriptions(Send.objects.filter(pk__in=new))
    emit_many(event for entry in valid if (event := _event(entry, descriptions, now)))
    for claim, settled, answer in valid:
        if answer is not None and answer.result in _SUPPRESSED:
            suppression.suppress(
                actor=SENDER,
                channel=claim.fact.channel,
                address=claim.fact.address,
                reason=_SUPPRESSED[answer.result],
                source=f"delivery {claim.id}",
            )
        elif answer is not None and settled.state == "failed" and answer.blames_recipient:
            fact = claim.fact
            resting.note_refusal(
                delivery_id=claim.id, channel=fact.channel, address=fact.address, outcome=answer, now=now
            )
    _weigh_refusals(valid)


def refuse(unfit: Sequence[tuple[Claimed, str]], now: dt.datetime) -> None:
    """Ends deliveries whose message could not be made."""
    for claim, why in unfit:
        ours = Delivery.objects.filter(pk=claim.id, fence=claim.fence, state="claimed", handed_over_at=None)
        ours.update(state="failed", reason="template", detail=why[:500], finished_at=now, lease_until=None)


def _event(entry: Answered, descriptions: Descriptions, now: dt.datetime) -> DomainEvent | None:
    claim, settled, answer = entry
    fact = claim.fact
    if fact.person_id is None or settled.state not in {"sent", "failed"}:
        return None
    properties = message_events.properties(claim.id, fact.channel, descriptions[fact.send_id])
    if settled.state == "sent":
        return DomainEvent("Message Sent", fact.person_id, properties, f"{claim.id}:sent", now)
    properties |= {"bounce_type": settled.reason, "answer": answer.code if answer else ""}
    return DomainEvent("Message Bounced", fact.person_id, properties, f"{claim.id}:bounced", now)


def _weigh_refusals(answered: Sequence[Answered]) -> None:
    refused = {
        claim.fact.send_id: f"{answer.code} {answer.detail}".strip()
        for claim, _settled, answer in answered
        if answer is not None and answer.result is Result.POLICY
    }
    for send_id, words in refused.items():
        refusals.weigh(actor=SENDER, send_id=send_id, refusals=refusals.immediate(send_id), answer=words)
