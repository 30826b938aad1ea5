"""Making two persons one. Every merge is a line in the journal; `unmerging` takes it back."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from rapport.core import sql
from rapport.core.access import Actor
from rapport.core.clock import SYSTEM, Clock
from rapport.core.services import audit, outbox
from rapport.people import queries, registry
from rapport.people.models import Identifier, Merge, NotSame, Person
from rapport.people.services import families, unmerged_profiles
from rapport.people.services import policy as policies
from rapport.people.services.changes import mark_changed
from rapport.people.services.records import save
from rapport.people.services.traits import merged_facts
from rapport.people.values.schema import PERSON

# The person's id was found to be another, by an earlier sighting; nobody else became part of them.
RENAMED = "renamed"


class CannotMerge(ValueError):
    """The two persons may not become one; the message says why and what would have to be done first."""


@dataclass(frozen=True, slots=True)
class Join:
    """`absorbed` is to become part of `survivor`, by which rule and on what evidence.

    The nodes are whose identifiers the evidence is about, where these are not the two themselves.
    """

    survivor: uuid.UUID
    absorbed: uuid.UUID
    at: dt.datetime
    rule: str
    evidence: dict[str, Any] = field(default_factory=dict)
    survivor_node: uuid.UUID | None = None
    absorbed_node: uuid.UUID | None = None


def apply_merges(joins: list[Join], clock: Clock = SYSTEM) -> list[Merge]:
    """Carries out joins, in order, set-based, in the caller's transaction. Survivors may be absorbed later on."""
    if not joins:
        return []
    ids = {join.survivor for join in joins} | {join.absorbed for join in joins}
    people = families.lock_rows(ids)
    unmerged_profiles.keep(people.values())
    owned: dict[uuid.UUID, list[list[str]]] = {}
    for person, type_, value in Identifier.objects.filter(person_id__in=ids).values_list(
        "person_id", "type", "value"
    ):
        owned.setdefault(person, []).append([type_, value])
    journal = [_journal(join, people, owned) for join in joins]
    save(list(people.values()), clock=clock)
    _move_rows(joins)
    _move_holdings(joins, journal)
    Merge.objects.bulk_create(journal)
    _tell(journal, clock=clock)
    return journal


def _journal(join: Join, people: dict[uuid.UUID, Person], owned: dict[uuid.UUID, list[list[str]]]) -> Merge:
    survivor, absorbed = people[join.survivor], people[join.absorbed]
    moved = owned.get(join.absorbed, [])
    owned[join.survivor] = [*owned.get(join.survivor, []), *moved]
    absorb(survivor, absorbed)
    return Merge(
        survivor_id=join.survivor,
        absorbed_id=join.absorbed,
        survivor_node=join.survivor_node or join.survivor,
        absorbed_node=join.absorbed_node or join.absorbed,
        merged_at=join.at,
        rule=join.rule,
        evidence=join.evidence,
        snapshot={"identifiers": moved, "holdings": {}},
    )


def absorb(survivor: Person, absorbed: Person) -> None:
    """Lays the one's facts over the other's; neither is saved."""
    survivor.traits, survivor.trait_facts = merged_facts(
        (survivor.traits, survivor.trait_facts),
        (absorbed.traits, absorbed.trait_facts),
        policies.current(PERSON).priority,
    )
    survivor.first_seen_at = min(survivor.first_seen_at, absorbed.first_seen_at)
    survivor.last_seen_at = max(survivor.last_seen_at, absorbed.last_seen_at)
    survivor.is_identified = survivor.is_identified or absorbed.is_identified
    absorbed.merged_into_id = survivor.pk
    survivor.merged_into_id = None


def _move_rows(joins: list[Join]) -> None:
    """Identifiers follow, and remember where they are at home."""
    final: dict[uuid.UUID, uuid.UUID] = {}
    for join in reversed(joins):
        final[join.absorbed] = final.get(join.survivor, join.survivor)
    pairs = [list(final), list(final.values())]
    sql.run(
        "UPDATE people_identifier i SET person_id = m.survivor, home = coalesce(i.home, i.person_id)"
        " FROM unnest(%b::uuid[], %b::uuid[]) AS m (absorbed, survivor) WHERE i.person_id = m.absorbed",
        pairs,
    )


def _move_holdings(joins: list[Join], journal: list[Merge]) -> None:
    """Lets the other apps move what they hold, and keeps what they need for an undo."""
    pairs = [(join.survivor, join.absorbed) for join in joins]
    moved = {mergeable.name: mergeable.merge(pairs) for mergeable in registry.MERGEABLES}
    for line in journal:
        line.snapshot["holdings"] = {
            name: moved_to[line.absorbed_id]
            for name, moved_to in moved.items()
            if line.absorbed_id in moved_to
        }


def _tell(journal: list[Merge], clock: Clock) -> None:
    outbox.emit_many(
        outbox.DomainEvent(
            "Person Merged",
            line.survivor_id,
            {"absorbed_id": str(line.absorbed_id), "rule": line.rule, "merge_id": line.pk},
            f"merge-{line.pk}",
            clock.now(),
        )
        for line in journal
        if line.rule != RENAMED
    )


@transaction.atomic
def merge_people(
    *,
    actor: Actor,
    survivor_id: uuid.UUID,
    absorbed_id: uuid.UUID,
    rule: str,
    evidence: dict[str, Any] | None = None,
    clock: Clock = SYSTEM,
) -> Merge:
    """Makes `absorbed` part of `survivor`, who keeps their id. `rule` such as "by hand" or "likeness".

    Both may have been merged before; whom they are part of is merged then. Raises CannotMerge.
    """
    queries.require_persons(actor, "people.edit", [survivor_id, absorbed_id])
    first, other = _locked_roots(survivor_id, absorbed_id)
    if first == other:
        raise CannotMerge(_("They are already one person."))
    if queries.kept_apart([(first, other)]):
        raise CannotMerge(_("They were marked as different people. Allow merging on the profile first."))
    join = Join(first, other, clock.now(), rule, {"actor": actor.label, **(evidence or {})})
    (merge,) = apply_merges([join], clock=clock)
    unmerged_profiles.pin([first])
    mark_changed([first, other])
    audit.record(
        actor=actor,
        action="person.merged",
        object_type="person",
        object_id=first,
        data={"absorbed": str(other), "rule": rule, "merge": merge.pk},
        clock=clock,
    )
    return merge


def _locked_roots(*person_ids: uuid.UUID) -> list[uuid.UUID]:
    """Whom these persons are part of, with their families locked. Raises CannotMerge."""
    try:
        locked = families.lock(person_ids)
    except families.Unsettled as error:
        raise CannotMerge(str(error)) from error
    roots = [locked.standing(person_id) for person_id in person_ids]
    if None in roots:
        raise CannotMerge(_("One of them no longer exists."))
    return [root.pk for root in roots if root is not None]


@dataclass(frozen=True, slots=True)
class Group:
    """Persons who are one: `survivor` keeps their id; the others, each with what joins them to the group."""

    survivor: uuid.UUID
    others: tuple[tuple[uuid.UUID, dict[str, Any]], ...]

    @property
    def members(self) -> set[uuid.UUID]:
        return {self.survivor, *(other for other, _ in self.others)}


@transaction.atomic
def merge_groups(
    *, actor: Actor, groups: Sequence[Group], rule: str, clock: Clock = SYSTEM
) -> dict[uuid.UUID, Merge]:
    """{absorbed person: line of the journal}: what `merge_people` does, for many groups in a few statements.

    No person may be in two groups. A group is left out as a whole when somebody in it does not stand for themselves
    (any more), is erased, or is or was kept apart from another member.
    """
    queries.require_persons(actor, "people.edit", {member for group in groups for member in group.members})
    people = families.lock({member for group in groups for member in group.members}).people
    standing = {id_ for id_, person in people.items() if not person.merged_into_id and not person.erased_at}
    apart = queries.apart_among(standing, ever=True)
    split = {first_id for group in groups for first_id, other in apart if {first_id, other} <= group.members}
    fit = [group for group in groups if group.members <= standing and not group.members & split]
    now = clock.now()
    journal = apply_merges(
        [
            Join(group.survivor, other, now, rule, {"actor": actor.label, **evidence})
            for group in fit
            for other, evidence in group.others
        ],
        clock=clock,
    )
    unmerged_profiles.pin(group.survivor for group in fit)
    mark_changed([member for group in fit for member in group.members])
    audit.record_many(
        actor=actor,
        action="person.merged",
        object_type="person",
        lines=[
            (line.survivor_id, {"absorbed": str(line.absorbed_id), "rule": rule, "merge": line.pk})
            for line in journal
        ],
        clock=clock,
    )
    return {line.absorbed_id: line for line in journal}


@transaction.atomic
def keep_apart(
    *, actor: Actor, first_id: uuid.UUID, other_id: uuid.UUID, reason: str = "", clock: Clock = SYSTEM
) -> NotSame:
    """Says that two persons are different people: nothing joins them any more, nor through others.

    Said twice, the first stands. Raises CannotMerge when they are one person now; undo the merge instead.
    """
    queries.require_persons(actor, "people.edit", [first_id, other_id])
    first, other = _locked_roots(first_id, other_id)
    if first == other:
        raise CannotMerge(_("They are one person now. Undo their merge to keep them apart."))
    row = queries.reasons_apart(first, other).first()
    return row or record_not_same(actor, first, other, reason, clock=clock)


def record_not_same(
    actor: Actor, first_id: uuid.UUID, other: uuid.UUID, reason: str, clock: Clock = SYSTEM
) -> NotSame:
    """Writes the line, with its audit line and event. In the caller's transaction."""
    reason, now = reason[:500], clock.now()
    line = NotSame.objects.create(
        first_id=first_id, other_id=other, reason=reason, decided_at=now, decided_by=actor.label[:254]
    )
    audit.record(
        actor=actor,
        action="person.kept_apart",
        object_type="person",
        object_id=first_id,
        data={"other": str(other), "reason": reason},
        clock=clock,
    )
    outbox.emit(
        "Persons Kept Apart",
        person_id=first_id,
        properties={"other_id": str(other), "reason": reason},
        message_id=f"apart-{line.pk}",
        at=now,
    )
    return line


@transaction.atomic
def allow_merging(*, actor: Actor, first_id: uuid.UUID, other_id: uuid.UUID, clock: Clock = SYSTEM) -> int:
    """Takes back whatever keeps two persons apart; returns how many lines. They are not merged by it."""
    queries.require_persons(actor, "people.edit", [first_id, other_id])
    _locked_roots(first_id, other_id)
    count = queries.reasons_apart(first_id, other_id).update(
        lifted_at=clock.now(), lifted_by=actor.label[:254]
    )
    if count:
        audit.record(
            actor=actor,
            action="person.merging_allowed",
            object_type="person",
            object_id=first_id,
            data={"other": str(other_id)},
            clock=clock,
        )
    return count
