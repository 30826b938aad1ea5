"""What a channel's answer means for the delivery, the address, the campaign, and who is told."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from django.utils.translation import gettext as _

from rapport.channels.protocol import Outcome, Result
from rapport.core.access import system
from rapport.core.services import audit
from rapport.core.services.outbox import DomainEvent, emit_many
from rapport.governance.services import suppression
from rapport.messaging.models import Campaign, CampaignPause, CampaignSend, Delivery
from rapport.messaging.services import ledger
from rapport.messaging.services.ledger import Claimed, Settled

MAX_ATTEMPTS = 8
BACKOFF = (60, 300, 900, 1800, 3600, 7200, 14400)
UNREACHABLE_SECONDS = 30
_FINAL = {
    Result.ACCEPTED: ("sent", ""),
    Result.BAD_ADDRESS: ("failed", "bad_address"),
    Result.REFUSED: ("failed", "refused"),
    Result.UNCERTAIN: ("uncertain", "lost"),
}
SENDER = system("sender")
Answered = tuple[Claimed, Settled, Outcome | None]
Names = dict[int, tuple[str, str]]


def stops_sending(outcome: Outcome) -> bool:
    """Whether it makes no sense to offer more right now."""
    return outcome.result is Result.UNREACHABLE


def settle(one: Claimed, outcome: Outcome, now: dt.datetime) -> Settled:
    """The ledger entry for an answer. Pure."""
    detail = f"{outcome.code} {outcome.detail}".strip() if outcome.result is not Result.ACCEPTED else ""
    if outcome.result in _FINAL:
        state, reason = _FINAL[outcome.result]
        return Settled(one.id, one.fence, state, reason, detail, outcome.provider_id)
    if outcome.result is Result.UNREACHABLE:
        wait = now + dt.timedelta(seconds=UNREACHABLE_SECONDS)
        return Settled(one.id, one.fence, "queued", "", detail, not_before=wait)
    if outcome.result is Result.POLICY:
        if one.fact.earlier == "policy":
            return Settled(one.id, one.fence, "failed", "policy", detail)
        return Settled(one.id, one.fence, "queued", "policy", detail, not_before=now)
    return _again(one, detail, now)


def _again(one: Claimed, detail: str, now: dt.datetime) -> Settled:
    """Asked to come back: later and later, until it is too late or was asked too often."""
    attempts = one.fact.attempts
    if attempts + 1 >= MAX_ATTEMPTS:
        return Settled(one.id, one.fence, "failed", "temporary", detail)
    wait = now + dt.timedelta(seconds=BACKOFF[min(attempts, len(BACKOFF) - 1)])
    return Settled(one.id, one.fence, "queued", "", detail, not_before=wait)


def record(answered: Sequence[Answered], now: dt.datetime, names: Names) -> None:
    """Writes outcomes down, tells the log of events, suppresses dead addresses, pauses unwelcome senders.

    `names` is filled as sends are met, so that a run asks once for each.
    """
    if not answered:
        return
    ours = ledger.record([settled for _one, settled, _answer in answered], now)
    valid = [entry for entry in answered if entry[0].id in ours]
    if unknown := {one.fact.send_id for one, _settled, _answer in valid} - names.keys():
        names |= campaign_names(unknown)
    emit_many(event for entry in valid if (event := _event(entry, names, now)))
    for one, _settled, answer in valid:
        if answer is not None and answer.result is Result.BAD_ADDRESS:
            suppression.suppress(
                actor=SENDER,
                channel=one.fact.channel,
                address=one.fact.address,
                reason="bounced",
                source=f"delivery {one.id}",
            )
        elif answer is not None and answer.result is Result.POLICY and one.fact.earlier != "policy":
            _pause(one.fact.send_id, answer, now)


def refuse(unfit: Sequence[tuple[Claimed, str]], now: dt.datetime) -> None:
    """Ends deliveries whose message could not be made."""
    for one, why in unfit:
        Delivery.objects.filter(pk=one.id, fence=one.fence, state="claimed", handed_over_at=None).update(
            state="failed", reason="template", detail=why[:500], finished_at=now, lease_until=None
        )


def campaign_names(send_ids: set[int]) -> Names:
    """{send id: (campaign id, campaign name)}"""
    found = CampaignSend.objects.filter(pk__in=send_ids).values_list("pk", "campaign_id", "campaign__name")
    return {pk: (str(campaign_id), name) for pk, campaign_id, name in found}


def _event(entry: Answered, names: Names, now: dt.datetime) -> DomainEvent | None:
    one, settled, answer = entry
    if one.fact.person_id is None or settled.state not in {"sent", "failed"}:
        return None
    campaign_id, name = names[one.fact.send_id]
    properties = {"delivery_id": str(one.id), "campaign_id": campaign_id, "campaign_name": name}
    if settled.state == "sent":
        return DomainEvent("Email Sent", one.fact.person_id, properties, f"{one.id}:sent", now)
    properties |= {"bounce_type": settled.reason, "answer": answer.code if answer else ""}
    return DomainEvent("Email Bounced", one.fact.person_id, properties, f"{one.id}:bounced", now)


def _pause(send_id: int, answer: Outcome, now: dt.datetime) -> None:
    """Halts the campaign and says why; a second refusal adds no second halt."""
    campaign = Campaign.objects.select_for_update().get(send__pk=send_id)
    if CampaignPause.objects.filter(campaign=campaign, resumed_at=None).exists():
        return
    words = _("The mail server refused the sender: %(answer)s") % {"answer": f"{answer.code} {answer.detail}"}
    CampaignPause.objects.create(campaign=campaign, paused_at=now, paused_by=SENDER.label, reason=words)
    audit.record(
        actor=SENDER,
        action="campaign.paused",
        object_type="campaign",
        object_id=campaign.pk,
        data={"reason": words},
    )
