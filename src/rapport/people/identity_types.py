"""The rules of identifiers as the hot path reads them: built-ins with the business's changes laid over them.

`current()` never asks the database; `refresh()` does, at most every `TTL` seconds in each process, so that a change
in the settings is in force everywhere within that time.
"""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from rapport.core.queries import workspace
from rapport.people.models import IdentifierType, TraitDefinition
from rapport.people.registry import IDENTIFIER_TYPES
from rapport.people.values.keys import folded
from rapport.people.values.patterns import compiled
from rapport.people.values.schema import PERSON, PERSON_TRAITS

TTL = 2.0
PERIODS = {
    "ever": None,
    "day": dt.timedelta(days=1),
    "week": dt.timedelta(days=7),
    "month": dt.timedelta(days=30),
}


@dataclass(frozen=True, slots=True)
class IdentifierRule:
    """One type of identifier; see `models.IdentifierType` for what each word means."""

    key: str
    label: str
    normaliser: str = "text"
    most: int = 5
    period: dt.timedelta | None = None
    priority: int = 100
    merges: bool = True
    unique: bool = True
    identifies: bool = False
    trait: str = ""
    blocked: frozenset[str] = frozenset()
    pattern: str = ""

    @property
    def only_one(self) -> bool:
        """Whether nobody has two of it, so that two different ones are two persons."""
        return self.unique and self.identifies and self.most == 1 and self.period is None

    def blocks(self, text: str) -> bool:
        """Whether this value identifies nobody."""
        return text.lower() in self.blocked or bool(self.pattern and compiled(self.pattern).fullmatch(text))


@dataclass(frozen=True, slots=True)
class Rules:
    """All types, strongest first. `version` differs whenever anything differs; `region` is the business's country, in
    which phone numbers without a country code are read.
    """

    version: int
    by_key: dict[str, IdentifierRule]
    places: dict[str, int] = field(default_factory=dict)
    traits: dict[str, str] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    region: str = "GB"

    def type_of(self, name: str) -> str:
        """The type of identifier that a name means, as `emailAddress`, `Email` or `userId` do; itself if none."""
        return name if name in self.by_key else self.names.get(folded(name), name)

    def among(self, traits: Mapping[str, Any]) -> list[tuple[str, Any]]:
        """(type, value) of the traits that identify. A trait under its own key beats other spellings of it."""
        values = {kind: value for name, value in traits.items() if (kind := self.traits.get(folded(name)))}
        return [(kind, traits.get(self.by_key[kind].trait, value)) for kind, value in values.items()]

    def place(self, kind: str) -> int:
        """Strength: 0 is the strongest."""
        return self.places.get(kind, len(self.places))

    def ordered(self, identifiers: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
        """Once each, strongest first; equally strong ones as they came."""
        return sorted(dict.fromkeys(identifiers), key=lambda identifier: self.place(identifier[0]))

    @property
    def identifying(self) -> frozenset[str]:
        return frozenset(rule.key for rule in self.by_key.values() if rule.identifies)


BUILT_IN = (
    IdentifierRule("user_id", gettext_noop("User id"), most=1, priority=10, identifies=True),
    IdentifierRule("crm_id", gettext_noop("CRM id"), most=1, priority=20, identifies=True),
    IdentifierRule("shopify_id", gettext_noop("Shop customer id"), most=1, priority=30, identifies=True),
    IdentifierRule(
        "card_number", gettext_noop("Loyalty card"), normaliser="digits", most=5, priority=40, identifies=True
    ),
    *(
        IdentifierRule(key, label, normaliser=key, most=5, priority=priority, identifies=True, trait=key)
        for key, label, priority in (
            ("email", gettext_noop("Email"), 50),
            ("phone", gettext_noop("Phone"), 60),
        )
    ),
    IdentifierRule("anonymous_id", gettext_noop("Anonymous id"), most=500, priority=70),
    # A row of a file that names nobody: the same row again is the same person, and no two rows are ever joined by it.
    IdentifierRule(
        "import_key", gettext_noop("Row of a file"), most=1, priority=75, merges=False, identifies=True
    ),
    IdentifierRule("device_id", gettext_noop("Device id"), most=0, priority=80, merges=False, unique=False),
)


def register() -> None:
    """The built-in types enter by the door that higher apps use for theirs."""
    for rule in BUILT_IN:
        IDENTIFIER_TYPES.register(rule)


Aliases = dict[str, tuple[str, ...]]
# {trait: what else it is called} as Rapport comes; the business's definitions take the place of these.
USUAL: Aliases = {definition.key: definition.aliases for definition in PERSON_TRAITS}


def _rules(version: int, given: Iterable[IdentifierRule], aliases: Aliases, region: str = "GB") -> Rules:
    ordered = sorted(given, key=lambda rule: (rule.priority, rule.key))
    traits = {
        folded(name): rule.key
        for rule in ordered
        if rule.trait
        for name in (*aliases.get(rule.trait, ()), rule.trait)
    }
    return Rules(
        version,
        {rule.key: rule for rule in ordered},
        {rule.key: place for place, rule in enumerate(ordered)},
        traits,
        traits | {folded(rule.key): rule.key for rule in ordered},
        region,
    )


_current: Rules | None = None
_read_at = float("-inf")


def current() -> Rules:
    """The rules as they were read last; before that, as they were registered."""
    global _current  # noqa: PLW0603  one cache per process
    if _current is None:
        _current = _rules(0, IDENTIFIER_TYPES, USUAL)
    return _current


def label_of(key: str) -> str:
    """What colleagues call a type; its key when there is no such type any more."""
    rule = current().by_key.get(key)
    return _(rule.label) if rule else key


def refresh(*, now: bool = False) -> Rules:
    """The rules, read again if they are older than `TTL` seconds or `now`."""
    global _current, _read_at  # noqa: PLW0603  one cache per process
    before = current()
    if not now and time.monotonic() - _read_at < TTL:
        return before
    rows = dict(IDENTIFIER_TYPES.items())
    rows |= {row.key: rule_of(row) for row in IdentifierType.objects.all()}
    rules = _rules(before.version + 1, rows.values(), USUAL | _own_aliases(), workspace().country or "GB")
    _read_at = time.monotonic()
    if (rules.by_key, rules.names, rules.region) == (before.by_key, before.names, before.region):
        return before
    _current = rules
    return rules


def _own_aliases() -> Aliases:
    rows = TraitDefinition.objects.filter(entity=PERSON, archived_at=None)
    return {key: tuple(aliases) for key, aliases in rows.values_list("key", "aliases")}


def rule_of(row: IdentifierType) -> IdentifierRule:
    return IdentifierRule(
        key=row.key,
        label=row.label,
        normaliser=row.normaliser,
        most=row.most,
        period=PERIODS[row.period],
        priority=row.priority,
        merges=row.merges,
        unique=row.unique,
        identifies=row.identifies,
        trait=row.trait,
        blocked=frozenset(value.lower() for value in row.blocked_values),
        pattern=row.blocked_pattern,
    )
