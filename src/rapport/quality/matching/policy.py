"""What a search is asked to do: thresholds, runs asked for, and runs cancelled."""

from __future__ import annotations

import datetime as dt

from django.db import IntegrityError, transaction

from rapport.core.access import Actor, system
from rapport.core.clock import SYSTEM, Clock
from rapport.core.permissions import Reach
from rapport.core.services import audit
from rapport.core.services.wake import wake
from rapport.quality.models import MatchKind, MatchPolicy, MatchRun

LOOP = "matching"
NIGHTLY = "nightly search for duplicates"
_DAY = dt.timedelta(hours=20)


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
    """Sets the thresholds (probabilities, 0.2 ≤ review ≤ auto ≤ 1) and when to search. Raises ValueError."""
    actor.require("settings.edit")
    if not 0.2 <= review_at <= auto_at <= 1:
        raise ValueError(
            "Review must begin at 20 % or more, and not above the threshold of merging by itself."
        )
    found = policy_of(kind)
    found.auto_at, found.review_at, found.merges_itself = auto_at, review_at, merges_itself
    found.nightly, found.nightly_hour = nightly, nightly_hour
    found.save()
    audit.record(
        actor=actor,
        action="matching.policy_set",
        object_type="match_policy",
        object_id=kind,
        data={"auto_at": auto_at, "review_at": review_at, "merges_itself": merges_itself, "nightly": nightly},
    )
    return found


def request_run(*, actor: Actor, kind: str, full: bool = True, clock: Clock = SYSTEM) -> MatchRun:
    """Asks for a search. `full` learns anew and compares all; else only what changed since the last search is
    compared, with the stored model. Raises AlreadySearching.
    """
    actor.require("people.edit", Reach.ALL)
    try:
        with transaction.atomic():
            return _request(actor, kind, full, clock)
    except IntegrityError as error:
        raise AlreadySearching("A search is running already. Wait for its end, or cancel it.") from error


def _request(actor: Actor, kind: str, full: bool, clock: Clock) -> MatchRun:
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
    )
    wake(LOOP)
    return run


@transaction.atomic
def cancel_run(*, actor: Actor, run: MatchRun, clock: Clock = SYSTEM) -> MatchRun:
    """Stops a run that waits or works; what it has merged already stays. Raises ValueError when it has ended."""
    actor.require("people.edit", Reach.ALL)
    run = MatchRun.objects.select_for_update().get(pk=run.pk)
    if not run.is_open:
        raise ValueError("This search has ended already.")
    run.cancelled_at, run.cancelled_by = clock.now(), actor.label[:254]
    run.save(update_fields=["cancelled_at", "cancelled_by"])
    audit.record(actor=actor, action="matching.run_cancelled", object_type="match_run", object_id=run.pk)
    return run


def last_good_run(kind: str) -> MatchRun | None:
    done = MatchRun.objects.filter(kind=kind, error="", cancelled_at=None).exclude(finished_at=None)
    return done.order_by("-pk").first()


def request_nightly(clock: Clock = SYSTEM) -> int:
    """Asks for the nightly searches that are due (at their hour, UTC, once a day); returns how many."""
    now, asked = clock.now(), 0
    for kind in MatchKind.values:
        policy = policy_of(kind)
        if not policy.nightly or policy.nightly_hour != now.hour:
            continue
        if MatchRun.objects.filter(kind=kind, requested_at__gt=now - _DAY).exists():
            continue
        try:
            request_run(actor=system(NIGHTLY), kind=kind, full=False, clock=clock)
        except AlreadySearching:
            continue
        asked += 1
    return asked
