"""The job that feeds a campaign's audience into its send, chunk by chunk, and goes on where it stopped."""

from __future__ import annotations

import datetime as dt
from contextlib import suppress

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from rapport.campaigns.models import Campaign
from rapport.campaigns.services.origin import ORIGIN
from rapport.core import jobs
from rapport.core.access import Actor, system
from rapport.core.clock import Clock
from rapport.core.jobs import JobKind, RunningJob
from rapport.core.models import Job
from rapport.messaging.services import sends
from rapport.segments.models import Membership, Segment
from rapport.segments.queries import segments

NAME = "campaigns.audience"
CHUNK = 5_000


def enqueue(*, actor: Actor, campaign: Campaign, at: dt.datetime, clock: Clock) -> None:
    """Has the audience written at this time, unless that is waiting already."""
    payload = {"campaign": str(campaign.pk), "send": campaign.send_id}
    with suppress(jobs.AlreadyQueued):
        jobs.enqueue(actor=actor, kind=NAME, payload=payload, unique_key=_key(campaign), at=at, clock=clock)


def stop(*, campaign: Campaign, clock: Clock) -> None:
    """Ends the job of a campaign that is not to be sent any more."""
    for job in Job.objects.filter(unique_key=_key(campaign), state__in=Job.LIVE):
        jobs.stop(job, clock=clock)


def _key(campaign: Campaign) -> str:
    return f"{NAME}:{campaign.send_id}"


def _write(job: RunningJob) -> None:
    """Writes everybody who is in the segment now into the ledger, and seals the send."""
    while _write_chunk(job) == CHUNK:
        pass


@transaction.atomic
def _write_chunk(job: RunningJob) -> int:
    campaign = _campaign(job)
    if campaign is None or campaign.send is None or campaign.send.sealed_at:
        return 0
    send, segment = campaign.send, campaign.segment
    if send.expires_at and job.clock.now() >= send.expires_at and not campaign.audience_cursor:
        # Found long after its time: a restored backup, say. It reaches nobody.
        reason = _("It was due too long ago to be sent.")
        sends.cancel(actor=system("sending policy"), send_id=send.pk, reason=reason, clock=job.clock)
        return 0
    members = segments.members_after(segment.pk, cursor=campaign.audience_cursor, limit=CHUNK)
    if members:
        recipients = [sends.Recipient(member.person_id, _because(segment, member)) for member in members]
        sends.add_recipients(send=send, recipients=recipients, now=job.clock.now())
        campaign.audience_cursor = members[-1].pk
        campaign.save(update_fields=["audience_cursor"])
    if len(members) < CHUNK:
        sends.seal(send=send, now=job.clock.now())
    done = job.row.done + len(members)
    job.step(done=done, total=max(segment.size, done))
    return len(members)


def _because(segment: Segment, member: Membership) -> dict[str, object]:
    """Why the person gets it, as the delivery keeps it."""
    entered = {"definition_version": member.definition_version, "entered_at": member.entered_at.isoformat()}
    return {"segment": {"id": str(segment.pk), "key": segment.key, "name": segment.name, **entered}}


def _campaign(job: RunningJob) -> Campaign | None:
    """The campaign, if it is still this send that it orders."""
    campaigns = Campaign.objects.select_related("segment", "send__template_version")
    locked = campaigns.select_for_update(of=("self",), no_key=True)
    return locked.filter(pk=job.payload["campaign"], send_id=job.payload["send"]).first()


def _ended(row: Job) -> None:
    """An audience that cannot be written halts the send; going on tries again."""
    if row.state == Job.State.FAILED and Campaign.objects.filter(send_id=row.payload["send"]).exists():
        with suppress(sends.SendEnded):
            sends.hold(actor=system("audience"), send_id=row.payload["send"], reason=row.last_error)


KIND = JobKind(
    NAME,
    gettext_lazy("Audience of a campaign"),
    _write,
    permission="campaigns.send",
    cancellable=False,
    ended=_ended,
    url=lambda row: ORIGIN.url(row.payload["campaign"]),
    idle_seconds=1.0,
)
