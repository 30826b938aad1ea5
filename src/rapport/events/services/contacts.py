"""Contacts written down by hand. Every change is a new version and an event of its own; nothing is overwritten."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import asdict, dataclass

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from rapport.core.access import Actor
from rapport.core.clock import SYSTEM, Clock
from rapport.core.services import audit
from rapport.core.services.outbox import emit
from rapport.events.models import ContactVersion, LoggedContact
from rapport.people.models import Company
from rapport.people.queries import person_for, require_persons

EVENTS = {"call": "Call Logged", "visit": "Visit Logged", "meeting": "Meeting Logged", "note": "Note Added"}
LONGEST = 20_000


@dataclass(frozen=True, slots=True)
class Said:
    """What a contact was. `direction` is "in" or "out"; `at` is when it took place."""

    at: dt.datetime
    direction: str = ""
    outcome: str = ""
    minutes: int | None = None
    text: str = ""
    company_id: uuid.UUID | None = None


@transaction.atomic
def log_contact(
    *, actor: Actor, person_id: uuid.UUID, kind: str, said: Said, clock: Clock = SYSTEM
) -> ContactVersion:
    """Puts a call, visit, meeting or note on a person's record. Raises ValidationError by field."""
    require_persons(actor, "people.edit", [person_id])
    person = person_for(actor, person_id)
    if kind not in EVENTS:
        raise ValidationError({"kind": _("Choose a call, a visit, a meeting or a note.")})
    _check(kind, said, clock.now())
    contact = LoggedContact.objects.create(person=person, kind=kind, created_at=clock.now())
    version = _write(actor, contact, said, removed=False, clock=clock)
    _tell(actor, version, EVENTS[kind], said.at)
    return version


@transaction.atomic
def correct_contact(
    *, actor: Actor, contact_id: uuid.UUID, said: Said, clock: Clock = SYSTEM
) -> ContactVersion:
    """Says anew what a contact was. What was said before stays in its history. Raises ValidationError."""
    contact = _locked(actor, contact_id)
    _check(contact.kind, said, clock.now())
    before = _newest(contact)
    if before.removed:
        raise ValidationError(_("This was taken off the record; put it back first."))
    if said == said_of(before):
        return before
    version = _write(actor, contact, said, removed=False, clock=clock)
    _tell(actor, version, "Contact Corrected", clock.now())
    return version


@transaction.atomic
def remove_contact(*, actor: Actor, contact_id: uuid.UUID, clock: Clock = SYSTEM) -> ContactVersion:
    """Takes a contact off the record; `restore_contact` is the way back."""
    return _mark(actor, contact_id, "Contact Removed", removed=True, clock=clock)


@transaction.atomic
def restore_contact(*, actor: Actor, contact_id: uuid.UUID, clock: Clock = SYSTEM) -> ContactVersion:
    """Puts a contact back on the record as it was."""
    return _mark(actor, contact_id, "Contact Restored", removed=False, clock=clock)


def _mark(actor: Actor, contact_id: uuid.UUID, event: str, *, removed: bool, clock: Clock) -> ContactVersion:
    contact = _locked(actor, contact_id)
    before = _newest(contact)
    if before.removed == removed:
        return before
    version = _write(actor, contact, said_of(before), removed=removed, clock=clock)
    _tell(actor, version, event, clock.now())
    return version


def said_of(version: ContactVersion) -> Said:
    """What this version says."""
    names = ("at", "direction", "outcome", "minutes", "text", "company_id")
    return Said(**{name: getattr(version, name) for name in names})


def _check(kind: str, said: Said, now: dt.datetime) -> None:
    errors = {}
    if kind == "note" and not said.text.strip():
        errors["text"] = _("Write the note.")
    if len(said.text) > LONGEST:
        errors["text"] = _("At most 20,000 characters.")
    if said.minutes is not None and not 0 <= said.minutes <= 100_000:
        errors["minutes"] = _("Minutes are a number from 0.")
    if said.at > now + dt.timedelta(minutes=5):
        errors["at"] = _("This is in the future; log what has taken place.")
    if said.direction not in {"", *ContactVersion.Direction.values}:
        errors["direction"] = _("Choose who came to whom.")
    if said.company_id and not Company.objects.filter(pk=said.company_id).exists():
        errors["company"] = _("There is no such company.")
    if errors:
        raise ValidationError(errors)


def _write(
    actor: Actor, contact: LoggedContact, said: Said, *, removed: bool, clock: Clock
) -> ContactVersion:
    return ContactVersion.objects.create(
        contact=contact,
        number=contact.versions.count() + 1,
        removed=removed,
        actor_id=actor.id[:64],
        actor_label=actor.label[:254],
        written_at=clock.now(),
        **asdict(said),
    )


def _tell(actor: Actor, version: ContactVersion, event: str, at: dt.datetime) -> None:
    contact = version.contact
    facts = {
        "contact_id": str(contact.pk),
        "version": version.number,
        "kind": contact.kind,
        "direction": version.direction,
        "outcome": version.outcome,
        "minutes": version.minutes,
        "text": version.text[:2000],
        "company_id": str(version.company_id) if version.company_id else None,
        "happened_at": version.at.isoformat(),
        "by": actor.label,
    }
    emit(
        event,
        person_id=contact.person_id,
        properties={name: value for name, value in facts.items() if value not in (None, "")},
        message_id=f"contact-{contact.pk}-{version.number}",
        at=at,
    )
    action = "contact." + event.rsplit(maxsplit=1)[-1].lower()
    audit.record(actor=actor, action=action, object_type="contact", object_id=contact.pk)


def _newest(contact: LoggedContact) -> ContactVersion:
    return contact.versions.order_by("-number")[0]


def _locked(actor: Actor, contact_id: uuid.UUID) -> LoggedContact:
    contact = LoggedContact.objects.select_for_update().get(pk=contact_id)
    person_for(actor, contact.person_id)
    require_persons(actor, "people.edit", [contact.person_id])
    return contact
