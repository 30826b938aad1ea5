"""Activities written down by hand. Every change is a new version and an event of its own; nothing is overwritten."""

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
from rapport.events.models import Activity, ActivityVersion
from rapport.people.queries import companies, person_for, require_persons

EVENTS = {"call": "Call Logged", "visit": "Visit Logged", "meeting": "Meeting Logged", "note": "Note Added"}
LONGEST = 20_000


@dataclass(frozen=True, slots=True)
class Details:
    """What an activity was. `direction` is "in" or "out"; `at` is when it took place."""

    at: dt.datetime
    direction: str = ""
    outcome: str = ""
    minutes: int | None = None
    text: str = ""
    company_id: uuid.UUID | None = None


@transaction.atomic
def log_activity(
    *, actor: Actor, person_id: uuid.UUID, kind: str, details: Details, clock: Clock = SYSTEM
) -> ActivityVersion:
    """Puts a call, visit, meeting or note on a person's record. Raises ValidationError by field."""
    require_persons(actor, "people.edit", [person_id])
    person = person_for(actor, person_id)
    if kind not in EVENTS:
        raise ValidationError({"kind": _("Choose a call, a visit, a meeting or a note.")})
    _check(actor, kind, details, clock.now())
    activity = Activity.objects.create(person=person, kind=kind, created_at=clock.now())
    version = _write(actor, activity, details, removed=False, clock=clock)
    _tell(actor, version, EVENTS[kind], details.at)
    return version


@transaction.atomic
def correct_activity(
    *, actor: Actor, activity_id: uuid.UUID, details: Details, clock: Clock = SYSTEM
) -> ActivityVersion:
    """Says anew what an activity was. What was said before stays in its history. Raises ValidationError."""
    activity = _locked(actor, activity_id)
    before = _newest(activity)
    _check(actor, activity.kind, details, clock.now(), already=before.company_id)
    if before.removed:
        raise ValidationError(_("This was removed; restore it first."))
    if details == details_of(before):
        return before
    version = _write(actor, activity, details, removed=False, clock=clock)
    _tell(actor, version, "Activity Corrected", clock.now())
    return version


@transaction.atomic
def remove_activity(*, actor: Actor, activity_id: uuid.UUID, clock: Clock = SYSTEM) -> ActivityVersion:
    """Takes an activity off the record; `restore_activity` is the way back."""
    return _mark(actor, activity_id, "Activity Removed", removed=True, clock=clock)


@transaction.atomic
def restore_activity(*, actor: Actor, activity_id: uuid.UUID, clock: Clock = SYSTEM) -> ActivityVersion:
    """Puts an activity back on the record as it was."""
    return _mark(actor, activity_id, "Activity Restored", removed=False, clock=clock)


def _mark(
    actor: Actor, activity_id: uuid.UUID, event: str, *, removed: bool, clock: Clock
) -> ActivityVersion:
    activity = _locked(actor, activity_id)
    before = _newest(activity)
    if before.removed == removed:
        return before
    version = _write(actor, activity, details_of(before), removed=removed, clock=clock)
    _tell(actor, version, event, clock.now())
    return version


def details_of(version: ActivityVersion) -> Details:
    """What this version says."""
    names = ("at", "direction", "outcome", "minutes", "text", "company_id")
    return Details(**{name: getattr(version, name) for name in names})


def _check(
    actor: Actor, kind: str, details: Details, now: dt.datetime, already: uuid.UUID | None = None
) -> None:
    """`already` is the company that it names now, whoever may see that."""
    errors = {}
    if kind == "note" and not details.text.strip():
        errors["text"] = _("Write the note.")
    if len(details.text) > LONGEST:
        errors["text"] = _("At most 20,000 characters.")
    if details.minutes is not None and not 0 <= details.minutes <= 100_000:
        errors["minutes"] = _("Minutes are a number from 0.")
    if details.at > now + dt.timedelta(minutes=5):
        errors["at"] = _("This is in the future; log what has taken place.")
    if details.direction not in {"", *ActivityVersion.Direction.values}:
        errors["direction"] = _("Choose who visited whom.")
    named = details.company_id if details.company_id != already else None
    if named and not companies(actor).filter(pk=named).exists():
        errors["company"] = _("There is no such company.")
    if errors:
        raise ValidationError(errors)


def _write(
    actor: Actor, activity: Activity, details: Details, *, removed: bool, clock: Clock
) -> ActivityVersion:
    return ActivityVersion.objects.create(
        activity=activity,
        number=activity.versions.count() + 1,
        removed=removed,
        actor_id=actor.id[:64],
        actor_label=actor.label[:254],
        written_at=clock.now(),
        **asdict(details),
    )


def _tell(actor: Actor, version: ActivityVersion, event: str, at: dt.datetime) -> None:
    activity = version.activity
    properties = {
        "activity_id": str(activity.pk),
        "version": version.number,
        "kind": activity.kind,
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
        person_id=activity.person_id,
        properties={name: value for name, value in properties.items() if value not in (None, "")},
        message_id=f"activity-{activity.pk}-{version.number}",
        at=at,
    )
    action = "activity." + event.rsplit(maxsplit=1)[-1].lower()
    audit.record(actor=actor, action=action, object_type="activity", object_id=activity.pk)


def _newest(activity: Activity) -> ActivityVersion:
    return activity.versions.order_by("-number")[0]


def _locked(actor: Actor, activity_id: uuid.UUID) -> Activity:
    activity = Activity.objects.select_for_update().get(pk=activity_id)
    person_for(actor, activity.person_id)
    require_persons(actor, "people.edit", [activity.person_id])
    return activity
