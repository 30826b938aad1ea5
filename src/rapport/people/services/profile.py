"""Writing persons: traits from events in bulk, and by hand."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import Http404
from django.utils.translation import gettext as _

from rapport.core import sql
from rapport.core.access import Actor
from rapport.core.clock import SYSTEM, Clock
from rapport.core.permissions import Reach
from rapport.core.services import audit
from rapport.people import identity_types
from rapport.people.models import Identifier, Person
from rapport.people.normalise import normalise
from rapport.people.queries import named_by, require_persons, survivor_of
from rapport.people.registry import TRAIT_LISTENERS
from rapport.people.services import factlog, families, identity
from rapport.people.services import policy as policies
from rapport.people.services.changes import IDENTIFIERS, mark_changed, trait
from rapport.people.services.naming import naming
from rapport.people.services.traits import State, denormalised, laid_over
from rapport.people.values.schema import PERSON

# Anybody with a page's key may send traits; without a bound, a few thousand calls would make one profile so large
# that it holds up all others.
MOST_TRAITS = 2_000
# Under which name it is noted that a profile has no room for more.
MORE = "…"


@dataclass(slots=True)
class TraitUpdate:
    """Traits that one event or one user brought for a person. `actor`: which colleague or rule, if any."""

    person_id: uuid.UUID
    traits: dict[str, Any]
    at: dt.datetime
    source: str
    message_id: str
    actor: str = ""


@dataclass(slots=True)
class Applied:
    """What a batch of updates did: whose profile changed, what goes into the history, what did not fit."""

    changed: set[uuid.UUID] = field(default_factory=set)
    history: list[factlog.HistoryLine] = field(default_factory=list)
    refused: list[factlog.Refused] = field(default_factory=list)


def apply_traits(updates: Sequence[TraitUpdate], clock: Clock = SYSTEM) -> dict[uuid.UUID, set[str]]:
    """Lays claims over profiles; of several sources the priority decides, else the newest by event time.

    Returns which traits of whom have another value now, in the words of `services.changes`. Values that do not fit
    their definition are set aside with the reason. Set-based, in the caller's transaction: one read, one write, and
    one each for history and refusals where there are any.
    """
    if not updates:
        return {}
    policy = policies.current(PERSON)
    states = _locked({update.person_id for update in updates})
    updates = [update for update in updates if update.person_id in states]  # the erased keep nothing
    before = dict(states)
    applied = lay(PERSON, policy, updates, states)
    write_states({person: state for person, state in states.items() if state[1] != before[person][1]})
    factlog.write_history(applied.history, clock.now())
    factlog.write_refusals(PERSON, applied.refused)
    for listener in TRAIT_LISTENERS:
        listener(updates)
    names = {person: _changed(before[person][0], state[0]) for person, state in states.items()}
    return {person: changed for person, changed in names.items() if changed}


def _changed(before: dict[str, Any], after: dict[str, Any]) -> set[str]:
    """Which traits differ as JSON, because true is no 1."""
    encode = msgspec.json.encode
    if encode(before) == encode(after):
        return set()
    names = before.keys() | after.keys()
    return {trait(name) for name in names if encode(before.get(name)) != encode(after.get(name))}


def lay(
    entity: str, policy: policies.Policy, updates: Sequence[TraitUpdate], states: dict[uuid.UUID, State]
) -> Applied:
    """Lays the updates over the states in place; the one way in which claims become values."""
    applied = Applied()
    for update in updates:
        values, refused = policy.accepted(update.traits, update.source)
        state = states[update.person_id]
        if len(state[1]) + len(values) > MOST_TRAITS:
            values = _with_room(values, state, refused)
        fact = {"at": _stamp(update.at), "source": update.source, "message_id": update.message_id}
        after = laid_over(state, values, fact, policy.priority)
        states[update.person_id] = after
        if after[0] != state[0] or refused:
            origin = factlog.Origin(update.source, update.at, update.message_id, update.actor)
            applied.history += factlog.changes(entity, update.person_id, state[0], after[0], values, origin)
            applied.refused += [factlog.Refused(update.person_id, refusal, origin) for refusal in refused]
    return applied


def _with_room(values: dict[str, Any], state: State, refused: list[policies.Refusal]) -> dict[str, Any]:
    """The values of known traits, and of new ones as many as there is room for; notes that others were left out."""
    new = [name for name in values if name not in state[1]]
    left_out = new[max(0, MOST_TRAITS - len(state[1])) :]
    if left_out:
        words = _("A profile keeps at most %(n)d traits.") % {"n": MOST_TRAITS}
        refused.append(policies.Refusal(MORE, left_out[0], words))
    return {name: value for name, value in values.items() if name not in set(left_out)}


def _locked(person_ids: set[uuid.UUID]) -> dict[uuid.UUID, State]:
    """Traits and facts of these persons, whose rows are locked, in one order, until the transaction ends."""
    rows = sql.run(
        "SELECT id, traits::text, trait_facts::text FROM people_person WHERE id = ANY(%b)"
        " AND merged_into_id IS NULL AND erased_at IS NULL ORDER BY id FOR NO KEY UPDATE",
        [list(person_ids)],
    )
    decode = msgspec.json.decode
    return {person: (decode(traits), decode(origins)) for person, traits, origins in rows}


def _stamp(moment: dt.datetime) -> str:
    """ISO text that sorts as the times do."""
    return moment.astimezone(dt.UTC).isoformat(timespec="microseconds")


def write_states(states: dict[uuid.UUID, State]) -> None:
    if not states:
        return
    shown = [denormalised(traits) for traits, _ in states.values()]
    encode = msgspec.json.encode
    sql.run(
        "UPDATE people_person p SET traits = n.traits::jsonb, trait_facts = n.facts::jsonb, name = n.name,"
        " email = n.email, version = p.version + 1, updated_at = now() FROM"
        " unnest(%b::uuid[], %b::text[], %b::text[], %b::text[], %b::text[]) AS n (id, traits, facts, name, email)"
        " WHERE p.id = n.id",
        [
            list(states),
            [encode(traits).decode() for traits, _ in states.values()],
            [encode(origins).decode() for _, origins in states.values()],
            [name for name, _ in shown],
            [email for _, email in shown],
        ],
    )


@transaction.atomic
def set_traits(
    *,
    actor: Actor,
    person_id: uuid.UUID,
    traits: dict[str, Any],
    source: str,
    at: dt.datetime | None = None,
    clock: Clock = SYSTEM,
) -> None:
    """Sets traits by hand (None removes one), linking identifiers among them. Priority decides, as with events.

    Raises ValidationError, by trait, for values that do not fit their definition or may not be set by hand.
    """
    require_persons(actor, "people.edit", [person_id])
    locked = families.lock([person_id])
    if (person := locked.standing(person_id)) is None:
        raise Http404("no such person")
    person_id = person.pk
    moment = at or clock.now()
    message_id = str(uuid.uuid4())
    fit = checked(actor, PERSON, traits)
    apply_traits([TraitUpdate(person_id, fit, moment, source, message_id, actor.label)], clock=clock)
    _link_traits(person_id, fit, moment, message_id, source)
    mark_changed([person_id])
    audit.record(
        actor=actor,
        action="person.traits_set",
        object_type="person",
        object_id=person_id,
        data={"names": sorted(fit)},
        clock=clock,
    )


def checked(actor: Actor, entity: str, traits: dict[str, Any]) -> dict[str, Any]:
    """The traits by their proper names and types. Raises ValidationError, by trait."""
    policy = policies.current(entity)
    fit, refused = policy.accepted(traits)
    errors = {refusal.trait: refusal.reason for refusal in refused}
    if actor.kind == "user":
        for name in fit:
            definition = policy.definitions.get(name)
            if definition is not None and definition.is_read_only:
                errors[name] = _("%(name)s is kept by another system and cannot be changed by hand.") % {
                    "name": definition.label
                }
    if errors:
        raise ValidationError(errors)
    return fit


def _link_traits(
    person_id: uuid.UUID, traits: dict[str, Any], at: dt.datetime, message_id: str, source: str
) -> None:
    """Addresses and other traits that identify do so, if they are nobody else's yet."""
    person = Person.objects.get(pk=person_id)
    for kind, given in identity_types.refresh().among(traits):
        value = normalise(kind, given)
        if value and person.identifiers.filter(type=kind).count() < identity.limit_of(kind):
            person.identifiers.model.objects.bulk_create(
                [
                    person.identifiers.model(
                        person=person, type=kind, value=value, first_seen_at=at, source=source
                    )
                ],
                ignore_conflicts=True,
            )
            Person.objects.filter(pk=person_id).update(is_identified=True)


@transaction.atomic
def add_identifier(
    *, actor: Actor, person_id: uuid.UUID, identifier: tuple[str, str], source: str, clock: Clock = SYSTEM
) -> bool:
    """Makes an identifier a person's, beside those they have; says whether it is theirs now.

    What is somebody else's stays theirs: nobody becomes one with another by this.
    """
    actor.require("people.edit")
    require_persons(actor, "people.edit", [person_id])
    named, _traits = naming([identifier], {})
    own = Identifier.objects.filter(person_id=person_id).order_by("first_seen_at", "pk").first()
    others = named_by(named)
    if others or not named or own is None:
        return others == {person_id}
    strongest = naming([(own.type, own.value), *named], {})[0]
    identity.resolve([identity.Sighting(strongest, clock.now(), str(uuid.uuid4()), source)])
    mark_changed([person_id], IDENTIFIERS)
    return survivor_of([person_id])[person_id] in named_by(named)


def create_person(
    *,
    actor: Actor,
    identifiers: list[tuple[str, str]],
    traits: dict[str, Any],
    source: str,
    clock: Clock = SYSTEM,
) -> Person:
    """Finds or makes the person of these identifiers and sets traits; an address among them is a trait as well.

    Raises ValueError for unusable identifiers.
    """
    actor.require("people.edit")
    named, traits = naming(identifiers, traits)
    if not named:
        raise ValueError(
            _("Give at least one valid identifier: an email address, a phone number or a user id.")
        )
    require_persons(actor, "people.edit", named_by(named))  # whoever they are, they become one
    now = clock.now()
    sighting = identity.Sighting(named, now, str(uuid.uuid4()), source)
    identity.resolve([sighting])
    if sighting.person_id is None:
        raise ValueError(_("None of the identifiers is valid."))
    if actor.reach("people.view") is not Reach.ALL:
        # Who sees only some people sees whom they made: nobody else was there at this moment.
        new = Person.objects.filter(pk=sighting.person_id, first_seen_at=now, owner=None, team=None)
        new.update(owner=actor.user_id)
    set_traits(actor=actor, person_id=sighting.person_id, traits=traits, source=source, at=now, clock=clock)
    return Person.objects.get(pk=sighting.person_id)
