"""Experiments are planned, begun, decided and stopped."""

from __future__ import annotations

import datetime as dt
import logging
import re
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from rapport.core.access import Actor, system
from rapport.core.clock import SYSTEM, Clock
from rapport.core.services import audit
from rapport.experiments.models import Experiment, Variant
from rapport.experiments.registry import SUBJECTS
from rapport.experiments.services import counting
from rapport.experiments.services.results import results
from rapport.experiments.statistics import sizes

PERMISSION = "experiments.edit"
KEY = re.compile(r"[a-z][a-z0-9_-]{0,39}")
RESERVED = {"new"}  # parts of addresses
MOST_VARIANTS = 10
MOST_PERSONS = 1_000_000_000  # a variant
State = Experiment.State
logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Way:
    """A variant as it is ordered."""

    name: str
    weight: int = 1
    is_holdout: bool = False
    reference: str = ""


@dataclass(frozen=True, slots=True)
class Plan:
    """What is expected before it begins: `base` is the rate (0 to 1) or, of amounts, the mean with its `deviation`."""

    base: float
    effect: float
    alpha: float = 0.05
    deviation: float = 0.0


def size(plan: Plan) -> sizes.Size:
    """Persons a variant. Raises ValidationError."""
    try:
        if plan.deviation:
            needed = sizes.for_means(plan.base, plan.deviation, plan.effect, alpha=plan.alpha)
        else:
            needed = sizes.for_rates(plan.base, plan.effect, alpha=plan.alpha)
    except (OverflowError, ZeroDivisionError) as error:
        raise _too_many() from error
    except ValueError as error:
        message = _("A base above 0, and an effect that leaves a rate below 100 %.")
        raise ValidationError({"base": message}) from error
    if needed.sequential > MOST_PERSONS:
        raise _too_many()
    return needed


def _too_many() -> ValidationError:
    return ValidationError(
        {"effect": _("So small an effect takes more than a billion people. Take a larger one.")}
    )


@transaction.atomic
def create(
    *,
    actor: Actor,
    key: str,
    name: str,
    about: str,
    event: str,
    ways: Sequence[Way],
    plan: Plan,
    value_property: str = "",
    window_days: int = 7,
    decision: str = Experiment.Decision.HAND,
    subject: str = "",
    subject_id: str = "",
) -> Experiment:
    """A draft. The first way is what the others are compared with. Raises ValidationError by field."""
    actor.require(PERMISSION)
    if key in RESERVED:
        raise ValidationError({"key": _("This word is taken by Rapport itself. Choose another key.")})
    if not KEY.fullmatch(key):
        raise ValidationError({"key": _("Small letters, digits, - and _, beginning with a letter.")})
    _check(ways)
    if not 0 < plan.alpha < 0.5:
        raise ValidationError({"alpha": _("Above 0 and below 50 %.")})
    experiment = Experiment(
        key=key, name=name, about=about, event=event, value_property=counting.check_property(value_property),
        window_days=window_days, alpha=plan.alpha, effect=plan.effect, planned=size(plan).sequential,
        decision=decision, subject=subject, subject_id=subject_id,
    )  # fmt: skip
    try:
        with transaction.atomic():
            experiment.save(force_insert=True)
    except IntegrityError as error:
        raise ValidationError({"key": _("There is an experiment of this key already.")}) from error
    _add(experiment, ways)
    _record(actor, "experiment.created", experiment)
    return experiment


def _check(ways: Sequence[Way]) -> None:
    drawn = [way for way in ways if not way.is_holdout]
    if not 1 <= len(drawn) <= MOST_VARIANTS or len(ways) < 2:
        raise ValidationError({"variants": _("At least two, at most ten.")})
    if any(not 0 < way.weight <= 1_000 for way in ways):
        raise ValidationError({"variants": _("Each share is a whole number above 0.")})
    if len({way.name for way in ways}) < len(ways) or not all(way.name.strip() for way in ways):
        raise ValidationError({"variants": _("Each needs a name of its own.")})


def _add(experiment: Experiment, ways: Sequence[Way]) -> None:
    letters = iter("abcdefghijklmnop")
    Variant.objects.bulk_create(
        Variant(
            experiment=experiment,
            key="holdout" if way.is_holdout else next(letters),
            name=way.name.strip()[:120],
            weight=way.weight,
            is_holdout=way.is_holdout,
            reference=way.reference,
        )
        for way in ways
    )


@transaction.atomic
def start(
    *, actor: Actor, experiment: Experiment, by_subject: bool = False, clock: Clock = SYSTEM
) -> Experiment:
    """From now on variants are given out, and the plan stands. Raises ValidationError.

    What belongs to something (a campaign) is begun by that alone.
    """
    actor.require(PERMISSION)
    if experiment.subject and not by_subject:
        raise ValidationError(_("It begins by itself, as soon as what it belongs to is sent."))
    row = _locked(experiment, State.DRAFT, _("It has begun already."))
    row.state, row.started_at = State.RUNNING, clock.now()
    row.save(update_fields=["state", "started_at"])
    _record(actor, "experiment.started", row, clock=clock)
    return row


@transaction.atomic
def stop(*, actor: Actor, experiment: Experiment, clock: Clock = SYSTEM) -> Experiment:
    """Ends it without a winner. Raises ValidationError."""
    actor.require(PERMISSION)
    row = _locked(experiment, State.RUNNING, _("It does not run."))
    row.state, row.ended_at = State.STOPPED, clock.now()
    row.save(update_fields=["state", "ended_at"])
    _record(actor, "experiment.stopped", row, clock=clock)
    return row


@transaction.atomic
def decide(
    *, actor: Actor, experiment: Experiment, variant_key: str, clock: Clock = SYSTEM, certain: bool = False
) -> Experiment:
    """Everybody gets this variant from now on. Raises ValidationError."""
    actor.require(PERMISSION)
    row = _locked(experiment, State.RUNNING, _("It does not run."))
    variant = row.variants.filter(key=variant_key, is_holdout=False).first()
    if variant is None:
        raise ValidationError({"variant": _("There is no such variant.")})
    row.state, row.winner, row.ended_at = State.DECIDED, variant, clock.now()
    row.save(update_fields=["state", "winner", "ended_at"])
    _record(actor, "experiment.decided", row, clock=clock, variant=variant.name, certain=certain)
    if (subject := SUBJECTS.get(row.subject)) is not None:
        subject.decided(row.subject_id, variant.reference, clock)
    return row


def count_running(clock: Clock = SYSTEM, *, step: Callable[[int], None] = lambda done: None) -> int:
    """Counts every experiment that runs or whose last windows are still open; decides those that may be. How many.

    One that cannot be counted keeps none of the others from it. `step(done)` is called after each.
    """
    done = 0
    for experiment in _to_count(clock):
        try:
            _count(experiment, clock)
        except Exception:
            logger.exception("the experiment %s cannot be counted", experiment.key)
        done += 1
        step(done)
    return done


def _count(experiment: Experiment, clock: Clock) -> None:
    counting.count(experiment, clock.now())
    is_automatic = experiment.decision == Experiment.Decision.AUTO and experiment.state == State.RUNNING
    if is_automatic and (best := results(experiment).best) is not None:
        with suppress(ValidationError):  # somebody decided or stopped it meanwhile
            decide(
                actor=system("experiments"), experiment=experiment, variant_key=best.key, clock=clock, certain=True
            )  # fmt: skip


def _to_count(clock: Clock) -> list[Experiment]:
    """Those of which a count may say more than the last did: whoever met a variant last may still do something."""
    rows = (
        Experiment.objects.exclude(state=State.DRAFT).annotate(last_met=Max("exposures__at")).order_by("pk")
    )
    return [row for row in rows if row.counted_at is None or row.counted_at <= _closes(row, clock.now())]


def _closes(row: Experiment, now: dt.datetime) -> dt.datetime:
    """When the last window closes, as far as is known now; a day later, for events that come late."""
    last = row.last_met or row.started_at or now  # type: ignore[attr-defined]
    return last + dt.timedelta(days=row.window_days + 1)


def _locked(experiment: Experiment, state: Experiment.State, refusal: str) -> Experiment:
    row = Experiment.objects.select_for_update().get(pk=experiment.pk)
    if row.state != state:
        raise ValidationError(refusal)
    return row


def _record(actor: Actor, action: str, experiment: Experiment, *, clock: Clock = SYSTEM, **data: Any) -> None:
    audit.record(
        actor=actor, action=action, object_type="experiment", object_id=experiment.pk, data=data, clock=clock
    )
