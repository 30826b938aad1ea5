"""Writing what the business says of traits: definitions, and whose word counts."""

from __future__ import annotations

import re
import uuid
from dataclasses import asdict, dataclass, field, replace
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from rapport.core.access import Actor
from rapport.core.clock import SYSTEM, Clock
from rapport.core.plain_text import plain
from rapport.core.services import audit
from rapport.people.models import SourceRule, TraitDefinition, TraitPolicy
from rapport.people.services.recompute import recompute
from rapport.people.values import patterns, schema
from rapport.people.values.types import TEXT_LIMIT, TraitType

_KEY = re.compile(r"[^\s.`\\][^\n.`\\]{0,98}[^\s.`\\]|[^\s.`\\]")
ENTRY = re.compile(r"hand|import|api|computed|(kind|source):.{1,120}")


@dataclass(frozen=True, slots=True)
class Draft:
    """What a definition is to say. `minimum` and `maximum` bound figures, or lengths of texts and lists."""

    label: str
    kind: str
    description: str = ""
    options: tuple[str, ...] = ()
    currency: str = ""
    minimum: Decimal | None = None
    maximum: Decimal | None = None
    pattern: str = ""
    section: str = ""
    position: int = 100
    aliases: tuple[str, ...] = field(default=())
    is_required: bool = False
    is_personal: bool = True
    is_column: bool = False
    is_read_only: bool = False


@transaction.atomic
def define(*, actor: Actor, entity: str, key: str, draft: Draft, clock: Clock = SYSTEM) -> TraitDefinition:
    """Makes or replaces the definition of a trait; existing profiles are judged again in the background.

    Raises ValidationError by field, PermissionDenied without `settings.edit`.
    """
    actor.require("settings.edit")
    _check(entity, key, draft)
    draft = replace(draft, options=tuple(plain(option) for option in draft.options))
    before = TraitDefinition.objects.filter(entity=entity, key=key).first()
    values = asdict(draft) | {"options": list(draft.options), "aliases": list(draft.aliases)}
    row, created = TraitDefinition.objects.update_or_create(
        entity=entity, key=key, defaults={**values, "archived_at": None}
    )
    touch()
    if before is None or _judged(before) != _judged(row):
        recompute(actor=actor, entity=entity, reason=_("“%(key)s” was defined") % {"key": key}, clock=clock)
    _note(actor, "trait.defined" if created else "trait.changed", entity, key, clock=clock)
    return row


def _judged(row: TraitDefinition) -> tuple[Any, ...]:
    """What of a definition existing values depend on."""
    bounds = tuple(None if bound is None else Decimal(bound) for bound in (row.minimum, row.maximum))
    return row.kind, tuple(row.options), bounds, row.pattern, tuple(row.aliases), row.archived_at


def _check(entity: str, key: str, draft: Draft) -> None:
    errors: dict[str, str] = {}
    if entity not in schema.PREDEFINED or not _KEY.fullmatch(key):
        errors["key"] = _("Give a key of at most 100 characters without dots, such as favourite_colour.")
    if not draft.label.strip():
        errors["label"] = _("Give the trait a label.")
    if draft.kind not in TraitType.values:
        errors["kind"] = _("Choose a type.")
    if draft.kind in {TraitType.CHOICE, TraitType.CHOICES} and not draft.options:
        errors["options"] = _("Give at least one option, one per line.")
    if wrong := _options_problem(draft.options):
        errors["options"] = wrong
    if draft.kind == TraitType.MONEY and not re.fullmatch("[A-Z]{3}", draft.currency):
        errors["currency"] = _("Give the currency's three letters, such as GBP.")
    if draft.minimum is not None and draft.maximum is not None and draft.minimum > draft.maximum:
        errors["maximum"] = _("The maximum is below the minimum.")
    if draft.pattern and (wrong := patterns.problem(draft.pattern)):
        errors["pattern"] = wrong
    if key in draft.aliases:
        errors["aliases"] = _("A trait cannot be another spelling of itself.")
    if errors:
        raise ValidationError(errors)


def _options_problem(options: tuple[str, ...]) -> str:
    """Why these cannot be told apart, or an empty text: a value is held against them without its case and blanks."""
    names: set[str] = set()
    for option in options:
        if not (name := plain(option).lower()):
            return _("An option is empty. Leave the trait without a value instead.")
        if len(option) > TEXT_LIMIT:
            return _("An option has at most %(n)d characters.") % {"n": TEXT_LIMIT}
        if name in names:
            return _("“%(option)s” is there twice; upper and lower case make no difference.") % {
                "option": option
            }
        names.add(name)
    return ""


@transaction.atomic
def archive(*, actor: Actor, entity: str, key: str, clock: Clock = SYSTEM) -> None:
    """The values stay and new ones are taken as they come, as those of a trait nobody defined."""
    actor.require("settings.edit")
    row = TraitDefinition.objects.filter(entity=entity, key=key).first() or _own_copy(entity, key)
    row.archived_at = clock.now()
    row.save(update_fields=["archived_at"])
    touch()
    _note(actor, "trait.archived", entity, key, clock=clock)


@transaction.atomic
def restore(*, actor: Actor, entity: str, key: str, clock: Clock = SYSTEM) -> None:
    actor.require("settings.edit")
    TraitDefinition.objects.filter(entity=entity, key=key).update(archived_at=None)
    touch()
    recompute(actor=actor, entity=entity, reason=_("“%(key)s” was restored") % {"key": key}, clock=clock)
    _note(actor, "trait.restored", entity, key, clock=clock)


def _own_copy(entity: str, key: str) -> TraitDefinition:
    predefined = next((definition for definition in schema.PREDEFINED[entity] if definition.key == key), None)
    if predefined is None:
        raise ValidationError(_("There is no such trait."))
    return TraitDefinition.objects.create(
        entity=entity,
        key=key,
        label=str(predefined.label),
        kind=predefined.kind,
        section=str(predefined.section),
        position=predefined.position,
        aliases=list(predefined.aliases),
        is_personal=predefined.is_personal,
    )


@transaction.atomic
def set_rule(
    *,
    actor: Actor,
    entity: str,
    trait: str,
    sources: list[str],
    stale_days: int | None,
    clock: Clock = SYSTEM,
) -> SourceRule:
    """Whose word counts for a trait (or, for "", for all others), the most trusted first.

    Existing profiles are judged again in the background. Raises ValidationError, PermissionDenied.
    """
    actor.require("settings.edit")
    if any(not ENTRY.fullmatch(entry) for entry in sources) or len(set(sources)) != len(sources):
        raise ValidationError(_("Each source can be in the list once."))
    rule, _created = SourceRule.objects.update_or_create(
        entity=entity,
        trait=trait,
        defaults={"sources": sources, "stale_days": stale_days or None, "updated_at": clock.now()},
    )
    touch()
    recompute(actor=actor, entity=entity, reason=_("Source priority changed"), clock=clock)
    _note(
        actor,
        "trait.priority_set",
        entity,
        trait or "default",
        {"sources": sources, "stale_days": stale_days},
        clock=clock,
    )
    return rule


@transaction.atomic
def remove_rule(*, actor: Actor, entity: str, trait: str, clock: Clock = SYSTEM) -> None:
    """Lets the default decide again, or, for the default itself, the newest."""
    actor.require("settings.edit")
    removed, _rows = SourceRule.objects.filter(entity=entity, trait=trait).delete()
    if removed:
        touch()
        recompute(actor=actor, entity=entity, reason=_("Source priority changed"), clock=clock)
        _note(actor, "trait.priority_removed", entity, trait or "default", clock=clock)


def touch() -> None:
    """Makes every process read the rules again."""
    TraitPolicy.objects.update_or_create(pk=1, defaults={"token": uuid.uuid4()})


def _note(
    actor: Actor,
    action: str,
    entity: str,
    key: str,
    data: dict[str, Any] | None = None,
    clock: Clock = SYSTEM,
) -> None:
    audit.record(
        actor=actor, action=action, object_type="trait", object_id=f"{entity}:{key}", data=data, clock=clock
    )
