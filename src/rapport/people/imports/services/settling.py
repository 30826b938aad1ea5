"""Traits by their proper names and types before anything is compared: what the policy would make of them anyway."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from rapport.people.kinds import TEXT_LIMIT, Kind
from rapport.people.services.policy import Policy
from rapport.people.services.traits import MAX_NAME

if TYPE_CHECKING:
    from rapport.people.imports.services.planning import Placed


def settle(rows: Sequence[Placed], policy: Policy) -> None:
    """Sets `traits` and `refused` of the rows. Drafts stay as they are, because a chunk may be run again."""
    plain = _Plain(policy)
    for row in rows:
        if plain.fits(row.draft.traits, row.draft.identifiers):
            row.traits = row.draft.traits
        else:
            row.traits, row.refused = policy.accepted(row.draft.traits)


class _Plain:
    """Tells the usual rows, of which the policy would change nothing; the rules are read once per set of names."""

    def __init__(self, policy: Policy) -> None:
        self._policy = policy
        self._rules: dict[tuple[str, ...], list[tuple[str, bool]] | None] = {}

    def fits(self, traits: dict[str, Any], identifiers: Sequence[tuple[str, str]]) -> bool:
        names = tuple(traits)
        if names not in self._rules:
            self._rules[names] = self._read(names)
        rules = self._rules[names]
        if rules is None:
            return False
        for name, identifies in rules:
            value = traits[name]
            if identifies and (name, value) in identifiers:
                continue
            if identifies or type(value) is not str or len(value) > TEXT_LIMIT or value != value.strip():
                return False
        return True

    def _read(self, names: tuple[str, ...]) -> list[tuple[str, bool]] | None:
        """[(name, whether an identifier's spelling is needed)] to look at; None when the policy must be asked."""
        rules: list[tuple[str, bool]] = []
        for name in names:
            definition = self._policy.definitions.get(name)
            if not name or len(name) > MAX_NAME or name in self._policy.aliases:
                return None
            if definition is None or definition.kind == Kind.JSON:
                continue
            rule = definition.rule
            if rule.pattern or rule.minimum is not None or rule.maximum is not None:
                return None
            # An identifier is spelt as `coerced` spells e-mail; a number's region may be another.
            identifies = rule.kind == Kind.EMAIL and name == "email"
            if not identifies and rule.kind not in {Kind.TEXT, Kind.LONG}:
                return None
            rules.append((name, identifies))
        return rules
