"""Definitions and source rules, compiled for the hot path and kept in memory until they change.

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

from django.utils.translation import gettext as _

from rapport.core import sql
from rapport.core.queries import country_sql
from rapport.people import identity_types, registry
from rapport.people.models import SourceRule, TraitDefinition
from rapport.people.services.traits import MAX_NAME, Priority, slot_of
from rapport.people.values.keys import folded, spellings
from rapport.people.values.schema import COMPUTED, PERSON, PREDEFINED, Definition
from rapport.people.values.types import InvalidValue, TraitType, coerce

# Sources whose key stands in a page or an app, where anybody finds it. What comes with it is a claim: whatever the
# rules, it stands only where no trusted source has spoken.
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
    spellings: dict[str, str] = field(default_factory=dict)
    computed: frozenset[str] = frozenset()

    def priority(self, trait: str) -> Priority | None:
        return self.by_trait.get(trait, self.default)

    def key(self, name: str) -> str:
        """The one spelling of a trait."""
        if name in self.definitions:
            return name
        return self.aliases.get(name) or self.spellings.get(folded(name), name)

    def accepted(self, values: Mapping[str, Any], source: str = "") -> tuple[dict[str, Any], list[Refusal]]:
        """The values by their proper names and types, and those that do not fit. Null says that there is none.

        What Rapport computes is refused from any other `source`.
        """
        fit: dict[str, Any] = {}
        refused: list[Refusal] = []
        is_computed = slot_of(source) in COMPUTED
        for given, value in values.items():
            if not given or len(given) > MAX_NAME:
                continue
            name = self.key(given)
            if name != given and name in values:
                continue
            if name in self.computed and not is_computed:
                refused.append(
                    Refusal(name, value, _("Rapport computes this trait; nobody else can set it."))
                )
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
    ((token, region),) = sql.run(f"SELECT (SELECT token FROM people_traitpolicy), {country_sql()}")
    return _compiled(entity, token, region or "GB")


@lru_cache(maxsize=16)  # the token names one state of the tables, for ever
def _compiled(entity: str, token: uuid.UUID | None, region: str) -> Policy:
    definitions = _definitions(entity, region, own=token is not None)
    live = {key: definition for key, definition in definitions.items() if not definition.is_archived}
    aliases = {
        alias: key for key, definition in live.items() for alias in definition.aliases if alias not in live
    }
    identifying = {rule.trait for rule in identity_types.refresh(now=True).by_key.values() if rule.trait}
    names = spellings(live.values(), identifying if entity == PERSON else ())
    computed = registry.computed_traits() if entity == PERSON else frozenset()
    policy = Policy(live, aliases, None, {}, f"{token} {region}", names, computed)
    kinds = _Kinds()
    policy.default = Priority(_equal, public=kinds.is_public)
    rules = SourceRule.objects.filter(entity=entity) if token is not None else []
    for rule in rules:
        priority = _priority(rule, kinds)
        if rule.trait:
            policy.by_trait[rule.trait] = priority
        else:
            policy.default = priority
    policy.by_trait |= dict.fromkeys(computed, Priority(lambda slot: int(slot not in COMPUTED)))
    return policy


def _equal(_slot: str) -> int:
    return 0


def _definitions(entity: str, region: str, *, own: bool) -> dict[str, Definition]:
    definitions = {
        definition.key: replace(definition, rule=replace(definition.rule, region=region))
        for definition in PREDEFINED[entity]
    }
    if own:
        rows = TraitDefinition.objects.filter(entity=entity)
        definitions |= {row.key: row.as_definition(region) for row in rows}
    return definitions


def _priority(rule: SourceRule, kinds: _Kinds) -> Priority:
    if not rule.sources:
        return Priority(_equal, public=kinds.is_public)
    places = {entry: place for place, entry in reversed(list(enumerate(rule.sources)))}

    def rank(slot: str) -> int:
        names = [f"source:{slot}"]
        if slot in WORDS:
            names.append(WORDS[slot])
        elif slot.startswith("API key "):
            names.append("api")
        elif any(entry.startswith("kind:") for entry in places):
            names.append(f"kind:{kinds.of(slot)}")
        return min((places[name] for name in names if name in places), default=len(places))

    stale = dt.timedelta(days=rule.stale_days) if rule.stale_days else None
    return Priority(rank, stale, kinds.is_public)


class _Kinds:
    """The kinds of sources, read when first needed, when a new source turns up, and now and then."""

    def __init__(self) -> None:
        self._kinds: dict[str, str] = {}
        self._read_at = float("-inf")

    def of(self, source: str) -> str:
        if source not in self._kinds or time.monotonic() - self._read_at > KINDS_SECONDS:
            self._kinds = {source: "", **registry.source_kinds()}
            self._read_at = time.monotonic()
        return self._kinds[source]

    def is_public(self, source: str) -> bool:
        """Whether anybody may have sent it."""
        return self.of(source) in PUBLIC


sources = _Kinds()
