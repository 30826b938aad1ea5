"""Definitions and source rules, compiled for the hot road and kept in memory until they change.

One row names the state of the rules by a token; a batch reads that row and, when it knows the token, nothing else.
"""

from __future__ import annotations

import datetime as dt
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any

from rapport.core import sql
from rapport.people import registry
from rapport.people.models import SourceRule, TraitDefinition
from rapport.people.services.traits import MAX_NAME, Priority
from rapport.people.values.schema import PERSON, PREDEFINED, Definition
from rapport.people.values.types import InvalidValue, TraitType, coerce

# Where messages go. Without a rule of the business's own, what came with a key that stands in a page or an app does not
# replace what anybody else said: who knows a customer's id could have their mail sent elsewhere.
ADDRESSES = ("email", "phone")
PUBLIC = frozenset({"website", "app"})
KINDS_SECONDS = 30.0
WORDS = {"by hand": "hand", "import": "import", "computed": "computed"}


@dataclass(frozen=True, slots=True)
class Refusal:
    """A value that did not fit, with the reason in words."""

    trait: str
    value: Any
    reason: str


@dataclass(slots=True)
class Policy:
    """What may be said of an entity, and who is believed. `version` differs whenever anything of it does."""

    definitions: dict[str, Definition]
    aliases: dict[str, str] = field(default_factory=dict)
    default: Priority | None = None
    by_trait: dict[str, Priority | None] = field(default_factory=dict)
    version: str = ""

    def priority(self, trait: str) -> Priority | None:
        return self.by_trait.get(trait, self.default)

    def key(self, name: str) -> str:
        """The one spelling of a trait."""
        return self.aliases.get(name, name)

    def accepted(self, values: Mapping[str, Any]) -> tuple[dict[str, Any], list[Refusal]]:
        """The values by their proper names and types, and those that do not fit. Null says that there is none."""
        fit: dict[str, Any] = {}
        refused: list[Refusal] = []
        for given, value in values.items():
            if not given or len(given) > MAX_NAME:
                continue
            name = self.aliases.get(given, given)
            if name != given and name in values:
                continue
            definition = self.definitions.get(name)
            if value is None or definition is None or definition.kind == TraitType.JSON:
                fit[name] = value
                continue
            try:
                fit[name] = coerce(value, definition.rule)
            except InvalidValue as error:
                refused.append(Refusal(name, value, str(error)))
        return fit, refused


def current(entity: str) -> Policy:
    """The policy in force, exactly: one small query, and a reading of the tables when they changed."""
    ((token, region),) = sql.run(
        "SELECT (SELECT token FROM people_traitpolicy), (SELECT country FROM core_workspace)"
    )
    return _compiled(entity, token, region or "GB")


@lru_cache(maxsize=16)  # the token names one state of the tables, for ever
def _compiled(entity: str, token: uuid.UUID | None, region: str) -> Policy:
    definitions = _definitions(entity, region, own=token is not None)
    live = {key: definition for key, definition in definitions.items() if not definition.is_archived}
    aliases = {
        alias: key for key, definition in live.items() for alias in definition.aliases if alias not in live
    }
    policy = Policy(live, aliases, version=f"{token} {region}")
    kinds = _Kinds()
    if entity == PERSON:
        policy.by_trait |= dict.fromkeys(ADDRESSES, Priority(lambda slot: int(kinds.of(slot) in PUBLIC)))
    if token is not None:
        rules = list(SourceRule.objects.filter(entity=entity))
        if any(not rule.trait for rule in rules):
            policy.by_trait.clear()
        for rule in rules:
            priority = _priority(rule)
            if rule.trait:
                policy.by_trait[rule.trait] = priority
            else:
                policy.default = priority
    return policy


def _definitions(entity: str, region: str, *, own: bool) -> dict[str, Definition]:
    definitions = {
        definition.key: replace(definition, rule=replace(definition.rule, region=region))
        for definition in PREDEFINED[entity]
    }
    if own:
        rows = TraitDefinition.objects.filter(entity=entity)
        definitions |= {row.key: row.as_definition(region) for row in rows}
    return definitions


def _priority(rule: SourceRule) -> Priority | None:
    if not rule.sources:
        return None
    places = {entry: place for place, entry in reversed(list(enumerate(rule.sources)))}
    kinds = _Kinds()

    def rank(slot: str) -> int:
        names = [f"source:{slot}"]
        if slot in WORDS:
            names.append(WORDS[slot])
        elif slot.startswith("API key "):
            names.append("api")
        elif any(entry.startswith("kind:") for entry in places):
            names.append(f"kind:{kinds.of(slot)}")
        return min((places[name] for name in names if name in places), default=len(places))

    return Priority(rank, dt.timedelta(days=rule.stale_days) if rule.stale_days else None)


class _Kinds:
    """The kinds of sources, read when first needed, when a new source turns up, and now and then."""

    def __init__(self) -> None:
        self._known: dict[str, str] = {}
        self._read_at = float("-inf")

    def of(self, source: str) -> str:
        if source not in self._known or time.monotonic() - self._read_at > KINDS_SECONDS:
            self._known = {source: "", **registry.source_kinds()}
            self._read_at = time.monotonic()
        return self._known[source]
