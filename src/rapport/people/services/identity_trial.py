"""Trying identity out: the real resolution, run and taken back."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from django.db import transaction
from django.utils.translation import gettext as _

from rapport.core.access import Actor
from rapport.core.clock import SYSTEM, Clock
from rapport.people import identity_types
from rapport.people.queries import people
from rapport.people.queries.merging import Step, Trial, owner_of, read_as
from rapport.people.services import identity_store as store
from rapport.people.services.identity import Sighting
from rapport.people.services.identity_plan import Plan


def try_out(*, actor: Actor, given: Sequence[tuple[str, str]], clock: Clock = SYSTEM) -> Trial:
    """Whom an event with these (type, value) would belong to, by the rules in force. Nothing is written."""
    actor.require("people.view")
    trial = Trial()
    for kind, raw, value in read_as(given):
        trial.steps.append(Step(kind, raw, value, owner_of(actor, kind, value) if value else None))
    sighting = Sighting(
        [(step.kind, step.value) for step in trial.steps if step.value], clock.now(), "trial", "trial"
    )
    with transaction.atomic():
        plan = _planned(sighting)
        head = plan.final(sighting.person_id) if sighting.person_id else None
    shown = people(actor).in_bulk([id_ for id_ in plan.people if id_ not in plan.created])
    trial.person = shown.get(head) if head else None
    trial.joins = [
        shown[id_]
        for id_ in shown
        if head and id_ != head and plan.final(id_) == head and id_ in plan.changed
    ]
    for step in trial.steps:
        step.note = _why(step, plan, sighting.person_id)
    return trial


def _planned(sighting: Sighting) -> Plan:
    identifiers = set(sighting.identifiers)
    owners = store.owners_of(identifiers)
    locked = store.lock({owner.person for owner in owners.values()}, ())
    plan = Plan(owners, locked, store.taken(identifiers - owners.keys()), identity_types.refresh())
    plan.decide(sighting)
    plan.finish()
    return plan


def _why(step: Step, plan: Plan, person: uuid.UUID | None) -> str:
    rule = identity_types.current().by_key.get(step.kind)
    if rule is None:
        return _("There is no such type.")
    if step.value is None:
        return _("Identifies nobody: a placeholder, blocked, or not a valid value of its type.")
    if not rule.unique:
        return _("Is only stored: several people may have it.")
    if person is None:
        return ""
    identifier = (step.kind, step.value)
    node = plan.node.get(identifier)
    if node is None:
        return _("Is not linked: the person has as many values of this type as the limit allows.")
    if plan.final(node) != plan.final(person):
        return _("Stays with its owner: types that may not merge, a limit, or two people who are kept apart.")
    if step.owner is None:
        return _("Is new, and would be linked.")
    return _("Is this person's.")
