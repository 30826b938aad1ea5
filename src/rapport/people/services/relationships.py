"""Writing how persons stand to one another and to companies."""

from __future__ import annotations

import datetime as dt
import json
import uuid
from dataclasses import asdict, dataclass

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.text import slugify
from django.utils.translation import gettext as _

from rapport.core.access import Actor
from rapport.core.clock import SYSTEM, Clock
from rapport.core.crypto import sign, unsign
from rapport.core.services import audit
from rapport.people.models import Relationship, RelationshipType
from rapport.people.queries import relations as relation_queries
from rapport.people.queries import require_persons

PURPOSE = "relationship"
IDS = ("person", "other_person", "other_company")


@dataclass(frozen=True, slots=True)
class Tie:
    """`person` is the type's label of the other: `person` is the Parent of `other_person`."""

    type: str
    person: uuid.UUID
    other_person: uuid.UUID | None = None
    other_company: uuid.UUID | None = None
    since: dt.date | None = None
    until: dt.date | None = None
    note: str = ""


@transaction.atomic
def relate(*, actor: Actor, tie: Tie, source: str, clock: Clock = SYSTEM) -> Relationship:
    """Adds a relationship. Raises ValidationError by field."""
    require_persons(actor, "people.edit", [tie.person])
    tie = _settled(tie)
    try:
        with transaction.atomic():
            row = Relationship.objects.create(
                type=tie.type,
                person_id=tie.person,
                other_person_id=tie.other_person,
                other_company_id=tie.other_company,
                since=tie.since,
                until=tie.until,
                note=tie.note[:254],
                source=source[:254],
            )
    except IntegrityError as error:
        raise ValidationError({"other": _("This relationship already exists.")}) from error
    _note(actor, "relationship.added", row, clock=clock)
    return row


def _settled(tie: Tie) -> Tie:
    """Checked, and of a symmetric type with the smaller id first. Raises ValidationError."""
    kind = relation_queries.kinds().get(tie.type)
    if kind is None:
        raise ValidationError({"type": _("Choose what kind of relationship it is.")})
    if kind.with_company != (tie.other_company is not None) or (tie.other_person is None) == (
        tie.other_company is None
    ):
        which = _("a company") if kind.with_company else _("a person")
        raise ValidationError({"other": _("Choose %(which)s for this kind.") % {"which": which}})
    if tie.person == tie.other_person:
        raise ValidationError({"other": _("A person cannot be related to themselves.")})
    if tie.since and tie.until and tie.until < tie.since:
        raise ValidationError({"until": _("The end is before the beginning.")})
    if kind.is_symmetric and tie.other_person and tie.other_person < tie.person:
        return Tie(tie.type, tie.other_person, tie.person, None, tie.since, tie.until, tie.note)
    return tie


@transaction.atomic
def end(*, actor: Actor, relationship: Relationship, until: dt.date | None, clock: Clock = SYSTEM) -> None:
    """Says until when it was so; None: it goes on."""
    require_persons(actor, "people.edit", [relationship.person_id])
    if until and relationship.since and until < relationship.since:
        raise ValidationError({"until": _("The end is before the beginning.")})
    relationship.until = until
    relationship.save(update_fields=["until"])
    _note(actor, "relationship.ended", relationship, clock=clock)


@transaction.atomic
def forget(*, actor: Actor, relationship: Relationship, clock: Clock = SYSTEM) -> Tie:
    """Takes it off the record, as if it had never been; gives what `relate` needs to bring it back."""
    require_persons(actor, "people.edit", [relationship.person_id])
    _note(actor, "relationship.removed", relationship, clock=clock)
    tie = Tie(
        relationship.type,
        relationship.person_id,
        relationship.other_person_id,
        relationship.other_company_id,
        relationship.since,
        relationship.until,
        relationship.note,
    )
    relationship.delete()
    return tie


def restore(*, actor: Actor, given: str, source: str, clock: Clock = SYSTEM) -> Relationship:
    """Puts back what `forget` took off; `given` is what `kept` made of it. Raises ValidationError."""
    try:
        data = json.loads(unsign(PURPOSE, given))
    except ValueError as error:
        raise ValidationError(_("This can no longer be undone.")) from error
    ids = {name: uuid.UUID(data[name]) if data[name] else None for name in IDS}
    days = {name: dt.date.fromisoformat(data[name]) if data[name] else None for name in ("since", "until")}
    return relate(actor=actor, tie=Tie(**(data | ids | days)), source=source, clock=clock)


def kept(tie: Tie) -> str:
    """The tie as text that nobody else can make, for an undo."""
    data = {name: str(value) if value else "" for name, value in asdict(tie).items()}
    return sign(PURPOSE, json.dumps(data).encode())


@transaction.atomic
def add_type(
    *, actor: Actor, label: str, inverse: str = "", with_company: bool = False, clock: Clock = SYSTEM
) -> RelationshipType:
    """A kind of the business's own; without an inverse it is the same in both directions."""
    actor.require("settings.edit")
    key = slugify(label)[:40]
    if not key:
        raise ValidationError({"label": _("Give it a name, such as Godparent.")})
    if key in relation_queries.kinds(archived=True):
        raise ValidationError({"label": _("Another one has this name.")})
    row = RelationshipType.objects.create(
        key=key, label=label.strip(), inverse=inverse.strip() or label.strip(), with_company=with_company
    )
    audit.record(
        actor=actor,
        action="relationship.type_added",
        object_type="relationship_type",
        object_id=key,
        clock=clock,
    )
    return row


@transaction.atomic
def archive_type(*, actor: Actor, key: str, archived: bool = True, clock: Clock = SYSTEM) -> None:
    """No longer offered; what is on record stays. Raises RelationshipType.DoesNotExist."""
    actor.require("settings.edit")
    kind = relation_queries.kinds(archived=True).get(key)
    if kind is None:
        raise RelationshipType.DoesNotExist
    RelationshipType.objects.update_or_create(
        key=key,
        defaults={
            "label": str(kind.label),
            "inverse": str(kind.inverse),
            "with_company": kind.with_company,
            "archived_at": clock.now() if archived else None,
        },
    )
    action = "relationship.type_archived" if archived else "relationship.type_restored"
    audit.record(actor=actor, action=action, object_type="relationship_type", object_id=key, clock=clock)


def _note(actor: Actor, action: str, row: Relationship, clock: Clock) -> None:
    data = {"type": row.type, "relationship": row.pk}
    audit.record(
        actor=actor, action=action, object_type="person", object_id=row.person_id, data=data, clock=clock
    )
