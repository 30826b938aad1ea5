"""Background work of journeys: moving people to another version, summing up what was counted, replays."""

from __future__ import annotations

import datetime as dt

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from rapport.core.jobs import JOB_KINDS, JobFailed, JobKind, Later, RunningJob, every
from rapport.core.models import Job
from rapport.journeys.models import Journey, JourneyVersion
from rapport.journeys.services import personal_data, tallies, tasks, transfers, unheard
from rapport.journeys.services.replaying import replays
from rapport.journeys.services.transfers import Transfer

# Somebody was being moved on by a worker just then.
AGAIN = dt.timedelta(seconds=2)


def move_people(job: RunningJob) -> dict[str, int]:
    """Batch by batch; a second run finds nobody who was moved."""
    people = 0
    for given in job.payload["moves"]:
        while True:
            with transaction.atomic():
                journey, live = _still_live(job)
                count = transfers.move_some(
                    actor=job.actor,
                    journey=journey,
                    live=live,
                    transfer=Transfer(**given),
                    clock=job.clock,
                )
                people += count
                job.step(done=people)
            if not count:
                break
    if transfers.left(journey, job.payload["moves"]):
        raise Later(AGAIN)
    transfers.done()
    return {"people": people}


def _still_live(job: RunningJob) -> tuple[Journey, JourneyVersion]:
    """Locked, so that no other version is published before these people are on this one. Raises JobFailed."""
    rows = Journey.objects.select_for_update(no_key=True, of=("self",)).filter(pk=job.payload["journey"])
    journey = rows.select_related("live").first()
    if journey is None or journey.live is None or journey.live_id != job.payload["version"]:
        raise JobFailed(str(_("Another version has been published meanwhile.")))
    return journey, journey.live


def sum_up(job: RunningJob) -> dict[str, int]:
    return {"rows": tallies.fold(job.clock.now())}


def tidy(job: RunningJob) -> dict[str, int]:
    """What runs left behind that have gone on or ended, and whom merging and forgetting could not see."""
    return {
        "tasks": tasks.expire(job.clock.now()),
        "people": personal_data.catch_up(job.clock),
        "events": unheard.forget_unused(job.clock.now()),
    }


def _url(job: Job) -> str:
    return reverse("journeys:try", args=[job.payload["journey"]])


def register() -> None:
    JOB_KINDS.register(
        JobKind(
            replays.KIND,
            _("Replay of a journey"),
            replays.run,
            permission=replays.PERMISSION,
            attempts=3,
            lease=dt.timedelta(minutes=5),
            url=_url,
        )
    )
    JOB_KINDS.register(
        JobKind(
            transfers.KIND, _("People moved to another version"), move_people, permission="journeys.publish"
        )
    )
    JOB_KINDS.register(JobKind("journeys.tally", _("Figures of journeys"), sum_up, schedule=every(minutes=1)))
    JOB_KINDS.register(JobKind("journeys.tidy", _("Tidying up of journeys"), tidy, schedule=every(minutes=1)))
