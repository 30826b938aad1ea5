"""Changing what may identify people. Every running worker follows within `identity_types.TTL` seconds."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass, replace
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from rapport.core.access import Actor
from rapport.core.services import audit
from rapport.people import identity_types
from rapport.people.models import Identifier, IdentifierType, SharedIdentifier
from rapport.people.registry import IDENTIFIER_TYPES
from rapport.people.services import definitions
from rapport.people.spelling import spelled
from rapport.people.values import patterns

KEY = re.compile(r"[a-zA-Z][a-zA-Z0-9_.-]{0,31}")


@dataclass(frozen=True, slots=True)
class TypeSettings:
    """Everything that is said about a type; see `models.IdentifierType`."""

    label: str
    normaliser: str = "text"
    most: int = 5
    period: str = "ever"
    priority: int = 100
    merges: bool = True
    unique: bool = True
    identifies: bool = False
    trait: str = ""
    blocked_values: tuple[str, ...] = ()
    blocked_pattern: str = ""


def settings_of(rule: identity_types.IdentifierRule) -> TypeSettings:
    period = next(name for name, length in identity_types.PERIODS.items() if length == rule.period)
    return TypeSettings(
        rule.label,
        rule.normaliser,
        rule.most,
        period,
        rule.priority,
        rule.merges,
        rule.unique,
        rule.identifies,
        rule.trait,
        tuple(sorted(rule.blocked)),
        rule.pattern,
    )


@transaction.atomic
def save_type(*, actor: Actor, key: str, columns: TypeSettings) -> IdentifierType:
    """Makes a type or changes one, built-in ones too. What is linked already stays. Raises ValidationError."""
    actor.require("settings.edit")
    _check(key, columns)
    fields: dict[str, Any] = asdict(columns) | {"blocked_values": list(columns.blocked_values)}
    row, _created = IdentifierType.objects.update_or_create(key=key, defaults=fields)
    audit.record(
        actor=actor,
        action="identifier_type.saved",
        object_type="identifier_type",
        object_id=key,
        data=fields,
    )
    definitions.touch()
    transaction.on_commit(lambda: identity_types.refresh(now=True))
    return row


@transaction.atomic
def move_type(*, actor: Actor, key: str, up: bool) -> None:
    """Makes a type stronger than the one above it, or weaker than the one below. At an end nothing happens."""
    actor.require("settings.edit")
    rules = list(identity_types.refresh(now=True).by_key.values())
    place = next((place for place, rule in enumerate(rules) if rule.key == key), None)
    other = None if place is None else place + (-1 if up else 1)
    if place is None or other is None or not 0 <= other < len(rules):
        return
    before = {rule.key: rule.priority for rule in rules}
    rules[place], rules[other] = rules[other], rules[place]
    strengths = sorted(before.values())
    if len(set(strengths)) < len(strengths):
        strengths = [10 * (number + 1) for number in range(len(rules))]
    for rule, strength in zip(rules, strengths, strict=True):
        if before[rule.key] != strength:
            save_type(actor=actor, key=rule.key, columns=replace(settings_of(rule), priority=strength))


def _check(key: str, columns: TypeSettings) -> None:
    errors: dict[str, str] = {}
    if not KEY.fullmatch(key):
        errors["key"] = _("Letters, digits, dots, dashes and underscores; at most 32; a letter first.")
    # Strangers' values are held against it, in the one place that all events pass.
    if wrong := patterns.problem(columns.blocked_pattern):
        errors["blocked_pattern"] = wrong
    if columns.normaliser not in IdentifierType.Normaliser.values:
        errors["normaliser"] = _("Choose one from the list.")
    if columns.period not in IdentifierType.Period.values:
        errors["period"] = _("Choose one from the list.")
    before = identity_types.refresh(now=True).by_key.get(key)
    if before and before.normaliser != columns.normaliser and _misspelt(key, columns.normaliser):
        errors["normaliser"] = _(
            "Linked values would be normalised differently and no longer match. Create a new type instead."
        )
    if before and before.unique != columns.unique and _in_use(key):
        errors["unique"] = _("Some people already have such values. Create a new type instead.")
    if errors:
        raise ValidationError(errors)


def _misspelt(key: str, normaliser: str) -> bool:
    values = Identifier.objects.filter(type=key).values_list("value", flat=True)[:10_000]
    return any(spelled(normaliser, value) != value for value in values)


def _in_use(key: str) -> bool:
    rows = Identifier.objects.filter(type=key), SharedIdentifier.objects.filter(type=key)
    return any(row.exists() for row in rows)


@transaction.atomic
def remove_type(*, actor: Actor, key: str) -> None:
    """A built-in type gets its own rules back; another is removed, if nobody has a value of it.

    Raises ValidationError.
    """
    actor.require("settings.edit")
    built_in = key in IDENTIFIER_TYPES
    if not built_in and _in_use(key):
        raise ValidationError(_("Some people are identified by it. Set a limit or block values instead."))
    if IdentifierType.objects.filter(key=key).delete()[0]:
        audit.record(
            actor=actor, action="identifier_type.removed", object_type="identifier_type", object_id=key
        )
    definitions.touch()
    transaction.on_commit(lambda: identity_types.refresh(now=True))
