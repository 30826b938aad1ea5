"""Making, changing and archiving segments; looking who would fit."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
import uuid
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from rapport.core import clickhouse
from rapport.core.access import Actor
from rapport.core.clock import SYSTEM, Clock
from rapport.core.links import uses_of
from rapport.core.plain_text import plain
from rapport.core.services import audit
from rapport.governance.registry import ConsentChannel
from rapport.people.models import Person
from rapport.people.queries import people
from rapport.segments.language import registry, tree
from rapport.segments.language.problems import InvalidDefinition, Problem
from rapport.segments.models import Segment
from rapport.segments.services import compiler, hidden, recompute, versions

SAMPLE = 5


@transaction.atomic
def create_segment(
    *,
    actor: Actor,
    name: str,
    definition: dict[str, Any],
    key: str = "",
    description: str = "",
    kind: str = Segment.Kind.RULES,
    clock: Clock = SYSTEM,
) -> Segment:
    """Makes a segment; who is in it is computed in the background.

    Raises InvalidDefinition, and ValidationError (by field) for a bad name or a key that is taken.
    """
    actor.require("segments.edit")
    name = _checked_name(name)
    key = _checked_key(key) if key else _free_key(name)
    check_definition(definition, key=key)
    hidden.check(actor, definition)
    segment = Segment.objects.create(
        key=key,
        name=name,
        description=description.strip(),
        kind=kind,
        definition=definition,
        created_at=clock.now(),
        updated_at=clock.now(),
        created_by=actor.label,
        moves_with_time=tree.moves_with_time(definition),
    )
    versions.keep(segment, actor_label=actor.label, clock=clock)
    recompute.request([segment.pk], clock=clock)
    segment.refresh_from_db()
    _record(actor, "segment.created", segment, {"name": name, "definition": definition}, clock)
    return segment


@transaction.atomic
def update_segment(
    *,
    actor: Actor,
    segment: Segment,
    name: str | None = None,
    description: str | None = None,
    definition: dict[str, Any] | None = None,
    clock: Clock = SYSTEM,
) -> Segment:
    """Changes what is given. A changed definition is a new version and is computed in the background."""
    actor.require("segments.edit")
    segment = Segment.objects.select_for_update(no_key=True).get(pk=segment.pk)
    before: dict[str, Any] = {}
    if name is not None and (checked := _checked_name(name)) != segment.name:
        before["name"], segment.name = segment.name, checked
    if description is not None and description.strip() != segment.description:
        before["description"], segment.description = segment.description, description.strip()
    if definition is not None and definition != segment.definition:
        if segment.kind == Segment.Kind.LIST:
            raise ValidationError(_("A list has no rules; add people by hand."))
        check_definition(definition, key=segment.key)
        hidden.check(actor, definition)
        versions.keep(segment, actor_label=segment.created_by, clock=clock)
        before["definition"], segment.definition = segment.definition, definition
        segment.version += 1
        segment.moves_with_time = tree.moves_with_time(definition)
    if before:
        segment.updated_at = clock.now()
        segment.save(update_fields=_EDITABLE)
        if "definition" in before:
            versions.keep(segment, actor_label=actor.label, clock=clock)
            recompute.request([segment.pk], clock=clock)
            segment.refresh_from_db()
        after = {field: getattr(segment, field) for field in before}
        _record(actor, "segment.updated", segment, {"before": before, "after": after}, clock)
    return segment


_EDITABLE = [
    "name",
    "description",
    "definition",
    "version",
    "moves_with_time",
    "updated_at",
]


@transaction.atomic
def archive_segment(*, actor: Actor, segment: Segment, clock: Clock = SYSTEM) -> None:
    """Takes the segment out of use; membership stays as it was. Raises ValidationError while others look at it."""
    actor.require("segments.edit")
    if users := [use.label for use in uses_of("segment", [segment.pk])[segment.pk] if use.blocks]:
        message = _("It is used by: %(names)s. Change these first.")
        raise ValidationError(message % {"names": ", ".join(users)})
    segment = Segment.objects.select_for_update(no_key=True).get(pk=segment.pk)
    if segment.archived_at:
        return
    Segment.objects.filter(pk=segment.pk).update(archived_at=clock.now(), requested_at=None)
    _record(actor, "segment.archived", segment, {"size": segment.size}, clock)


@transaction.atomic
def restore_segment(*, actor: Actor, segment: Segment, clock: Clock = SYSTEM) -> None:
    """Brings an archived segment back and computes it anew."""
    actor.require("segments.edit")
    check_definition(segment.definition, key=segment.key)
    Segment.objects.filter(pk=segment.pk).update(archived_at=None)
    recompute.request([segment.pk], clock=clock)
    _record(actor, "segment.restored", segment, {}, clock)


def check_definition(definition: Any, *, key: str = "") -> None:
    """Raises InvalidDefinition when it cannot be used by the segment with this key."""
    tree.validate(definition)
    problems = tree.missing(definition)
    problems += [
        Problem(pointer + "/in_segment", message)
        for pointer, clause in tree.walk(definition)
        if (kind := registry.kind_of(clause))
        for reference in kind.references(clause)
        if (message := _reference_problem(reference, key))
    ]
    if problems:
        raise InvalidDefinition(problems)


def _reference_problem(reference: str, key: str) -> str | None:
    live = {segment.key: segment for segment in Segment.objects.filter(archived_at=None)}
    if reference not in live:
        return _("There is no segment with the key “%(key)s”.") % {"key": reference}
    reached, frontier = {reference}, [reference]
    while frontier:
        inner = live.get(frontier.pop())
        further = (tree.references(inner.definition) if inner else set()) - reached
        reached |= further
        frontier.extend(further)
    if key and key in reached:
        return _("This goes round in a circle: “%(key)s” itself depends on this segment.") % {
            "key": reference
        }
    return None


@dataclass(frozen=True, slots=True)
class Preview:
    """How many fit now, how many persons there are, and a few who fit (as far as the actor may see)."""

    count: int
    total: int
    sample: list[Person]


def preview(*, actor: Actor, definition: Any, now: dt.datetime | None = None, key: str = "") -> Preview:
    """Who would be in a segment with this definition. Raises InvalidDefinition."""
    actor.require("segments.view")
    check_definition(definition, key=key)
    hidden.check(actor, definition)
    compiled = compiler.compile_definition(definition, now=now or SYSTEM.now())
    sql = (
        f"SELECT count() AS count, groupArray({SAMPLE})(person_id) AS sample, "
        f"(SELECT count() FROM people FINAL WHERE deleted = 0) AS total FROM ({compiled.sql})"
    )
    [row] = clickhouse.rows(sql, compiled.parameters)
    sample: list[uuid.UUID] = row["sample"]
    persons = list(people(actor).filter(pk__in=sample).order_by("-last_seen_at"))
    return Preview(row["count"], row["total"], persons)


def reachable(
    *,
    actor: Actor,
    definition: Any,
    purposes: list[str],
    channel: ConsentChannel,
    now: dt.datetime | None = None,
) -> list[int]:
    """For each purpose: how many who fit have the channel's address and consented to it. Raises InvalidDefinition."""
    actor.require("segments.view")
    check_definition(definition)
    hidden.check(actor, definition)
    counts = []
    for purpose in purposes:
        granted = {"consent": purpose, "channel": channel.key}
        narrowed = {"all": [definition, {"identifier": channel.identifier}, granted]}
        compiled = compiler.compile_definition(narrowed, now=now or SYSTEM.now())
        [row] = clickhouse.rows(f"SELECT count() AS count FROM ({compiled.sql})", compiled.parameters)
        counts.append(int(row["count"]))
    return counts


def _checked_name(name: str) -> str:
    name = plain(name)
    if not 0 < len(name) <= 120 or "\x00" in name:
        raise ValidationError({"name": _("Give the segment a name of at most 120 characters.")})
    return name


def _checked_key(key: str) -> str:
    if not re.fullmatch(r"[a-z0-9][a-z0-9_-]{0,63}", key):
        raise ValidationError({"key": _("A key has lower-case letters, digits, - and _ only.")})
    if Segment.objects.filter(key=key).exists():
        raise ValidationError({"key": _("Another segment has this key.")})
    return key


def _free_key(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    base = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:56] or "segment"
    taken = set(Segment.objects.filter(key__startswith=base).values_list("key", flat=True))
    return next(k for n in range(1, len(taken) + 2) if (k := base if n == 1 else f"{base}-{n}") not in taken)


def _record(actor: Actor, action: str, segment: Segment, data: dict[str, Any], clock: Clock) -> None:
    audit.record(
        actor=actor, action=action, object_type="segment", object_id=segment.pk, data=data, clock=clock
    )
