"""What a micro-batch does to persons: decided in memory, in the order of its events, before anything is written.

Persons are groups of nodes (rows) here: a join unites two groups and remembers by which identifiers. At the end each
group that changed gets the id its identifiers call for, and the joins are written down towards that.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from rapport.people.identity_types import Rules
from rapport.people.services.canonical_ids import FirstEvent, Identifier, canonical_identifier, person_id_for
from rapport.people.services.identity_limits import Limits, Seen, vouches
from rapport.people.services.identity_store import Link, Owner, PersonState, exists, spelled
from rapport.people.services.merging import RENAMED, Join


@dataclass(frozen=True, slots=True)
class _Union:
    """Two nodes that became one person's, by which sighting and whose identifiers."""

    first: uuid.UUID
    other: uuid.UUID
    first_home: uuid.UUID
    other_home: uuid.UUID
    sighting: Seen


class Plan:
    """Mutable state of one batch. `decide` each open sighting in order, then `finish`, then write."""

    def __init__(
        self,
        owners: dict[Identifier, Owner],
        people: dict[uuid.UUID, PersonState],
        taken: set[uuid.UUID],
        rules: Rules,
    ) -> None:
        self.people, self.taken, self.rules, self.limits = people, taken, rules, Limits(rules)
        self.node = {identifier: owner.person for identifier, owner in owners.items()}
        self.parent: dict[uuid.UUID, uuid.UUID] = {}
        self.unions: list[_Union] = []
        self.links: list[Link] = []
        self.noted: set[tuple[uuid.UUID, Identifier, dt.datetime, str]] = set()
        self.earlier: dict[Identifier, FirstEvent] = {}
        self.created: set[uuid.UUID] = set()
        self.changed: set[uuid.UUID] = set()
        self.identified: set[uuid.UUID] = set()
        self.vouched: set[Identifier] = set()
        self._links: dict[Identifier, tuple[uuid.UUID, str]] = {}
        self._stale: set[uuid.UUID] = set()
        self._heads: dict[uuid.UUID, uuid.UUID] = {}

    def group(self, node: uuid.UUID) -> PersonState:
        while node in self.parent:
            node = self.parent[node]
        return self.people[node]

    def final(self, node: uuid.UUID) -> uuid.UUID:
        """Whom a node belongs to after `finish`; nodes that were not in question are themselves."""
        while node in self.parent:
            node = self.parent[node]
        return self._heads.get(node, node)

    def decide(self, sighting: Seen) -> None:
        """Gives the sighting its person and home, linking and joining what it brings as the rules allow."""
        usable = self.rules.ordered(id_ for id_ in sighting.identifiers if self.limits.rule(id_).unique)
        if not usable:
            return
        first_event = FirstEvent(sighting.at, sighting.message_id, usable)
        target = self._target(usable, sighting) or self._create(usable[0], sighting)
        for identifier in usable:
            if identifier not in self.node:
                self._link(target, identifier, first_event, sighting)
            elif self.group(self.node[identifier]) is self.group(target):
                self._seen_earlier(identifier, first_event)
        group = self.group(target)
        if vouches(usable, public=sighting.public):
            self.vouched |= {identifier for identifier in usable if identifier in group.first_events}
        by = next(identifier for identifier in usable if identifier in group.first_events)
        sighting.person_id, sighting.home_id = group.id, group.homes[by]
        for identifier in sighting.identifiers:
            if not self.limits.rule(identifier).unique:
                self.noted.add((group.id, identifier, sighting.at, sighting.source))

    def _target(self, usable: list[Identifier], sighting: Seen) -> uuid.UUID | None:
        """The node the sighting belongs to: whose strongest identifier may take what is strongest here."""
        strongest = usable[0]
        owned = [id_ for id_ in usable if id_ in self.node and self._may_have(id_, strongest, sighting)]
        if not owned:
            return None
        for other in owned[1:]:
            if self.group(self.node[other]) is not self.group(self.node[owned[0]]):
                self._join(owned[0], other, sighting)
        return self.node[owned[0]]

    def _may_have(self, owned: Identifier, strongest: Identifier, sighting: Seen) -> bool:
        """Whether the owner of one identifier may be who the strongest one of the sighting names."""
        if strongest in self.node:
            return True
        group = self.group(self.node[owned])
        if not self.limits.rule(owned).merges or self.limits.contradicts(group, owned, strongest):
            return False
        # Whoever registers with another address in somebody's browser is not them, whatever they are called.
        if any(self.limits.is_second(group, id_, sighting) for id_ in sighting.identifiers):
            return False
        return self.limits.accepts(group, strongest, sighting)

    def _create(self, identifier: Identifier, sighting: Seen) -> uuid.UUID:
        person = person_id_for(identifier)
        if person in self.taken or person in self.people:
            # The id was this identifier's before it was moved or forgotten; a new person needs another.
            person = person_id_for(identifier, f"#{sighting.message_id}")
        self.people[person] = PersonState(person, sighting.at)
        self.created.add(person)
        return person

    def _link(self, node: uuid.UUID, identifier: Identifier, first_event: FirstEvent, sighting: Seen) -> None:
        group = self.group(node)
        if not self.limits.accepts(group, identifier, sighting):
            return
        group.trusted = group.trusted or (self.limits.rule(identifier).identifies and not sighting.public)
        home = next((group.homes[id_] for id_ in first_event.seen_with if id_ in group.homes), node)
        self.node[identifier] = node
        group.first_events[identifier], group.homes[identifier] = first_event, home
        self._links[identifier] = (home, sighting.source)
        self._stale.add(group.id)
        self.changed.add(group.id)

    def _seen_earlier(self, identifier: Identifier, first_event: FirstEvent) -> None:
        """Keeps the earliest event an identifier came with."""
        group = self.group(self.node[identifier])
        if first_event.order >= group.first_events[identifier].order:
            return
        group.first_events[identifier] = first_event
        self._stale.add(group.id)
        if identifier not in self._links:
            self.earlier[identifier] = first_event

    def _join(self, by: Identifier, other: Identifier, sighting: Seen) -> None:
        """Makes two groups one if both types may merge, nobody said otherwise, and the limits allow it."""
        first, two = self.group(self.node[by]), self.group(self.node[other])
        if self._apart(first, two) or not self.limits.may_join(first, by, two, other, sighting):
            return
        self.unions.append(
            _Union(self.node[by], self.node[other], first.homes[by], two.homes[other], sighting)
        )
        self.parent[two.id] = first.id
        first.first_events |= two.first_events
        first.homes |= two.homes
        first.apart |= two.apart
        first.trusted = first.trusted or two.trusted
        self._stale.add(first.id)
        self.changed |= {first.id, two.id}

    def _apart(self, group: PersonState, two: PersonState) -> bool:
        return any(self.group(node) is two for node in group.apart) or any(
            self.group(node) is group for node in two.apart
        )

    def finish(self) -> list[Join]:
        """Names every group that changed, and writes its unions down as joins towards that name."""
        nodes: dict[uuid.UUID, list[uuid.UUID]] = {}
        for node in self.people:
            nodes.setdefault(self.group(node).id, []).append(node)
        wanted = {
            root: person_id_for(name)
            for root in {self.group(node).id for node in self._stale}
            if (name := canonical_identifier(self.people[root].first_events, self.rules))
        }
        new = exists({id_ for root, id_ in wanted.items() if id_ not in nodes[root]})
        joins: list[Join] = []
        for root, want in wanted.items():
            head = self._head(nodes[root], want)
            joins += self._joins(head, nodes[root])
            if want != head and not any(self.people[node].pinned for node in nodes[root]):
                joins += self._rename(root, head, want, want in new)
            self._heads.setdefault(root, head)
        self._collect_links()
        self.changed |= {join.survivor for join in joins} | {join.absorbed for join in joins}
        return joins

    def _head(self, nodes: list[uuid.UUID], want: uuid.UUID) -> uuid.UUID:
        """Whose id the group has: one that somebody chose, else the wanted one, else the one seen first."""

        def seniority(node: uuid.UUID) -> tuple[bool, bool, dt.datetime, str]:
            person = self.people[node]
            return not person.pinned, node != want, person.first_seen, str(node)

        return min(nodes, key=seniority)

    def _joins(self, head: uuid.UUID, nodes: list[uuid.UUID]) -> list[Join]:
        """The unions among `nodes`, which are a tree, walked from `head`: each absorbs what lies beyond it."""
        if len(nodes) == 1:
            return []
        near: dict[uuid.UUID, list[tuple[uuid.UUID, uuid.UUID, uuid.UUID, Seen]]] = {}
        for union in self.unions:
            near.setdefault(union.first, []).append(
                (union.other, union.first_home, union.other_home, union.sighting)
            )
            near.setdefault(union.other, []).append(
                (union.first, union.other_home, union.first_home, union.sighting)
            )
        joins, seen, waiting = [], {head}, deque([head])
        while waiting:
            for node, here, there, sighting in near.get(waiting.popleft(), ()):
                if node not in seen:
                    seen.add(node)
                    waiting.append(node)
                    joins.append(_join_of(head, node, here, there, sighting))
        return joins

    def _rename(self, root: uuid.UUID, head: uuid.UUID, want: uuid.UUID, is_row: bool) -> Iterable[Join]:
        """An earlier event than any before gives the person another id."""
        group = self.people[root]
        if is_row and not self._was_ours(want, head):
            return []
        if not is_row:
            self.created.add(want)
            first_seen = min(first_event.at for first_event in group.first_events.values())
            # The new row stands for the whole group: what it is known by decides whether it is identified.
            self.people[want] = PersonState(want, first_seen, first_events=group.first_events)
        self._heads[root] = want
        self.changed |= {head, want}
        evidence = {"identifiers": spelled(group.first_events)[:20]}
        node = want if is_row else None
        return [Join(want, head, group.first_seen, RENAMED, evidence, node, node)]

    def _was_ours(self, want: uuid.UUID, head: uuid.UUID) -> bool:
        """Whether an existing row is one of those that were merged into this person before."""
        from rapport.people.queries import survivor_of

        return survivor_of([want]).get(want) == head

    def _collect_links(self) -> None:
        for identifier, (home, source) in self._links.items():
            group = self.group(self.node[identifier])
            person = self._heads.get(group.id, group.id)
            self.links.append(Link(person, home, identifier, group.first_events[identifier], source))
            if self.limits.rule(identifier).identifies and person not in self.created:
                self.identified.add(person)

    def new_people(self) -> list[tuple[uuid.UUID, dt.datetime, bool]]:
        """(id, first seen, known) of the rows to insert."""
        types = self.rules.identifying
        return [
            (
                node,
                self.people[node].first_seen,
                any(first_event[0] in types for first_event in self.group(node).first_events),
            )
            for node in self.created
        ]


def _join_of(head: uuid.UUID, node: uuid.UUID, here: uuid.UUID, there: uuid.UUID, sighting: Seen) -> Join:
    evidence: dict[str, Any] = {
        "message_id": sighting.message_id,
        "source": sighting.source,
        "identifiers": spelled(sighting.identifiers),
    }
    rule = "alias" if sighting.explicit else "shared identifier"
    return Join(head, node, sighting.at, rule, evidence, here, there)
