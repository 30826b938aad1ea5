"""Measuring everybody: in blocks by id, resumable, nightly and when asked for."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from typing import Any
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from rapport.core import access, sql
from rapport.core.access import Actor
from rapport.core.clock import SYSTEM, Clock
from rapport.core.queries import workspace
from rapport.core.services import audit
from rapport.core.services.wake import wake
from rapport.people.known import PERSON
from rapport.people.models import Person
from rapport.people.services import policy as policies
from rapport.quality.cleansing import runs as standards
from rapport.quality.completeness import duplicates, subjects
from rapport.quality.completeness.measures import DIMENSIONS, WEIGHTS, Measure, measures
from rapport.quality.completeness.subjects import Circumstances, Subject
from rapport.quality.models import QualityFinding, QualityPolicy, QualityRun, QualitySnapshot

LOOP = "data-quality"
NIGHTLY = "nightly measurement"
BLOCK = 5_000
FINDINGS = 2_000
NIGHT = 2
_DAY = dt.timedelta(hours=20)
_QUIET = dt.timedelta(minutes=10)
_USUAL = ("name", "email", "phone", "country")
State = QualityRun.State


def policy() -> QualityPolicy:
    """What the business set, or what is usual: required traits, and how to call, write to and find somebody."""
    found = QualityPolicy.objects.filter(pk=1).first()
    if found is not None:
        return found
    required = [key for key, each in policies.current(PERSON).definitions.items() if each.is_required]
    return QualityPolicy(traits=list(dict.fromkeys([*_USUAL, *required])), weights=WEIGHTS)


@transaction.atomic
def set_policy(*, actor: Actor, traits: list[str], weights: dict[str, int]) -> QualityPolicy:
    """Sets which traits count and the dimensions' weights (0 to 100, not all 0). Raises ValidationError."""
    actor.require("settings.edit")
    clean = list(dict.fromkeys(each.strip() for each in traits if each.strip()))
    if len(clean) > 50 or any(len(each) > 100 for each in clean):
        raise ValidationError({"traits": _("Choose at most 50 traits.")})
    if set(weights) != set(DIMENSIONS) or not all(0 <= each <= 100 for each in weights.values()):
        raise ValidationError({"weights": _("Give each dimension a weight between 0 and 100.")})
    if not any(weights.values()):
        raise ValidationError({"weights": _("At least one dimension must count.")})
    found, _new = QualityPolicy.objects.update_or_create(pk=1, defaults={"traits": clean, "weights": weights})
    audit.record(
        actor=actor,
        action="quality.policy_set",
        object_type="quality_policy",
        object_id=1,
        data={"traits": clean, "weights": weights},
    )
    return found


@transaction.atomic
def ask(*, actor: Actor, clock: Clock = SYSTEM) -> QualityRun:
    """Starts a measurement, or returns the one under way."""
    actor.require("people.edit")
    try:
        with transaction.atomic():
            run = QualityRun.objects.create(
                asked_by=actor.label,
                started_at=clock.now(),
                total=subjects.total(),
                domains=standards.domains_in_use(),
            )
    except IntegrityError:
        return QualityRun.objects.get(state=State.RUNNING)
    audit.record(actor=actor, action="quality.measured", object_type="quality_run", object_id=run.pk)
    wake(LOOP)
    return run


def run_once(clock: Clock = SYSTEM, block: int = BLOCK) -> int:
    """Judges the next block of the measurement under way, or starts the nightly one; returns how many it looked at.

    The run's row is locked meanwhile, so that a worker that dies loses no more than its block.
    """
    with transaction.atomic():
        run = QualityRun.objects.select_for_update(skip_locked=True).filter(state=State.RUNNING).first()
        if run is None:
            return _start_nightly(clock)
        given = circumstances(run)
        found = subjects.after(run.after, block, given.context)
        _judge(run, found, given)
        run.done += len(found)
        if found:
            run.after = found[-1].id
        if len(found) < block:
            _finish(run, given, clock)
        run.save()
        return max(1, len(found))


def _start_nightly(clock: Clock) -> int:
    if QualityRun.objects.filter(state=State.RUNNING).exists():
        return 0
    now = clock.now()
    newest = QualityRun.objects.order_by("-pk").first()
    if newest is None:
        due = _has_settled(now)
    else:
        hour = now.astimezone(_zone()).hour
        since = now - newest.started_at
        due = since >= _DAY and (NIGHT <= hour < NIGHT + 4 or since >= 2 * _DAY)
    if not due:
        return 0
    ask(actor=access.system(NIGHTLY), clock=clock)
    return 1


def _has_settled(now: dt.datetime) -> bool:
    """Whether there is somebody to measure, and nobody new just now: the first measurement waits for the first load."""
    newest = (
        Person.objects.filter(is_identified=True).order_by("-created_at").values_list("created_at", flat=True)
    )
    return bool(newest[:1]) and now - newest[0] >= _QUIET


def _zone() -> ZoneInfo:
    return ZoneInfo(workspace().time_zone)


def circumstances(run: QualityRun) -> Circumstances:
    asked = sql.run(
        "SELECT DISTINCT p.key, c.channel, p.name FROM governance_consent c"
        " JOIN governance_purpose p ON p.id = c.purpose_id"
        " WHERE p.archived_at IS NULL AND p.basis = 'consent' ORDER BY 1, 2"
    )
    context = standards.context(run.domains)
    return Circumstances(
        run.started_at,
        context,
        tuple(policy().traits),
        tuple((key, channel, name) for key, channel, name in asked),
    )


def _judge(run: QualityRun, found: list[Subject], given: Circumstances) -> None:
    findings: list[QualityFinding] = []
    for measure in measures(given):
        findings += _judged(run, measure, found, given)
    QualityFinding.objects.bulk_create(findings, batch_size=1_000)


def _judged(
    run: QualityRun, measure: Measure, found: list[Subject], given: Circumstances
) -> list[QualityFinding]:
    good = total = 0
    states: dict[str, int] = defaultdict(int)
    findings: list[QualityFinding] = []
    room = FINDINGS - run.found.get(measure.key, 0)
    for subject in found:
        verdict = measure.judge(subject, given)
        if verdict is None:
            continue
        total += 1
        good += verdict.good
        if verdict.state:
            states[verdict.state] += 1
        if not verdict.good and len(findings) < room:
            findings.append(
                QualityFinding(
                    run=run,
                    measure=measure.key,
                    person_id=subject.id,
                    trait=verdict.trait[:100],
                    value=verdict.value[:300],
                    proposal=verdict.proposal[:300],
                )
            )
    held = run.tally.get(measure.key, [0, 0])
    run.tally[measure.key] = [held[0] + good, held[1] + total]
    run.found[measure.key] = run.found.get(measure.key, 0) + len(findings)
    known: dict[str, Any] = run.detail.setdefault(measure.key, {})
    for state, count in states.items():
        known[state] = known.get(state, 0) + count
    return findings


def _finish(run: QualityRun, given: Circumstances, clock: Clock) -> None:
    duplicates.judge(run, FINDINGS)
    dimension = {measure.key: measure.dimension for measure in measures(given)} | {
        duplicates.KEY: "uniqueness"
    }
    day = run.started_at.astimezone(_zone()).date()
    QualitySnapshot.objects.filter(day=day).delete()
    QualitySnapshot.objects.bulk_create(
        QualitySnapshot(
            day=day,
            measure=key,
            dimension=dimension[key],
            good=good,
            total=total,
            detail=run.detail.get(key, {}),
        )
        for key, (good, total) in run.tally.items()
        if key in dimension
    )
    run.state, run.finished_at = State.DONE, clock.now()
    QualityRun.objects.filter(pk__lt=run.pk).delete()
