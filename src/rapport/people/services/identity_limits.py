"""What may become one person, and what not: limits of types, and how far an event's sender may be believed."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from typing import Protocol

from rapport.people.identity_types import IdentifierRule, Rules
from rapport.people.services.canonical_ids import Identifier
from rapport.people.services.identity_store import PersonState


class Seen(Protocol):
    """A sighting, as `services.identity` has it."""

    identifiers: Sequence[Identifier]
    at: dt.datetime
    message_id: str
    source: str
    explicit: bool
    public: bool
    person_id: uuid.UUID | None
    home_id: uuid.UUID | None


def vouches(identifiers: Sequence[Identifier], *, public: bool) -> bool:
    """Whether a sighting proves that its identifiers, strongest first, are one customer's: their shop knows them by a
    user id. An address proves nothing, which a guest may have mistyped, nor does what anybody may have sent.
    """
    return not public and len(identifiers) > 1 and identifiers[0][0] == "user_id"


class Limits:
    """Judges by the rules of the types."""

    def __init__(self, rules: Rules) -> None:
        self._rules = rules

    def rule(self, identifier: Identifier) -> IdentifierRule:
        return self._rules.by_key.get(identifier[0]) or IdentifierRule(
            identifier[0], identifier[0], most=0, unique=False
        )

    def accepts(self, group: PersonState, identifier: Identifier, sighting: Seen) -> bool:
        """Whether a person may have one more identifier.

        What anybody may have sent gives a person whom a trusted source has named no address, and nothing they have; and
        nobody a second address: whoever types another one in the same browser, not signed in, is somebody else.
        """
        rule = self.rule(identifier)
        times = _times(group, rule.key)
        if sighting.explicit and rule.key == "user_id":
            return True
        is_claimed = sighting.public and rule.identifies and group.trusted and (rule.trait or times)
        if is_claimed or self.is_second(group, identifier, sighting):
            return False
        return self._within(rule, [*times, sighting.at])

    def is_second(self, group: PersonState, identifier: Identifier, sighting: Seen) -> bool:
        """Whether it is another address than theirs, from a browser in which they had not signed in before.

        Of who states an address of theirs as well, another kind of address is their own.
        """
        rule = self.rule(identifier)
        if not (sighting.public and rule.identifies and rule.trait and _times(group, rule.key)):
            return False
        earlier = [
            id_
            for id_ in sighting.identifiers
            if id_ in group.first_events and group.first_events[id_].message_id != sighting.message_id
        ]
        has_signed_in = any(id_[0] == "user_id" for id_ in earlier)
        has_shown_it = any(id_[0] != identifier[0] and self.rule(id_).trait for id_ in earlier)
        return identifier not in group.first_events and not (has_signed_in or has_shown_it)

    def contradicts(self, group: PersonState, owned: Identifier, stronger: Identifier) -> bool:
        """Whether one address would bring its owner another of a stronger type, where they have one already.

        Two customers with one phone number and two e-mail addresses are for somebody to look at, not for a rule.
        """
        both = self.rule(owned).trait and self.rule(stronger).trait and owned[0] != stronger[0]
        return bool(both and _times(group, stronger[0]))

    def may_join(
        self, first: PersonState, by: Identifier, two: PersonState, other: Identifier, sighting: Seen
    ) -> bool:
        """Whether two persons may become one because of two identifiers that came together, the stronger first.

        What anybody may have sent makes no two persons one whom somebody knows.
        """
        if not (self.rule(by).merges and self.rule(other).merges):
            return False
        if sighting.public and self._is_known(first) and self._is_known(two):
            return False
        if not sighting.explicit and self.contradicts(two, other, by):
            return False
        return all(self._fits(rule, first, two, sighting.explicit) for rule in self._rules.by_key.values())

    def _is_known(self, group: PersonState) -> bool:
        return any(self.rule(identifier).identifies for identifier in group.first_events)

    def _fits(self, rule: IdentifierRule, group: PersonState, two: PersonState, explicit: bool) -> bool:
        if explicit and rule.key == "user_id":
            return True
        ones, twos = _times(group, rule.key), _times(two, rule.key)
        return not ones or not twos or self._within(rule, ones + twos)

    def _within(self, rule: IdentifierRule, times: list[dt.datetime]) -> bool:
        """Whether a person may have values known since `times`: so many for ever, or within any one period."""
        if not rule.most or len(times) <= rule.most:
            return True
        if rule.period is None:
            return False
        return all(sum(start <= at < start + rule.period for at in times) <= rule.most for start in times)


def _times(group: PersonState, kind: str) -> list[dt.datetime]:
    """Since when a person has each of their values of a type."""
    return [first_event.at for identifier, first_event in group.first_events.items() if identifier[0] == kind]
