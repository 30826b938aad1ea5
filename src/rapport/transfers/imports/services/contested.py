"""Rows that share a weaker address, such as a phone number, with somebody who has another stronger one.

Families and offices share numbers and mailboxes. Such a row is about somebody else: it changes nobody's data by the
number alone, and the two are left to be compared. The same holds of a new user id beside the address of somebody who
has another one; where both ids are known, the row names two people, which is for the import's rules to decide.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Protocol
from uuid import UUID

from rapport.people import identity_types
from rapport.transfers.imports.drafts import Draft

Identifier = tuple[str, str]


class Holders(Protocol):
    """Where people are looked up."""

    def holders(self, kind: str, people: Collection[UUID]) -> set[UUID]:
        """Those of the people who have an identifier of this type."""


class Contested:
    """Judges the rows of a chunk, one after another. `owners` are persons, or the numbers of earlier rows."""

    def __init__(self, drafts: Sequence[Draft], owners: Mapping[Identifier, Any], store: Holders) -> None:
        rules = sorted(identity_types.current().by_key.values(), key=lambda rule: rule.priority)
        self._kinds = [rule.key for rule in rules if rule.trait or rule.only_one]
        self._ids = {rule.key for rule in rules if rule.only_one and not rule.trait}
        self._having: dict[str, set[Any]] = {kind: set() for kind in self._kinds}
        shared = {
            owners[identifier]
            for draft in drafts
            if len(addresses := [id_ for id_ in draft.identifiers if id_[0] in self._having]) > 1
            for identifier in addresses
            if identifier in owners
        }
        for kind in self._kinds if shared else ():
            self._having[kind] = set(store.holders(kind, shared))

    def left(self, draft: Draft, owners: Mapping[Identifier, Any]) -> list[Identifier]:
        """The identifiers that say who the row is about; a note names those that do not."""
        given = {kind: value for kind, value in draft.identifiers if kind in self._having}
        if len(given) < 2:
            return draft.identifiers
        left = list(draft.identifiers)
        for weaker in draft.identifiers:
            owner = owners.get(weaker)
            if weaker[0] not in given or owner is None:
                continue
            if stronger := self._contradiction(weaker[0], owner, given, owners):
                left.remove(weaker)
                code = "contested_id" if stronger in self._ids else "contested"
                draft.notes.append((weaker[0], code, weaker[1]))
        return left

    def _contradiction(
        self, weaker: str, owner: Any, given: Mapping[str, str], owners: Mapping[Identifier, Any]
    ) -> str:
        """The stronger type of which the row has another value than the owner of its weaker one, or ""."""
        for kind in self._kinds[: self._kinds.index(weaker)]:
            if kind not in given or owner not in self._having[kind]:
                continue
            other = owners.get((kind, given[kind]))
            if other is None or (other != owner and kind not in self._ids):
                return kind
        return ""

    def note(self, identifiers: Sequence[Identifier], owner: Any) -> None:
        """Whose the identifiers of a row that comes in will be."""
        for kind, _value in identifiers:
            if kind in self._having:
                self._having[kind].add(owner)
