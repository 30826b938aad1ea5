"""Writing journeys, publishing them, pausing them, and taking people in and out by hand."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from rapport.content.services.liquid_source import TemplateError
from rapport.content.services.templates import publish as publish_template
from rapport.core.access import Actor
from rapport.core.clock import SYSTEM, Clock
from rapport.core.live import topics
from rapport.core.permissions import permission
from rapport.core.services import audit
from rapport.core.services.wake import wake
from rapport.journeys import masks, queries
from rapport.journeys.models import Enrolment, Journey, JourneyVersion, ListenedEvent
from rapport.journeys.registry import STEP_KINDS
from rapport.journeys.services import definitions, entering, hearing, store, timetables
from rapport.journeys.services.definitions import InvalidDefinition, Problem
from rapport.journeys.services.engine import Move
from rapport.journeys.services.entering import Entrant
from rapport.journeys.services.world import LiveWorld
from rapport.people.queries import person_for

LONGEST = 256 * 1024
BLANK: Mapping[str, Any] = {"trigger": {"type": "event"}, "start": "", "steps": {}}


class Stale(ValueError):
    """Somebody else has saved the draft meanwhile."""


@transaction.atomic
def create(
    *,
    actor: Actor,
    name: str,
    definition: Mapping[str, Any] | None = None,
    kind: str = Journey.Kind.JOURNEY,
    clock: Clock = SYSTEM,
) -> Journey:
    """A draft. Raises PermissionDenied, ValidationError."""
    actor.require("journeys.edit")
    journey = Journey(name=_name(name), kind=kind, created_at=clock.now(), created_by=actor.label)
    journey.draft = _fits(BLANK if definition is None else definition)
    masks.check(actor, journey.draft, None)
    journey.save(force_insert=True)
    _audit(actor, "journey.created", journey, clock)
    return journey


@transaction.atomic
def edit(
    *,
    actor: Actor,
    journey_id: uuid.UUID,
    name: str | None = None,
    definition: Mapping[str, Any] | None = None,
    quiet_days: int | None = None,
    revision: int | None = None,
    clock: Clock = SYSTEM,
) -> Journey:
    """Changes name or draft; what is live goes on as it is. Raises Http404, ValidationError, Stale."""
    actor.require("journeys.edit")
    journey = queries.journey_for(actor, journey_id, lock=True)
    if revision is not None and revision != journey.revision:
        raise Stale(_("Somebody else has changed the journey meanwhile. Load it again."))
    if name is not None:
        journey.name = _name(name)
    if definition is not None and definition != journey.draft:
        masks.check(actor, definition, journey.draft)
        journey.draft = _fits(definition)
        journey.revision += 1
    journey.quiet_days = journey.quiet_days if quiet_days is None else quiet_days
    journey.save(update_fields=["name", "draft", "revision", "quiet_days"])
    _audit(actor, "journey.edited", journey, clock)
    topics.tell(f"journey:{journey.pk}", by=actor.user_id)
    return journey


def duplicate(*, actor: Actor, journey_id: uuid.UUID, clock: Clock = SYSTEM) -> Journey:
    """A new journey with the same draft. Raises Http404."""
    journey = queries.journey_for(actor, journey_id)
    name = (_("Copy of %(name)s") % {"name": journey.name})[:120]
    return create(actor=actor, name=name, definition=journey.draft, kind=journey.kind, clock=clock)


def restore(*, actor: Actor, journey_id: uuid.UUID, number: int | str, clock: Clock = SYSTEM) -> Journey:
    """Makes a version's definition the draft. Raises Http404, ValidationError."""
    journey = queries.journey_for(actor, journey_id)
    wanted = int(number) if str(number).isdecimal() and len(str(number)) < 10 else 0
    version = journey.versions.filter(number=wanted).first()
    if version is None:
        raise ValidationError(_("There is no such version."))
    return edit(actor=actor, journey_id=journey.pk, definition=version.definition, clock=clock)


@transaction.atomic
def publish(*, actor: Actor, journey_id: uuid.UUID, clock: Clock = SYSTEM) -> JourneyVersion:
    """Makes the draft the version that people enter from now on. Raises Http404, InvalidDefinition."""
    actor.require("journeys.publish")
    journey = queries.journey_for(actor, journey_id, lock=True)
    if journey.archived_at:
        raise ValidationError(_("The journey is archived. Bring it back first."))
    definition = definitions.checked(journey.draft)
    if journey.kind == Journey.Kind.RULE:
        _acts_at_once(definition)
    if journey.live is not None and journey.live.definition == definition:
        return journey.live
    _may_do(actor, definition, journey.live.definition if journey.live else {"steps": {}})
    _publish_templates(actor, definition, clock)
    last = journey.versions.order_by("-number").values_list("number", flat=True).first()
    version = JourneyVersion.objects.create(
        journey=journey,
        number=(last or 0) + 1,
        definition=definition,
        published_at=clock.now(),
        published_by=actor.label,
    )
    ListenedEvent.objects.bulk_create(
        [
            ListenedEvent(version=version, event=event, role=role)
            for event, role in sorted(definitions.listened(definition))
        ]
    )
    before, journey.live = journey.live, version
    journey.save(update_fields=["live"])
    timetables.plan(journey, before, clock.now())
    _audit(actor, "journey.published", journey, clock, version=version.number)
    return version


@transaction.atomic
def pause(*, actor: Actor, journey_id: uuid.UUID, undo: bool = False, clock: Clock = SYSTEM) -> Journey:
    """Nobody enters or goes on until it is resumed. Raises Http404, ValidationError."""
    actor.require("journeys.publish")
    journey = queries.journey_for(actor, journey_id, lock=True)
    if journey.live_id is None:
        raise ValidationError(_("It has not been published yet."))
    if bool(journey.paused_at) == undo:
        journey.paused_at = None if undo else clock.now()
        journey.save(update_fields=["paused_at"])
        _audit(actor, "journey.resumed" if undo else "journey.paused", journey, clock)
        wake(hearing.LOOP)
    return journey


@transaction.atomic
def archive(*, actor: Actor, journey_id: uuid.UUID, undo: bool = False, clock: Clock = SYSTEM) -> None:
    """Puts it away with those who are on it, who stand still, or brings it back. Raises Http404."""
    actor.require("journeys.publish")
    journey = queries.journey_for(actor, journey_id, lock=True)
    journey.archived_at = None if undo else clock.now()
    journey.save(update_fields=["archived_at"])
    _audit(actor, "journey.unarchived" if undo else "journey.archived", journey, clock)


@transaction.atomic
def enrol(
    *,
    actor: Actor,
    journey_id: uuid.UUID,
    person_id: uuid.UUID,
    key: str = "",
    properties: Mapping[str, Any] | None = None,
    clock: Clock = SYSTEM,
) -> Enrolment:
    """Lets a person in by hand or by a program. Raises Http404, ValidationError that says why not."""
    actor.require("journeys.enrol")
    journey = queries.journey_for(actor, journey_id)
    person = person_for(actor, person_id)
    if journey.live is None or journey.paused_at or journey.archived_at:
        raise ValidationError({"journey": _("The journey is not live.")})
    world = LiveWorld(clock.now())
    pair = (person.pk, key[:200])
    trigger = {"event": "", "at": clock.now().isoformat(), "properties": dict(properties or {})}
    entered = entering.enter(journey, journey.live, [Entrant(*pair, trigger)], world, clock)
    if pair in entered:
        wake(hearing.LOOP)
        return Enrolment.objects.get(pk=entered[pair])
    if standing := Enrolment.objects.filter(
        journey=journey, person=person, key=pair[1], ended_at=None
    ).first():
        return standing  # asked for again: the same answer
    reasons = entering.refusals(journey, journey.live, [pair], world, clock.now())
    stopped = entering.barred(journey, journey.live, [person.pk], clock.now())
    reason = stopped.get(person.pk) or reasons.get(pair, "")
    raise ValidationError({"person": queries.refusal_words(reason)})


@transaction.atomic
def remove(*, actor: Actor, enrolment_id: int, clock: Clock = SYSTEM) -> Enrolment:
    """Takes somebody out. Raises Http404."""
    actor.require("journeys.enrol")
    row = queries.enrolment_for(actor, enrolment_id, lock=True)
    if row.ended_at is None:
        move = Move(store.position(row), outcome="removed")
        store.write(row.journey, row.version, [move], clock)
        audit.record(
            actor=actor,
            action="journey.removed",
            object_type="journey",
            object_id=row.journey_id,
            data={"person": str(row.person_id)},
            clock=clock,
        )
        row.refresh_from_db()
    return row


@transaction.atomic
def retry(*, actor: Actor, enrolment_id: int, clock: Clock = SYSTEM) -> Enrolment:
    """Lets somebody whose step failed try it again now. Raises Http404."""
    actor.require("journeys.enrol")
    row = queries.enrolment_for(actor, enrolment_id, lock=True)
    if row.ended_at is None and row.error:
        row.due_at, row.attempts, row.error = clock.now(), 0, ""
        row.save(update_fields=["due_at", "attempts", "error"])
        wake(hearing.LOOP)
    return row


def _publish_templates(actor: Actor, definition: Mapping[str, Any], clock: Clock) -> None:
    for name, step in definition["steps"].items():
        for pointer, template in STEP_KINDS[step["type"]].templates(step):
            try:
                publish_template(actor=actor, template_id=uuid.UUID(template), clock=clock)
            except TemplateError as error:
                raise InvalidDefinition([Problem(f"/steps/{name}/{pointer}", str(error))]) from error


def _may_do(actor: Actor, definition: Mapping[str, Any], before: Mapping[str, Any]) -> None:
    """A journey acts by itself: nobody lets it do, by a new or changed step, what they may not do themselves."""
    published = [_settings(step) for step in before["steps"].values()]
    needed = {
        name: permission(STEP_KINDS[step["type"]].permission)
        for name, step in definition["steps"].items()
        if not actor.may(STEP_KINDS[step["type"]].permission) and _settings(step) not in published
    }
    if needed:
        words = _(
            "Your role lacks what this step needs: “%(permission)s”. Ask somebody who has it to publish."
        )
        raise InvalidDefinition(
            [
                Problem(f"/steps/{name}/type", words % {"permission": row.label})
                for name, row in needed.items()
            ]
        )


def _settings(step: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in step.items() if name not in {"title", "note", "next"}}


def _acts_at_once(definition: Mapping[str, Any]) -> None:
    """Raises InvalidDefinition for a rule with steps that let time pass; messages may keep to their window."""
    words = _("A rule acts at once: it has no step that waits.")
    waiting = [
        Problem(f"/steps/{name}/type", words)
        for name, step in definition["steps"].items()
        if STEP_KINDS[step["type"]].waits and not STEP_KINDS[step["type"]].templates(step)
    ]
    if waiting:
        raise InvalidDefinition(waiting)


def _name(name: str) -> str:
    name = " ".join(str(name).split())[:120]
    if not name:
        raise ValidationError({"name": _("Give the journey a name.")})
    return name


def _fits(definition: Mapping[str, Any]) -> dict[str, Any]:
    """A draft may be wrong, but not of another shape or without measure. Raises ValidationError."""
    if not isinstance(definition, Mapping):
        raise ValidationError({"definition": _("A definition is a JSON object.")})
    if len(str(definition)) > LONGEST:
        raise ValidationError({"definition": _("A definition has at most 256 KB.")})
    return dict(definition)


def _audit(actor: Actor, action: str, journey: Journey, clock: Clock, **data: Any) -> None:
    audit.record(
        actor=actor, action=action, object_type="journey", object_id=journey.pk, data=data, clock=clock
    )
