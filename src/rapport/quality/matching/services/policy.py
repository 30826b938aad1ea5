"""What a search is asked to do: thresholds, runs asked for, and runs cancelled."""

from __future__ import annotations

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from rapport.core import jobs
from rapport.core.access import Actor
from rapport.core.clock import SYSTEM, Clock
from rapport.core.jobs import JobFailed, RunningJob
from rapport.core.models import Job
from rapport.core.permissions import Reach
from rapport.core.services import audit
from rapport.quality.matching import queries
from rapport.quality.models import MatchPolicy, MatchRun

# The name of the kind of job that searches one kind of record.
JOB = "quality.matching.{kind}"
# So many pairs of a sample from the threshold on must be judged, or all there are.
FEWEST_JUDGED = 20


class NotSampled(ValueError):
    """Merging without asking needs a judged sample."""


class AlreadySearching(ValueError):
    """A search of this kind is waiting or running."""


def policy_of(kind: str) -> MatchPolicy:
    """The policy of a kind; the shipped one until somebody sets another."""
    return MatchPolicy.objects.filter(pk=kind).first() or MatchPolicy(kind=kind)


@transaction.atomic
def set_policy(
    *,
    actor: Actor,
    kind: str,
    auto_at: float,
    review_at: float,
    merges_itself: bool,
    nightly: bool,
    nightly_hour: int,
) -> MatchPolicy:
    """Sets the thresholds (probabilities, 0.2 ≤ review ≤ auto ≤ 1) and when to search. Raises ValueError.

    Merging without asking can only be switched on, or its threshold lowered, from where a judged sample says how often
    it would be right.
    """
    actor.require("settings.edit")
    if not 0.2 <= review_at <= auto_at <= 1:
        raise ValueError(
            _("Review must begin at 20 % or more, and not above the threshold of merging by itself.")
        )
    policy = policy_of(kind)
    estimate = None
    if merges_itself and not (policy.merges_itself and auto_at >= policy.auto_at):
        estimate = queries.precision_from(queries.sample_of(kind), auto_at)
        if estimate is None or estimate.judged < min(FEWEST_JUDGED, estimate.pairs):
            raise NotSampled(
                _("Judge a sample first: nobody knows yet how often automatic merging is right.")
            )
    policy.auto_at, policy.review_at, policy.merges_itself = auto_at, review_at, merges_itself
    policy.nightly, policy.nightly_hour = nightly, nightly_hour
    policy.save()
    audit.record(
        actor=actor,
        action="matching.policy_set",
        object_type="match_policy",
        object_id=kind,
        data={"auto_at": auto_at, "review_at": review_at, "merges_itself": merges_itself, "nightly": nightly}
        | ({"precision": round(estimate.share, 4), "at_least": round(estimate.lower, 4)} if estimate else {}),
    )
    return policy


def request_run(*, actor: Actor, kind: str, full: bool = True, clock: Clock = SYSTEM) -> MatchRun:
    """Asks for a search. `full` learns anew and compares all; else only what changed since the last search is
    compared, with the stored model. Raises AlreadySearching.
    """
    actor.require("people.edit", Reach.ALL)
    try:
        with transaction.atomic():
            run = _create_run(actor, kind, full, clock)
            run.job = jobs.enqueue(
                actor=actor, kind=JOB.format(kind=kind), payload={"run": run.pk}, total=100, clock=clock
            )
            run.save(update_fields=["job"])
            return run
    except IntegrityError as error:
        raise AlreadySearching(_("A search is already running. Wait until it ends, or cancel it.")) from error


def started_run(job: RunningJob) -> MatchRun:
    """The run that a job carries out; the nightly job has none before it starts. Raises JobFailed."""
    try:
        with transaction.atomic():
            run = MatchRun.objects.filter(job=job.row).first()
            run = run or _create_run(job.actor, job.kind.name.rpartition(".")[2], False, job.clock)
            run.job, run.outcome, run.started_at = job.row, "", run.started_at or job.clock.now()
            run.save(update_fields=["job", "outcome", "started_at"])
    except IntegrityError as error:
        raise JobFailed(_("Another search was already running.")) from error
    return run


def _create_run(actor: Actor, kind: str, full: bool, clock: Clock) -> MatchRun:
    policy, last = policy_of(kind), last_good_run(kind)
    run = MatchRun.objects.create(
        kind=kind,
        since=last.started_at if last and policy.parameters and not full else None,
        requested_at=clock.now(),
        requested_by=actor.label[:254],
        auto_at=policy.auto_at,
        review_at=policy.review_at,
        merges_itself=policy.merges_itself,
    )
    audit.record(
        actor=actor,
        action="matching.run_requested",
        object_type="match_run",
        object_id=run.pk,
        data={"kind": kind, "full": run.since is None},
        clock=clock,
    )
    return run


@transaction.atomic
def cancel_run(*, actor: Actor, run: MatchRun, clock: Clock = SYSTEM) -> MatchRun:
    """Stops a run that waits or works; what it has merged already stays. Raises ValueError when it has ended."""
    actor.require("people.edit", Reach.ALL)
    if run.job is None or not jobs.stop(run.job, clock=clock):
        raise ValueError(_("This search has ended already."))
    audit.record(
        actor=actor, action="matching.run_cancelled", object_type="match_run", object_id=run.pk, clock=clock
    )
    return MatchRun.objects.select_related("job").get(pk=run.pk)


def last_good_run(kind: str) -> MatchRun | None:
    return MatchRun.objects.filter(kind=kind, outcome=Job.State.DONE).order_by("-pk").first()
