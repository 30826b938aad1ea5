"""Every change of the tracking plan. Each gives it a new stamp, so that the stream reads it with its next batch."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from rapport.core.access import Actor
from rapport.core.clock import SYSTEM, Clock
from rapport.core.models import User
from rapport.core.services import audit
from rapport.events.catalogue import schemas, standard
from rapport.events.models import EventProperty, EventSchema, EventType, PlanState, Source, SourcePlan

MAX_NAME = 200


def _changed(actor: Actor, action: str, event: EventType, **data: Any) -> None:
    """The audit line, and the new stamp."""
    audit.record(
        actor=actor,
        action=f"event.{action}",
        object_type="event",
        object_id=event.pk,
        data={"name": event.name, **data},
    )
    _stamp()


def _stamp() -> None:
    PlanState.objects.update_or_create(pk=1, defaults={"stamp": uuid.uuid4()})


def _locked(event_id: int) -> EventType:
    return EventType.objects.select_for_update().get(pk=event_id)


@transaction.atomic
def declare(
    *, actor: Actor, name: str, description: str = "", category: str = "", owner: User | None = None
) -> EventType:
    """Puts a name into the plan; one that was seen already becomes declared. Raises ValidationError."""
    actor.require("data.edit")
    name = name.strip()
    if not name or len(name) > MAX_NAME:
        raise ValidationError({"name": _("Give the event a name of up to 200 characters.")})
    event, _new = EventType.objects.select_for_update().get_or_create(name=name)
    standard_event = standard.described(EventType(name=name))
    event.state = EventType.State.DECLARED
    event.description = description.strip() or event.description or standard_event.description
    event.category = category.strip()[:60] or event.category or standard_event.category
    event.owner = owner or event.owner
    event.similar_to = event.similar_why = ""
    event.save()
    EventProperty.objects.bulk_create(standard.properties(event), ignore_conflicts=True)
    _changed(actor, "declared", event)
    return event


@transaction.atomic
def describe(
    *, actor: Actor, event_id: int, description: str, category: str, owner: User | None, state: str
) -> EventType:
    """What the event means, who answers for it, and where it stands. Raises ValidationError."""
    actor.require("data.edit")
    if state not in EventType.State.values:
        raise ValidationError({"state": _("Choose one of the states.")})
    event = _locked(event_id)
    event.description, event.category, event.owner = description.strip(), category.strip()[:60], owner
    event.state = state
    event.save(update_fields=["description", "category", "owner", "state"])
    _changed(actor, "described", event, state=state)
    return event


@transaction.atomic
def set_schema(
    *, actor: Actor, event_id: int, schema: dict[str, Any] | None, mode: str, clock: Clock = SYSTEM
) -> EventType:
    """Declares what the event's properties must be, as a new version. None takes it away. Raises ValidationError."""
    actor.require("data.edit")
    if mode not in EventType.Mode.values:
        raise ValidationError({"mode": _("Choose what happens to violating events.")})
    event = _locked(event_id)
    wanted = schemas.checked(schema) if schema is not None else None
    if (event.schema, event.mode) == (wanted, mode):
        return event
    event.schema, event.mode = wanted, mode
    event.schema_version += 1
    if wanted is not None and event.state == EventType.State.SEEN:
        event.state = EventType.State.DECLARED
    event.save(update_fields=["schema", "mode", "schema_version", "state"])
    EventSchema.objects.create(
        event=event,
        version=event.schema_version,
        schema=wanted,
        mode=mode,
        created_at=clock.now(),
        created_by=actor.label[:254],
    )
    _changed(actor, "schema_declared", event, version=event.schema_version, mode=mode)
    return event


@transaction.atomic
def rename(*, actor: Actor, event_id: int, to: str) -> EventType:
    """From now on, events of this name are kept under another; "" ends that. Raises ValidationError."""
    actor.require("data.edit")
    event, to = _locked(event_id), to.strip()
    if len(to) > MAX_NAME:
        raise ValidationError({"to": _("A name has up to 200 characters.")})
    renames = dict(EventType.objects.exclude(renamed_to="").values_list("name", "renamed_to"))
    end = to
    while end:
        if end == event.name:
            raise ValidationError({"to": _("Choose another name than the present one.")})
        end = renames.get(end, "")
    if to:
        target, _new = EventType.objects.get_or_create(name=to, defaults={"state": EventType.State.DECLARED})
        event.state, event.similar_to, event.similar_why = EventType.State.DEPRECATED, "", ""
        if target.state == EventType.State.SEEN:
            EventType.objects.filter(pk=target.pk).update(state=EventType.State.DECLARED)
    elif event.renamed_to:
        event.state = EventType.State.SEEN
    event.renamed_to = to
    event.save(update_fields=["renamed_to", "state", "similar_to", "similar_why"])
    _changed(actor, "renamed", event, to=to)
    return event


@transaction.atomic
def keep_apart(*, actor: Actor, event_id: int) -> EventType:
    """The name is no slip of the keyboard but means something of its own."""
    actor.require("data.edit")
    event = _locked(event_id)
    event.is_its_own, event.similar_to, event.similar_why = True, "", ""
    event.save(update_fields=["is_its_own", "similar_to", "similar_why"])
    _changed(actor, "kept_apart", event)
    return event


@transaction.atomic
def decide_property(
    *, actor: Actor, event_id: int, name: str, personal: str | None = None, description: str | None = None
) -> EventProperty:
    """Whether a property is personal data, and what it means. Raises ValidationError."""
    actor.require("data.edit")
    if personal is not None and personal not in EventProperty.Personal.values:
        raise ValidationError({"personal": _("Choose whether it is personal data.")})
    event = _locked(event_id)
    row, _new = EventProperty.objects.get_or_create(event=event, name=name[:200])
    if personal is not None:
        row.personal = personal
    if description is not None:
        row.description = description.strip()
    row.save(update_fields=["personal", "description"])
    _changed(actor, "property_decided", event, property=name, personal=row.personal)
    return row


@transaction.atomic
def set_strict(*, actor: Actor, sources: Mapping[int, bool]) -> None:
    """Which sources may only send declared events: {source id: whether}."""
    actor.require("data.edit")
    for source in Source.objects.filter(pk__in=sources):
        plan, _new = SourcePlan.objects.get_or_create(source=source)
        if plan.blocks_undeclared != sources[source.pk]:
            plan.blocks_undeclared = sources[source.pk]
            plan.save(update_fields=["blocks_undeclared"])
            audit.record(
                actor=actor,
                action="source.plan_changed",
                object_type="source",
                object_id=source.pk,
                data={"blocks_undeclared": plan.blocks_undeclared},
            )
    _stamp()
