"""Traits by their proper names and types before anything is compared: what the policy would make of them anyway."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

from rapport.people.services.policy import Policy, Refusal
from rapport.people.services.traits import MAX_NAME
from rapport.people.values.types import TEXT_LIMIT, InvalidValue, TraitRule, TraitType, coerce

Reading = tuple[str, Callable[[str], bool] | None]


class Settling:
    """Judges traits by a policy; tells the usual rows, of which it would change nothing, at little cost."""

    def __init__(self, policy: Policy) -> None:
        self._policy = policy
        self._readings: dict[tuple[str, ...], list[Reading] | None] = {}

    def of(
        self, traits: dict[str, Any], identifiers: Sequence[tuple[str, str]]
    ) -> tuple[dict[str, Any], list[Refusal]]:
        """The traits by their proper names and types, and those that do not fit. What is given stays as it is."""
        if self._fit(traits, identifiers):
            return traits, []
        return self._policy.accepted(traits)

    def _fit(self, traits: dict[str, Any], identifiers: Sequence[tuple[str, str]]) -> bool:
        names = tuple(traits)
        if names not in self._readings:
            self._readings[names] = self._read(names)
        readings = self._readings[names]
        if readings is None:
            return False
        for name, same in readings:
            value = traits[name]
            if same is None:
                if (name, value) not in identifiers:
                    return False
            elif type(value) is not str or not same(value):
                return False
        return True

    def _read(self, names: tuple[str, ...]) -> list[Reading] | None:
        """[(name, whether the policy leaves a text as it is)] to look at; None when it must be asked.

        An e-mail address has no such test: identifiers are spelt as the policy spells it (a number's region may be
        another).
        """
        readings: list[Reading] = []
        for name in names:
            definition = self._policy.definitions.get(name)
            if not name or len(name) > MAX_NAME or name in self._policy.computed:
                return None
            if self._policy.key(name) != name:
                return None
            if definition is None or definition.kind == TraitType.JSON:
                continue
            plain = not definition.rule.pattern and definition.rule.minimum is definition.rule.maximum is None
            identifies = definition.rule.kind == TraitType.EMAIL and name == "email" and plain
            readings.append((name, None if identifies else lru_cache(20_000)(_same(definition.rule))))
        return readings


def _same(rule: TraitRule) -> Callable[[str], bool]:
    """Whether the policy leaves a text as it is."""
    bare = rule.kind in {TraitType.TEXT, TraitType.LONG} and not rule.pattern
    bare = bare and rule.minimum is None and rule.maximum is None

    def same(value: str) -> bool:
        if bare and len(value) <= TEXT_LIMIT:
            return value == value.strip()
        try:
            return bool(coerce(value, rule) == value)
        except InvalidValue:
            return False

    return same
