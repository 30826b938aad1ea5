"""Setting the lifecycle up, changing its stages, stopping it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.text import slugify
from django.utils.translation import gettext as _

from rapport.core.access import Actor
from rapport.core.clock import SYSTEM, Clock
from rapport.core.services import audit
from rapport.people.services import definitions
from rapport.segments.language import tree
from rapport.segments.language.problems import InvalidDefinition, Problem
from rapport.segments.lifecycle import queries
from rapport.segments.lifecycle.services.computing import KIND
from rapport.segments.models import Lifecycle, Stage
from rapport.segments.services import hidden
from rapport.segments.services.segments import check_definition

MOST = 30
TONES = ("", "good", "warn", "bad", "accent", "live")
EVERYBODY: dict[str, Any] = {"all": []}


@dataclass(slots=True)
class StageIn:
    """A stage as somebody wants it. `key` left out: made from the name."""

    name: str
    rule: dict[str, Any] = field(default_factory=lambda: dict(EVERYBODY))
    key: str = ""
    description: str = ""
    tone: str = ""


@transaction.atomic
def save_stages(*, actor: Actor, stages: Sequence[StageIn], clock: Clock = SYSTEM) -> Lifecycle:
    """Makes these the stages, first match first, and starts the lifecycle if it was not in use.

    The last one takes everybody else, so that each person stands in exactly one. Everybody is looked at anew
    in the background when a rule or the order changed. Raises ValidationError; InvalidDefinition with pointers
    like /0/rule/all/1 (the first stage's rule).
    """
    actor.require("segments.edit")
    lifecycle, created = Lifecycle.objects.get_or_create(only=True, defaults={"created_at": clock.now()})
    if created:
        definitions.touch()
    lifecycle = Lifecycle.objects.select_for_update(no_key=True).get(pk=lifecycle.pk)
    before = {stage.key: stage for stage in queries.stages()}
    wanted = _checked(stages)
    hidden.check(
        actor,
        [stage.rule for stage in wanted if stage.key not in before or before[stage.key].rule != stage.rule],
    )
    _check_removed([key for key in before if key not in {stage.key for stage in wanted}], before)
    decides = [(stage.key, stage.rule) for stage in wanted]
    changed = decides != [(stage.key, stage.rule) for stage in before.values()] or lifecycle.stopped_at
    _store(wanted)
    lifecycle.moves_with_time = any(tree.moves_with_time(stage.rule) for stage in wanted)
    lifecycle.updated_at, lifecycle.stopped_at = clock.now(), None
    lifecycle.started_by = lifecycle.started_by or actor.label
    lifecycle.version += bool(changed)
    lifecycle.save(update_fields=["moves_with_time", "updated_at", "stopped_at", "started_by", "version"])
    if changed:
        _compute(lifecycle, clock)
    data = {"stages": [{"key": stage.key, "name": stage.name, "rule": stage.rule} for stage in wanted]}
    _record(actor, "lifecycle.saved", lifecycle, data, clock)
    return Lifecycle.objects.get(pk=lifecycle.pk)


@transaction.atomic
def stop(*, actor: Actor, clock: Clock = SYSTEM) -> None:
    """Takes the stage off everybody; stages and history stay, and saving the stages starts it again.

    Raises ValidationError while segments look at the stage.
    """
    actor.require("segments.edit")
    lifecycle = Lifecycle.objects.select_for_update(no_key=True).filter(stopped_at=None).first()
    if lifecycle is None:
        return
    if users := queries.segments_that_ask():
        message = _("The stage is used by: %(names)s. Change these segments first.")
        raise ValidationError(message % {"names": ", ".join(users)})
    Lifecycle.objects.filter(pk=lifecycle.pk).update(stopped_at=clock.now())
    _compute(lifecycle, clock)
    _record(actor, "lifecycle.stopped", lifecycle, {}, clock)


@transaction.atomic
def start(*, actor: Actor, clock: Clock = SYSTEM) -> None:
    """Goes on with the stages as they were when it was stopped."""
    actor.require("segments.edit")
    lifecycle = Lifecycle.objects.select_for_update(no_key=True).exclude(stopped_at=None).first()
    if lifecycle is None:
        return
    Lifecycle.objects.filter(pk=lifecycle.pk).update(stopped_at=None)
    _compute(lifecycle, clock)
    _record(actor, "lifecycle.started", lifecycle, {}, clock)


def _compute(lifecycle: Lifecycle, clock: Clock) -> None:
    KIND.request(Lifecycle.objects.filter(pk=lifecycle.pk), clock=clock)


def _checked(stages: Sequence[StageIn]) -> list[StageIn]:
    if not 2 <= len(stages) <= MOST:
        raise ValidationError(_("A lifecycle has 2 to %(n)d stages.") % {"n": MOST})
    problems: dict[str, list[str]] = {}
    taken: set[str] = set()
    for index, stage in enumerate(stages):
        stage.name, stage.description = stage.name.strip(), stage.description.strip()
        stage.key = stage.key or _key_from(stage.name, taken)
        if message := _problem(stage, taken):
            problems[f"stage{index}"] = [message]
        taken.add(stage.key)
    if problems:
        raise ValidationError(problems)
    check_rules([stage.rule for stage in stages])
    return list(stages)


def _problem(stage: StageIn, taken: set[str]) -> str:
    if not 0 < len(stage.name) <= 80:
        return _("Give the stage a name of at most 80 characters.")
    if not re.fullmatch(r"[a-z0-9][a-z0-9_-]{0,63}", stage.key):
        return _("A key has lower-case letters, digits, - and _ only.")
    if stage.key in taken:
        return _("Two stages have the key “%(key)s”.") % {"key": stage.key}
    return "" if stage.tone in TONES else _("There is no such colour.")


def check_rules(rules: Sequence[Any]) -> None:
    """Raises InvalidDefinition with what is wrong with the rules, ValidationError when they go round in a circle."""
    problems: list[Problem] = []
    for index, rule in enumerate(rules):
        try:
            check_definition(rule)
        except InvalidDefinition as error:
            problems += [Problem(f"/{index}/rule{p.pointer}", p.message) for p in error.problems]
    if problems:
        raise InvalidDefinition(problems)
    if rules[-1] != EVERYBODY:
        raise ValidationError(_("The last stage holds everybody else; it has no conditions."))
    if any(queries.asks_for_stage(rule) for rule in rules):
        raise ValidationError(_("A stage cannot depend on the present stage of a person."))
    if names := queries.circular(rules):
        message = _("This goes round in a circle: %(names)s depend on the stage themselves.")
        raise ValidationError(message % {"names": ", ".join(names)})


def _check_removed(gone: Sequence[str], before: dict[str, Stage]) -> None:
    for key in gone:
        if users := queries.segments_that_ask(key):
            words = {"stage": before[key].name, "names": ", ".join(users)}
            raise ValidationError(
                _("“%(stage)s” is used by: %(names)s. Change these segments first.") % words
            )


def _store(wanted: Sequence[StageIn]) -> None:
    Stage.objects.exclude(key__in=[stage.key for stage in wanted]).delete()
    rows = [
        Stage(
            key=stage.key, name=stage.name, description=stage.description, tone=stage.tone, rule=stage.rule,
            position=position,
        )
        for position, stage in enumerate(wanted)
    ]  # fmt: skip
    Stage.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["key"],
        update_fields=["name", "description", "tone", "rule", "position"],
    )


def _key_from(name: str, taken: set[str]) -> str:
    base = slugify(name)[:56] or "stage"
    return next(k for n in range(1, MOST + 2) if (k := base if n == 1 else f"{base}-{n}") not in taken)


def _record(actor: Actor, action: str, lifecycle: Lifecycle, data: dict[str, Any], clock: Clock) -> None:
    audit.record(
        actor=actor, action=action, object_type="lifecycle", object_id=lifecycle.pk, data=data, clock=clock
    )
