"""Making, changing and removing computed traits."""

from __future__ import annotations

import re
import unicodedata
from typing import Any

from clickhouse_connect.driver.exceptions import ClickHouseError
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from rapport.core import clickhouse
from rapport.core.access import Actor
from rapport.core.clock import SYSTEM, Clock
from rapport.core.services import audit
from rapport.people.services import definitions
from rapport.segments.clauses.shorthand import STAGE_TRAIT
from rapport.segments.computed import queries
from rapport.segments.computed.language.definition import validate
from rapport.segments.computed.services.computing import KIND
from rapport.segments.language.compilation import path
from rapport.segments.models import ComputedTrait
from rapport.segments.services import hidden

# What identifies people or names them, and what Rapport writes itself.
RESERVED = frozenset(
    {"name", "email", "phone", "first_name", "firstName", "last_name", "lastName", "address", STAGE_TRAIT}
)
MOST = 100


class Collision(ValidationError):
    """Persons have a trait of this name from another source; it may be taken over."""


@transaction.atomic
def create_trait(
    *,
    actor: Actor,
    name: str,
    definition: dict[str, Any],
    key: str = "",
    description: str = "",
    take_over: bool = False,
    clock: Clock = SYSTEM,
) -> ComputedTrait:
    """Makes a computed trait; the values are worked out in the background.

    Raises InvalidDefinition, and ValidationError (by field) for a bad name, or a key that is taken: by another
    computed trait, or by a trait that other sources bring and `take_over` does not allow to overwrite.
    """
    actor.require("segments.edit")
    validate(definition)
    hidden.check(actor, definition)
    name = _checked_name(name)
    if ComputedTrait.objects.filter(archived_at=None).count() >= MOST:
        raise ValidationError(
            _("The limit of %(n)d computed traits is reached; remove one first.") % {"n": MOST}
        )
    key = key or _key_from(name)
    _check_key(key)
    if not take_over:
        check_collision(key)
    trait = ComputedTrait.objects.create(
        key=key,
        name=name,
        description=description.strip(),
        definition=definition,
        created_at=clock.now(),
        updated_at=clock.now(),
        created_by=actor.label,
    )
    KIND.request([trait], clock=clock)
    data = {"key": key, "name": name, "definition": definition, "take_over": take_over}
    _record(actor, "computed_trait.created", trait, data, clock)
    return trait


@transaction.atomic
def update_trait(
    *,
    actor: Actor,
    trait: ComputedTrait,
    name: str | None = None,
    description: str | None = None,
    definition: dict[str, Any] | None = None,
    clock: Clock = SYSTEM,
) -> ComputedTrait:
    """Changes what is given; the key stays. A changed definition is worked out anew in the background."""
    actor.require("segments.edit")
    trait = ComputedTrait.objects.select_for_update(no_key=True).get(pk=trait.pk)
    given = {
        "name": None if name is None else _checked_name(name),
        "description": None if description is None else description.strip(),
        "definition": definition,
    }
    changes = {k: v for k, v in given.items() if v is not None and v != getattr(trait, k)}
    if not changes:
        return trait
    if "definition" in changes:
        validate(definition)
        hidden.check(actor, definition)
    before = {field: getattr(trait, field) for field in changes}
    for field, value in changes.items():
        setattr(trait, field, value)
    trait.updated_at = clock.now()
    trait.version += "definition" in changes
    trait.save(update_fields=[*changes, "updated_at", "version"])
    if "definition" in changes:
        KIND.request(ComputedTrait.objects.filter(pk=trait.pk), clock=clock)
        trait.refresh_from_db()
        _record(actor, "computed_trait.updated", trait, {"before": before, "after": changes}, clock)
    return trait


@transaction.atomic
def recompute_trait(*, actor: Actor, trait: ComputedTrait, clock: Clock = SYSTEM) -> None:
    """Looks at everybody anew, whatever was computed before."""
    actor.require("segments.edit")
    KIND.request(ComputedTrait.objects.filter(pk=trait.pk, archived_at=None), clock=clock)
    _record(actor, "computed_trait.recomputed", trait, {}, clock)


@transaction.atomic
def archive_trait(*, actor: Actor, trait: ComputedTrait, clock: Clock = SYSTEM) -> None:
    """Takes it out of use and off everybody, which restoring brings back: nothing is lost, it is computed again.

    Raises ValidationError while segments or lifecycle stages look at it.
    """
    actor.require("segments.edit")
    if users := [name for _kind, _key, name in queries.used_by(trait.key)]:
        message = _("It is used by: %(names)s. Change these first.")
        raise ValidationError(message % {"names": ", ".join(users)})
    rows = ComputedTrait.objects.filter(pk=trait.pk, archived_at=None)
    if not rows.update(archived_at=clock.now(), removed_at=None):
        return
    KIND.request(ComputedTrait.objects.filter(pk=trait.pk), clock=clock)
    _record(actor, "computed_trait.archived", trait, {"key": trait.key}, clock)


@transaction.atomic
def restore_trait(*, actor: Actor, trait: ComputedTrait, clock: Clock = SYSTEM) -> None:
    """Brings an archived one back and computes it anew. Raises ValidationError when its name was given away."""
    actor.require("segments.edit")
    validate(trait.definition)
    trait = ComputedTrait.objects.select_for_update(no_key=True).get(pk=trait.pk)
    if trait.archived_at is None:
        return
    _check_key(trait.key)
    rows = ComputedTrait.objects.filter(pk=trait.pk)
    rows.update(archived_at=None, removed_at=None)
    KIND.request(rows, clock=clock)
    _record(actor, "computed_trait.restored", trait, {}, clock)


def check_collision(key: str) -> None:
    """Raises ValidationError when persons have a trait of this name from elsewhere."""
    place = f"traits.{path(key)}"
    present = f"(isNotNull({place}) OR toString(traits.^{path(key)}) != '{{}}')"
    try:
        number = clickhouse.scalar(f"SELECT countIf({present}) FROM people FINAL WHERE deleted = 0")
    except (ClickHouseError, OSError):
        raise ValidationError(_("The event store is not responding; try again later.")) from None
    if number:
        raise Collision({"key": _collision(key, number)})


def _collision(key: str, number: int) -> str:
    text = ngettext(
        "%(n)d person has a trait “%(key)s” from another source already.",
        "%(n)d people have a trait “%(key)s” from other sources already.",
        number,
    )
    return text % {"n": number, "key": key} + " " + _("Choose another key, or take it over.")


def _checked_name(name: str) -> str:
    name = name.strip()
    if not 0 < len(name) <= 120:
        raise ValidationError({"name": _("Give it a name of at most 120 characters.")})
    return name


def _check_key(key: str) -> None:
    if not re.fullmatch(r"[a-z][a-z0-9_]{0,63}", key):
        raise ValidationError({"key": _("A key has lower-case letters, digits and _, a letter first.")})
    if key in RESERVED:
        raise ValidationError({"key": _("“%(key)s” is reserved.") % {"key": key}})
    if ComputedTrait.objects.filter(key=key, archived_at=None).exists():
        raise ValidationError({"key": _("Another computed trait has this key.")})


def _key_from(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "_", plain).strip("_").lstrip("0123456789_")[:64] or "computed_trait"


def _record(actor: Actor, action: str, trait: ComputedTrait, data: dict[str, Any], clock: Clock) -> None:
    # Which traits nobody else may set is part of the policy that every process keeps in memory.
    definitions.touch()
    audit.record(
        actor=actor, action=action, object_type="computed_trait", object_id=trait.pk, data=data, clock=clock
    )
