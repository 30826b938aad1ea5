"""The tracking plan in the stream: renames, schemas and undeclared events, for a whole batch at once.

Which plan holds is asked once per batch by its stamp, inside the batch's own transaction, so a change holds from
the next batch on and no two parts of a batch see different plans. Without renames, schemas and strict sources that
one look is all it costs.
"""

from __future__ import annotations

import logging
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import jsonschema_rs

from rapport.core import sql
from rapport.events.catalogue import schemas, standard
from rapport.events.models import EventType, QuarantinedEvent, SourcePlan
from rapport.events.services import effects
from rapport.events.services.consent_words import state_of
from rapport.events.services.envelope import Event, decode_object, encode
from rapport.events.services.violations import Breach, Found, breaches, told
from rapport.governance.statement_words import withdraws
from rapport.people.models import Identifier

if TYPE_CHECKING:
    from rapport.events.services.stream import Item

logger = logging.getLogger("rapport.plan")
STAMP = "SELECT stamp FROM events_planstate"
# A replayed event is taken again, so what was set aside must not be known as seen.
FORGET = "DELETE FROM events_seenmessage WHERE key = ANY(%b::uuid[])"
OF_OURS = "system"


@dataclass(frozen=True, slots=True)
class ValidationRule:
    """What is wanted of one event."""

    event_id: int
    version: int
    blocks: bool
    validator: Any


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything the stream needs of the tracking plan."""

    renames: dict[str, str] = field(default_factory=dict)
    rules: dict[str, ValidationRule] = field(default_factory=dict)
    declared: frozenset[str] = frozenset()
    strict: frozenset[int] = frozenset()

    @property
    def idle(self) -> bool:
        return not (self.renames or self.rules or self.strict)


_NONE = Plan()
# The compiled plan under its stamp: one entry.
_cached: dict[uuid.UUID, Plan] = {}


def current() -> Plan:
    """The plan that holds now, compiled; read anew only when its stamp changed."""
    rows = sql.run(STAMP)
    stamp = rows[0][0] if rows else None
    if stamp is None:
        return _NONE
    plan = _cached.get(stamp)
    if plan is None:
        plan = _read(stamp)
        _cached.clear()
        _cached[stamp] = plan
    return plan


def _read(stamp: uuid.UUID) -> Plan:
    events = list(EventType.objects.all())
    declared = {event.name for event in events if event.state != EventType.State.SEEN}
    return Plan(
        _straight({event.name: event.renamed_to for event in events if event.renamed_to}),
        {event.name: rule for event in events if event.schema and (rule := _rule(event))},
        frozenset(declared.union(standard.names())),
        frozenset(SourcePlan.objects.filter(blocks_undeclared=True).values_list("source_id", flat=True)),
    )


def _rule(event: EventType) -> ValidationRule | None:
    try:
        validator = schemas.validator_of(event.schema or {})
    except (jsonschema_rs.ValidationError, jsonschema_rs.ReferencingError, ValueError):
        logger.exception("the schema of %s cannot be used", event.name)
        return None
    return ValidationRule(event.pk, event.schema_version, event.mode == EventType.Mode.QUARANTINE, validator)


def _straight(renames: dict[str, str]) -> dict[str, str]:
    """Each old name with the name at the end of its chain."""
    ends: dict[str, str] = {}
    for name, first in renames.items():
        end, passed = first, {name}
        while end in renames and end not in passed:
            passed.add(end)
            end = renames[end]
        ends[name] = end
    return ends


def check(items: Sequence[Item]) -> list[Item]:
    """Renames, counts what breaks the plan, and sets aside what must not pass; returns what goes on."""
    plan = current()
    if plan.idle:
        return list(items)
    passed: list[Item] = []
    blocked: list[tuple[Item, str]] = []
    findings = Found()
    for item in items:
        reason = _judged(plan, item, findings) if item.event.type != OF_OURS else ""
        if reason:
            blocked.append((item, reason))
        else:
            passed.append(item)
    findings.store()
    if blocked:
        _set_aside(blocked)
    return passed


def _judged(plan: Plan, item: Item, findings: Found) -> str:
    """Why the event must not pass, or nothing. Renames it on the way."""
    event = item.event
    if event.type == "track" and event.event in plan.renames and state_of(event) != "withdrawn":
        event.event = plan.renames[event.event]
    # Whoever says no is heard in whatever form it comes; that it broke the plan is counted.
    must_pass = state_of(event) == "withdrawn"
    rule = plan.rules.get(event.event)
    if rule is not None:
        broken = _broken(rule, item)
        findings.add(rule.event_id, item, broken)
        if broken and rule.blocks and not (must_pass or _withdraws(event)):
            return f"It violates the schema of {event.event} (version {rule.version}): {told(broken)}."
    if must_pass:
        return ""
    if event.type == "track" and item.source_id in plan.strict and event.event not in plan.declared:
        return (
            f"It violates the tracking plan: {event.event} is not declared, and {item.source} may only send "
            "declared events."
        )
    return ""


def _withdraws(event: Event) -> bool:
    traits = effects.traits_of(event) if event.type == "identify" else {}
    return any(withdraws(key, value) for key, value in traits.items())


def _broken(rule: ValidationRule, item: Item) -> list[Breach]:
    fields = decode_object(effects.stored_properties(item.event))
    return [] if rule.validator.is_valid(fields) else breaches(rule.validator, fields)


def _set_aside(blocked: list[tuple[Item, str]]) -> None:
    owners = _owners([item for item, _ in blocked])
    QuarantinedEvent.objects.bulk_create(
        QuarantinedEvent(
            source_id=item.source_id,
            stage=QuarantinedEvent.Stage.STREAM,
            reason=reason[:2000],
            payload=encode(item.event),
            message_id=item.event.message_id,
            person_id=owners.get(item.key),
        )
        for item, reason in blocked
    )
    forget([item for item, _ in blocked])


def forget(items: Sequence[Item]) -> None:
    """Has events that were set aside not be known as seen, so that they are taken when they are replayed."""
    sql.run(FORGET, [sql.UuidArray([item.key for item in items])])


def _owners(items: Sequence[Item]) -> dict[bytes, uuid.UUID]:
    """Whose the events are, as far as the persons are known: an erasure must find what was set aside."""
    wanted = {item.key: effects.identifiers_of(item.event) for item in items if not item.event.person_id}
    values = {value for pairs in wanted.values() for _, value in pairs}
    rows = Identifier.objects.filter(value__in=values).values_list("type", "value", "person_id")
    people = {(kind, value): person for kind, value, person in rows}
    owners = {item.key: item.event.person_id for item in items if item.event.person_id}
    for key, pairs in wanted.items():
        if person := next((people[pair] for pair in pairs if pair in people), None):
            owners[key] = person
    return owners
