"""The job that feeds a campaign's audience into its send, chunk by chunk, and goes on where it stopped."""

from __future__ import annotations

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Sequence
from contextlib import suppress

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from rapport.campaigns.models import Campaign, CampaignTest
from rapport.campaigns.services import four_eyes, reaching, testing, timing
from rapport.campaigns.services.origin import ORIGIN
from rapport.core import jobs
from rapport.core.access import Actor, system
from rapport.core.clock import Clock
from rapport.core.jobs import JobKind, RunningJob
from rapport.core.models import Job
from rapport.messaging import queries as messaging
from rapport.messaging.models import Delivery, Send
from rapport.messaging.services import sends
from rapport.segments.models import Membership, Segment
from rapport.segments.queries import segments

NAME = "campaigns.audience"
CHUNK = 5_000
GROWN = gettext_lazy(
    "The audience has grown, or its segment was changed, since it was ordered: somebody else must approve it. Cancel it"
    " and ask for approval before you order it again."
)
HALTED_AGAIN = dt.timedelta(minutes=10)


def enqueue(*, actor: Actor, campaign: Campaign, at: dt.datetime, clock: Clock) -> None:
    """Has the audience written at this time, unless that is waiting already, or the rest after a test is."""
    if Job.objects.filter(unique_key=f"{_key(campaign)}:rest", state__in=Job.LIVE).exists():
        return
    payload = {"campaign": str(campaign.pk), "send": campaign.send_id}
    with suppress(jobs.AlreadyQueued):
        jobs.enqueue(actor=actor, kind=NAME, payload=payload, unique_key=_key(campaign), at=at, clock=clock)


def stop(*, campaign: Campaign, clock: Clock) -> None:
    """Ends the job of a campaign that is not to be sent any more."""
    keys = [_key(campaign), f"{_key(campaign)}:rest"]
    for job in Job.objects.filter(unique_key__in=keys, state__in=Job.LIVE):
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
    test = testing.test_of(campaign)
    if test is not None and job.payload.get("rest") and not _begin_rest(job, campaign, test):
        return 0
    is_rest = test is not None and test.is_rest
    if (
        send.expires_at
        and job.clock.now() >= send.expires_at
        and not campaign.audience_cursor
        and not is_rest
    ):
        # Found long after its time: a restored backup, say. It reaches nobody.
        return _give_up(campaign, job.clock)
    if not campaign.audience_cursor and not is_rest and four_eyes.is_missing(campaign):
        return _hold_for_approval(campaign, job.clock)
    members = segments.members_after(segment.pk, cursor=campaign.audience_cursor, limit=CHUNK)
    if members:
        _add(campaign, test, members, job.clock, position=_placed_before(job, campaign))
        campaign.audience_cursor = members[-1].pk
        campaign.save(update_fields=["audience_cursor"])
    if len(members) < CHUNK:
        _finish(job, campaign, test)
    done = job.row.done + len(members)
    job.step(done=done, total=max(segment.size, done))
    return len(members)


def _placed_before(job: RunningJob, campaign: Campaign) -> int:
    """How many take their turns before the next: those who were written, not all who were looked at."""
    if not campaign.per_hour:
        return 0
    rows = Delivery.objects.filter(send__in=testing.sends_of(campaign))
    if job.payload.get("rest"):
        rows = rows.filter(queued_at__gte=dt.datetime.fromisoformat(str(job.payload["due"])))
    return rows.count()


def _begin_rest(job: RunningJob, campaign: Campaign, test: CampaignTest) -> bool:
    """Says whether the rest may be written: not while the trial is halted, and not long after its time."""
    if test.is_rest:
        return True
    due = dt.datetime.fromisoformat(str(job.payload["due"]))
    if job.clock.now() >= due + dt.timedelta(hours=messaging.sending_policy().lateness_hours):
        _give_up(campaign, job.clock)
        return False
    if any(messaging.open_hold(send) for send in testing.sends_of(campaign)):
        raise jobs.Later(HALTED_AGAIN)  # what was tried on nobody decides nothing
    testing.begin_rest(campaign, test, job.clock)
    return True


def _hold_for_approval(campaign: Campaign, clock: Clock) -> int:
    """Halts what has grown or was changed since it was ordered, before anybody is written to."""
    for row in testing.sends_of(campaign):
        sends.hold(actor=system("approval"), send_id=row.pk, reason=str(GROWN), clock=clock)
    return 0


def _give_up(campaign: Campaign, clock: Clock) -> int:
    """Ends what was not sent in time."""
    reason = _("It was due too long ago to be sent.")
    for row in testing.sends_of(campaign):
        if not (row.completed_at or row.cancelled_at):
            sends.cancel(actor=system("sending policy"), send_id=row.pk, reason=reason, clock=clock)
    testing.stop(campaign=campaign, clock=clock)
    return 0


def _add(
    campaign: Campaign,
    test: CampaignTest | None,
    members: Sequence[Membership],
    clock: Clock,
    *,
    position: int,
) -> None:
    """Writes these members into the ledger, each into the send of their variant or of the channel that reaches them."""
    send, segment, now = campaign.send, campaign.segment, clock.now()
    assert send is not None
    reasons = {member.person_id: _because(segment, member) for member in members}
    homes: dict[uuid.UUID, Send] = {}
    # Those who come later have as long as the first had.
    lasts = send.expires_at - send.send_at if send.expires_at else None
    late = now + lasts if test is not None and test.is_rest and lasts else None
    if test is None:
        homes = reaching.placed(campaign, list(reasons), now)
    else:
        for person, (home, variant) in testing.placed(campaign, test, list(reasons), clock).items():
            homes[person] = home
            reasons[person] |= testing.because(test.experiment, variant)
    since = now if late else send.send_at
    due = timing.due(campaign, list(homes), since=since, now=now, position=position)
    grouped: defaultdict[int, list[sends.Recipient]] = defaultdict(list)
    for person, home in homes.items():
        at, until = due.get(person, (None, late))
        grouped[home.pk].append(sends.Recipient(person, reasons[person], at=at, expires_at=until))
    by_id = {home.pk: home for home in homes.values()}
    for pk, recipients in grouped.items():
        sends.add_recipients(send=by_id[pk], recipients=recipients, now=now)


def _finish(job: RunningJob, campaign: Campaign, test: CampaignTest | None) -> None:
    """There are no more recipients; or, after a test, the rest comes when it is decided."""
    if test is not None and test.share < 100 and not test.is_rest:
        at = job.clock.now() + dt.timedelta(hours=test.hours)
        has_ended = test.experiment.ended_at is not None
        enqueue_rest(campaign=campaign, at=job.clock.now() if has_ended else at, clock=job.clock)
        return
    for send in testing.sends_of(campaign):
        if send.sealed_at is None:
            sends.seal(send=send, now=job.clock.now())


def enqueue_rest(*, campaign: Campaign, at: dt.datetime, clock: Clock) -> None:
    """Has the rest written at this time; earlier than was meant, if it is decided earlier."""
    key = f"{_key(campaign)}:rest"
    for job in Job.objects.filter(unique_key=key, state=Job.State.WAITING):
        jobs.stop(job, clock=clock)
    payload = {
        "campaign": str(campaign.pk),
        "send": campaign.send_id,
        "rest": True,
        "due": at.isoformat(),
    }
    with suppress(jobs.AlreadyQueued):
        jobs.enqueue(
            actor=system(testing.SYSTEM_ACTOR), kind=NAME, payload=payload, unique_key=key, at=at, clock=clock
        )


def rest_due(campaign: Campaign) -> dt.datetime | None:
    """When the rest is to get the winner, once that is known."""
    key = f"{_key(campaign)}:rest"
    job = Job.objects.filter(unique_key=key, state=Job.State.WAITING).first()
    return dt.datetime.fromisoformat(str(job.payload["due"])) if job else None


def hear_decision(campaign_id: str, _template: str, clock: Clock) -> None:
    """The experiment is decided: the rest need not wait any longer."""
    campaign = Campaign.objects.select_related("send").filter(pk=campaign_id).first()
    if campaign is None or campaign.send is None or campaign.send.sealed_at:
        return
    if Job.objects.filter(unique_key=f"{_key(campaign)}:rest", state=Job.State.WAITING).exists():
        enqueue_rest(campaign=campaign, at=clock.now(), clock=clock)


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
