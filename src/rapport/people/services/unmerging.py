"""Taking back any merge, with what came later, and keeping it taken back.

Persons are nodes and merges are edges between them, always a forest. Without one edge a family falls into two
sides; everything goes with its home: identifiers, events (stored under their home), facts (kept per unmerged profile).
What other apps hold is given back newest merge first, and the merges that stay are made again.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from rapport.core import sql
from rapport.core.access import Actor
from rapport.core.clock import SYSTEM, Clock
from rapport.core.services import audit, outbox
from rapport.people import identity_types, queries, registry
from rapport.people.models import Identifier, Merge, Person, UnmergedProfile
from rapport.people.services import families, merging, unmerged_profiles
from rapport.people.services import policy as policies
from rapport.people.services.changes import mark_changed
from rapport.people.services.records import save
from rapport.people.services.traits import State, merged_facts
from rapport.people.values.schema import PERSON

Edge = tuple[uuid.UUID, uuid.UUID]


class CannotUnmerge(ValueError):
    """This merge cannot be taken back; the message says why."""


@dataclass(slots=True)
class Sides:
    """How a family falls apart without one merge: `root` keeps the id it has, `separated` are the others."""

    merge: Merge
    root: uuid.UUID
    separated_root: uuid.UUID
    remaining: set[uuid.UUID] = field(default_factory=set)
    separated: set[uuid.UUID] = field(default_factory=set)


def sides_of(merge: Merge) -> Sides:
    """Who would be on which side. Raises CannotUnmerge."""
    root = queries.survivor_of([merge.survivor_id]).get(merge.survivor_id)
    if merge.undone_at or root is None:
        raise CannotUnmerge(_("This merge has been undone already."))
    if merge.rule == merging.RENAMED:
        raise CannotUnmerge(
            _("There is no merge to undo: an earlier event linked another id to the same person.")
        )
    members = set(queries.family(root))
    near: dict[uuid.UUID, set[uuid.UUID]] = {member: set() for member in members}
    for other in live_merges(members):
        first, two = _edge(other)
        if other.pk != merge.pk and first in near and two in near:
            near[first].add(two)
            near[two].add(first)
    remaining = _reach(root, near)
    first, two = _edge(merge)
    start = two if first in remaining else first
    if start in remaining:
        raise CannotUnmerge(_("Other merges hold these two together; undo those first."))
    separated = _reach(start, near)
    return Sides(
        merge, root, _head(merge, separated), remaining | (members - remaining - separated), separated
    )


def live_merges(members: set[uuid.UUID]) -> list[Merge]:
    """Merges within a family that stand, oldest first."""
    return list(Merge.objects.filter(survivor_id__in=members, undone_at=None).order_by("pk"))


def _edge(merge: Merge) -> Edge:
    return merge.survivor_node or merge.survivor_id, merge.absorbed_node or merge.absorbed_id


def _reach(start: uuid.UUID, near: dict[uuid.UUID, set[uuid.UUID]]) -> set[uuid.UUID]:
    reached, waiting = {start}, [start]
    while waiting:
        for other in near.get(waiting.pop(), ()):
            if other not in reached:
                reached.add(other)
                waiting.append(other)
    return reached


def _head(merge: Merge, side: set[uuid.UUID]) -> uuid.UUID:
    """Whose id a side takes: the one it had before this merge, else that of whom was seen first."""
    for candidate in (merge.absorbed_id, merge.survivor_id):
        if candidate in side:
            return candidate
    seen = Person.objects.filter(pk__in=side).order_by("first_seen_at", "pk").values_list("pk", flat=True)
    return seen[0]


@transaction.atomic
def undo_merge(*, actor: Actor, merge: Merge, reason: str = "", clock: Clock = SYSTEM) -> Sides:
    """Parts two persons again, with everything since, and keeps them apart from now on. Raises CannotUnmerge.

    Also persons merged later go with the side whose identifiers they came by.
    """
    queries.require_persons(actor, "people.edit", [merge.survivor_id])
    try:
        locked = families.lock([merge.survivor_id])
    except families.Unsettled as error:
        raise CannotUnmerge(str(error)) from error
    if locked.standing(merge.survivor_id) is None:
        raise CannotUnmerge(_("The person no longer exists."))
    people = locked.people
    merge = Merge.objects.select_for_update().get(pk=merge.pk)
    sides = sides_of(merge)
    members = sides.remaining | sides.separated
    before = (people[sides.root].traits, people[sides.root].trait_facts)
    merge.undone_at, merge.undone_by = clock.now(), actor.label[:254]
    merge.save(update_fields=["undone_at", "undone_by"])
    _rearrange(sides, people)
    _settle(sides, before, clock=clock)
    _forbid(actor, sides, reason, clock=clock)
    mark_changed(members)
    _tell(actor, sides, clock=clock)
    return sides


def _rearrange(sides: Sides, people: dict[uuid.UUID, Person]) -> None:
    """Gives holdings back, newest merge first down to the undone one, then makes those that stay again."""
    later = [line for line in live_merges(sides.remaining | sides.separated) if line.pk > sides.merge.pk]
    for line in sorted([*later, sides.merge], key=lambda merge: -merge.pk):
        Person.objects.filter(pk=line.absorbed_id).update(merged_into=None)
        for mergeable in registry.MERGEABLES:
            pair = (line.survivor_id, line.absorbed_id)
            mergeable.unmerge(pair, line.snapshot.get("holdings", {}).get(mergeable.name))
    for line in later:
        _again(line, sides)


def _again(line: Merge, sides: Sides) -> None:
    """Makes a later merge again between whom it joins now."""
    first, two = _edge(line)
    roots = queries.survivor_of([first, two])
    head = {sides.root, sides.separated_root}
    survivor, absorbed = roots[first], roots[two]
    if absorbed in head or (survivor not in head and absorbed == line.survivor_id):
        survivor, absorbed = absorbed, survivor
    Person.objects.filter(pk=absorbed).update(merged_into=survivor)
    holdings: dict[str, Any] = {}
    for mergeable in registry.MERGEABLES:
        merges = mergeable.merge([(survivor, absorbed)])
        if absorbed in merges:
            holdings[mergeable.name] = merges[absorbed]
    snapshot = {**line.snapshot, "holdings": holdings}
    if (survivor, absorbed) == (line.survivor_id, line.absorbed_id):
        line.snapshot = snapshot
        line.save(update_fields=["snapshot"])
        return
    # What was recorded stands; that the two are merged another way round now is a line of its own.
    line.undone_at, line.undone_by = sides.merge.undone_at, f"undoing merge {sides.merge.pk}"
    line.save(update_fields=["undone_at", "undone_by"])
    Merge.objects.create(
        survivor_id=survivor,
        absorbed_id=absorbed,
        survivor_node=first if roots[first] == survivor else two,
        absorbed_node=two if roots[first] == survivor else first,
        merged_at=line.merged_at,
        rule=line.rule,
        evidence=line.evidence,
        snapshot=snapshot,
    )


def _settle(sides: Sides, before: State, clock: Clock) -> None:
    """Identifiers go home, and each side's facts are laid anew from its unmerged profiles."""
    heads = {sides.root: sides.remaining, sides.separated_root: sides.separated}
    kept = {
        profile.person_id: profile
        for profile in UnmergedProfile.objects.filter(person_id__in=sides.remaining | sides.separated)
    }
    unclaimed = unmerged_profiles.without_profiles(before, list(kept.values()))
    at_home = Identifier.objects.annotate(at_home=Coalesce("home", "person_id"))
    people = Person.objects.in_bulk(list(heads))
    priority = policies.current(PERSON).priority
    for head, side in heads.items():
        at_home.filter(at_home__in=side).update(person_id=head)
        own = [kept[node] for node in side if node in kept]
        person = people[head]
        state = unmerged_profiles.together(own)
        person.traits, person.trait_facts = (
            merged_facts(state, unclaimed, priority) if head == sides.root else state
        )
        if own:
            person.first_seen_at = min(profile.first_seen_at for profile in own)
            if head != sides.root:
                person.last_seen_at = max(profile.last_seen_at for profile in own)
        person.is_identified = person.identifiers.filter(
            type__in=identity_types.refresh().identifying
        ).exists()
        person.merged_into_id = None
    save(list(people.values()), clock=clock)
    unmerged_profiles.pin(heads)


def _forbid(actor: Actor, sides: Sides, reason: str, clock: Clock) -> None:
    """Between everybody on one side and everybody on the other, whoever of them is parted from their side later; told
    once.
    """
    text = (reason or f"Merge {sides.merge.pk} was undone.")[:500]
    first, second = sorted((sides.root, sides.separated_root))
    merging.record_not_same(actor, first, second, text, clock=clock)
    sql.run(
        "INSERT INTO people_notsame (first_id, other_id, reason, decided_at, decided_by, lifted_by)"
        " SELECT least(a, b), greatest(a, b), %b, %b, %b, '' FROM unnest(%b::uuid[]) AS a, unnest(%b::uuid[]) AS b"
        " WHERE (a, b) <> (%b, %b)",
        [
            text,
            clock.now(),
            actor.label[:254],
            sorted(sides.remaining),
            sorted(sides.separated),
            sides.root,
            sides.separated_root,
        ],
    )


def _tell(actor: Actor, sides: Sides, clock: Clock) -> None:
    merge = sides.merge
    audit.record(
        actor=actor,
        action="merge.undone",
        object_type="person",
        object_id=sides.root,
        data={"merge": merge.pk, "separated": str(sides.separated_root)},
        clock=clock,
    )
    for person, other in ((sides.root, sides.separated_root), (sides.separated_root, sides.root)):
        outbox.emit(
            "Merge Undone",
            person_id=person,
            properties={"other_id": str(other), "rule": merge.rule, "merge_id": merge.pk},
            message_id=f"merge-undone-{merge.pk}-{person}",
            at=clock.now(),
        )


@dataclass(slots=True)
class Preview:
    """One side as it would be after an undo: the traits of its unmerged profiles, and the nodes it consists of."""

    head: uuid.UUID
    members: list[uuid.UUID]
    traits: dict[str, Any]
    identifiers: list[Identifier]


def preview(merge: Merge) -> tuple[Preview, Preview]:
    """What an undo would give to whom: (who keeps the id, who is separated). Raises CannotUnmerge."""
    sides = sides_of(merge)
    root = Person.objects.get(pk=sides.root)
    kept = {
        profile.person_id: profile
        for profile in UnmergedProfile.objects.filter(person_id__in=sides.remaining | sides.separated)
    }
    rest = unmerged_profiles.without_profiles((root.traits, root.trait_facts), list(kept.values()))
    at_home = Identifier.objects.annotate(at_home=Coalesce("home", "person_id")).order_by("type", "pk")
    shown = []
    for head, side in ((sides.root, sides.remaining), (sides.separated_root, sides.separated)):
        state = unmerged_profiles.together([kept[node] for node in side if node in kept])
        if head == sides.root:
            state = merged_facts(state, rest, policies.current(PERSON).priority)
        shown.append(Preview(head, sorted(side), state[0], list(at_home.filter(at_home__in=side))))
    return shown[0], shown[1]
