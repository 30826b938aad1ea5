"""A measurement of everybody: asked for, and its next block of people judged."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from typing import Any
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from rapport.core import jobs
from rapport.core.access import Actor
from rapport.core.clock import SYSTEM, Clock
from rapport.core.queries import workspace
from rapport.core.services import audit
from rapport.people.models import Person
from rapport.quality.cleansing.queries import domains_in_use
from rapport.quality.completeness import queries, subjects
from rapport.quality.completeness.measures import DIMENSIONS, DUPLICATES, Measure, measures
from rapport.quality.completeness.services.uniqueness import judge_duplicates
from rapport.quality.completeness.subjects import Circumstances, Subject
from rapport.quality.models import QualityFinding, QualityPolicy, QualityRun, QualitySnapshot

JOB = "quality.measurement"
FINDINGS = 2_000
_QUIET = dt.timedelta(minutes=10)
State = QualityRun.State


@transaction.atomic
def set_policy(*, actor: Actor, traits: list[str], weights: dict[str, int]) -> QualityPolicy:
    """Sets which traits count and the dimensions' weights (0 to 100, not all 0). Raises ValidationError."""
    actor.require("settings.edit")
    clean = list(dict.fromkeys(trait.strip() for trait in traits if trait.strip()))
    if len(clean) > 50 or any(len(value) > 100 for value in clean):
        raise ValidationError({"traits": _("Choose at most 50 traits.")})
    if set(weights) != set(DIMENSIONS) or not all(0 <= weight <= 100 for weight in weights.values()):
        raise ValidationError({"weights": _("Give each dimension a weight between 0 and 100.")})
    if not any(weights.values()):
        raise ValidationError({"weights": _("At least one dimension must count.")})
    policy, _new = QualityPolicy.objects.update_or_create(
        pk=1, defaults={"traits": clean, "weights": weights}
    )
    audit.record(
        actor=actor,
        action="quality.policy_set",
        object_type="quality_policy",
        object_id=1,
        data={"traits": clean, "weights": weights},
    )
    return policy


@transaction.atomic
def measure(*, actor: Actor, clock: Clock = SYSTEM) -> QualityRun:
    """Starts a measurement, or returns the one under way."""
    actor.require("people.edit")
    try:
        with transaction.atomic():
            run = create_run(actor, clock)
    except IntegrityError:
        return QualityRun.objects.select_related("job").get(state=State.RUNNING)
    audit.record(
        actor=actor, action="quality.measured", object_type="quality_run", object_id=run.pk, clock=clock
    )
    run.job = jobs.enqueue(actor=actor, kind=JOB, total=subjects.measured().count(), clock=clock)
    run.save(update_fields=["job"])
    return run


def create_run(actor: Actor, clock: Clock) -> QualityRun:
    """Raises IntegrityError while another one is under way."""
    return QualityRun.objects.create(
        requested_by=actor.label, started_at=clock.now(), domains=domains_in_use()
    )


def is_due(last: dt.datetime | None, now: dt.datetime) -> bool:
    """Every night; the first one once there is somebody, and nobody new just now: it waits for the first load."""
    if last is not None:
        return jobs.nightly()(last, now)
    people = Person.objects.filter(is_identified=True)
    newest = people.order_by("-created_at").values_list("created_at", flat=True).first()
    return newest is not None and now - newest >= _QUIET


def judge_next(run: QualityRun, measured: int, block: int, clock: Clock) -> int:
    """Judges the next people by id, and ends the run after the last block; returns how many it judged.

    `measured`: how many were judged before.
    """
    given = queries.circumstances(run.started_at, run.domains)
    people = subjects.after(run.after, block, given.context)
    _judge(run, people, given)
    if people:
        run.after = people[-1].id
    if len(people) < block:
        _finish(run, measured + len(people), given, clock)
    run.save()
    return len(people)


def _judge(run: QualityRun, people: list[Subject], given: Circumstances) -> None:
    findings: list[QualityFinding] = []
    for measure in measures(given):
        findings += _judged(run, measure, people, given)
    QualityFinding.objects.bulk_create(findings, batch_size=1_000)


def _judged(
    run: QualityRun, measure: Measure, people: list[Subject], given: Circumstances
) -> list[QualityFinding]:
    good = total = 0
    states: dict[str, int] = defaultdict(int)
    findings: list[QualityFinding] = []
    limit = FINDINGS - run.findings_kept.get(measure.key, 0)
    for subject in people:
        verdict = measure.judge(subject, given)
        if verdict is None:
            continue
        total += 1
        good += verdict.good
        if verdict.state:
            states[verdict.state] += 1
        if not verdict.good and len(findings) < limit:
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
    before = run.tally.get(measure.key, [0, 0])
    run.tally[measure.key] = [before[0] + good, before[1] + total]
    run.findings_kept[measure.key] = run.findings_kept.get(measure.key, 0) + len(findings)
    detail: dict[str, Any] = run.detail.setdefault(measure.key, {})
    for state, count in states.items():
        detail[state] = detail.get(state, 0) + count
    return findings


def _finish(run: QualityRun, measured: int, given: Circumstances, clock: Clock) -> None:
    judge_duplicates(run, measured, FINDINGS)
    dimension = {measure.key: measure.dimension for measure in measures(given)} | {DUPLICATES: "uniqueness"}
    day = run.started_at.astimezone(ZoneInfo(workspace().time_zone)).date()
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
