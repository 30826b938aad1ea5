"""How a repair writes: through the one writer of traits, never over what changed since, never past a suppression."""

from __future__ import annotations

import uuid
from dataclasses import replace
from typing import Any

from django.utils.translation import gettext as _

from rapport.core import access
from rapport.core.clock import Clock
from rapport.governance import queries as governance
from rapport.people.models import Identifier, Person
from rapport.people.normalise import normalise
from rapport.people.services import families, profile
from rapport.people.services.changes import mark
from rapport.people.services.profile import TraitUpdate
from rapport.people.values.formatting import BY_HAND
from rapport.quality.models import RepairItem, RepairRun

State = RepairItem.State
EMAIL_REPAIR = "email-domains"


def apply(run: RepairRun, items: list[RepairItem], clock: Clock) -> None:
    """Writes the new values where the old ones still stand; says why where it does not."""
    now = _locked(items)
    for item in items:
        traits = now.get(item.person_id)
        if traits is None:
            _skip(item, _("no longer exists"))
        elif traits.get(item.trait) != item.before:
            _skip(item, _("changed since"))
    _skip_suppressed(items)
    if run.repair == EMAIL_REPAIR:
        _skip_taken_addresses(items)
    due = [item for item in items if item.state == State.PROPOSED]
    _write(run, due, {item.pk: item.after for item in due}, str(run.message_id), clock)
    after = _traits_of(due)
    for item in due:
        stands = after[item.person_id].get(item.trait) == item.after
        item.state = State.APPLIED if stands else State.SKIPPED
        item.reason = "" if stands else _("another source has priority")
    RepairItem.objects.bulk_update(items, ["state", "reason", "linked"])


def undo(run: RepairRun, items: list[RepairItem], clock: Clock) -> None:
    """Writes the old values where the new ones still stand."""
    now = _locked(items)
    due = [item for item in items if now.get(item.person_id, {}).get(item.trait) == item.after]
    due = [item for item in due if item.person_id in now]
    _write(run, due, {item.pk: item.before for item in due}, str(uuid.uuid4()), clock)
    _unlink([item for item in due if item.linked])
    back = {item.pk for item in due}
    for item in items:
        item.state = State.UNDONE if item.pk in back else State.SKIPPED
        item.reason = "" if item.pk in back else _("changed since, so it was not undone")
    RepairItem.objects.bulk_update(items, ["state", "reason"])


def _skip(item: RepairItem, reason: str) -> None:
    item.state, item.reason = State.SKIPPED, reason


def _locked(items: list[RepairItem]) -> dict[uuid.UUID, dict[str, Any]]:
    """Their traits, while nobody else writes or merges any of them."""
    families.lock({item.person_id for item in items})
    return _traits_of(items)


def _traits_of(items: list[RepairItem]) -> dict[uuid.UUID, dict[str, Any]]:
    ids = {item.person_id for item in items}
    live = Person.objects.filter(pk__in=ids, merged_into=None, erased_at=None, restricted_at=None)
    return dict(live.values_list("pk", "traits"))


def _skip_suppressed(items: list[RepairItem]) -> None:
    """Who unsubscribed or bounced is not given a new address that the suppression does not know."""
    for channel, trait in governance.address_traits().items():
        moves = [
            item
            for item in items
            if item.state == State.PROPOSED
            and item.trait == trait
            and isinstance(item.before, str)
            and isinstance(item.after, str)
        ]
        addresses = {str(value) for item in moves for value in (item.before, item.after)}
        suppressed = governance.suppressed(channel, addresses) if addresses else set()
        for item in moves:
            if item.before in suppressed and item.after not in suppressed:
                _skip(item, _("the old address is suppressed, and a new one would bypass that"))


def _skip_taken_addresses(items: list[RepairItem]) -> None:
    """An address that is somebody else's is a duplicate to be looked at, not a slip to be mended."""
    due = [item for item in items if item.state == State.PROPOSED]
    values = {item.pk: normalise("email", item.after) or "" for item in due}
    owners = dict(
        Identifier.objects.filter(type="email", value__in=values.values()).values_list("value", "person_id")
    )
    for item in due:
        owner = owners.get(values[item.pk])
        if owner is not None and owner != item.person_id:
            _skip(item, _("this address belongs to another person: see duplicates"))
        item.linked = owner is None and item.trait == "email"


def _write(
    run: RepairRun, items: list[RepairItem], values: dict[int, Any], message_id: str, clock: Clock
) -> None:
    source = f"{BY_HAND}{run.made_by}"
    if run.repair == EMAIL_REPAIR:
        # One by one, because an address also identifies, and linking it is the profile's business.
        actor = replace(access.system("data quality"), label=run.made_by)
        for item in items:
            profile.set_traits(
                actor=actor,
                person_id=item.person_id,
                traits={item.trait: values[item.pk]},
                source=source,
                clock=clock,
            )
        return
    moment = clock.now()
    updates = [
        TraitUpdate(item.person_id, {item.trait: values[item.pk]}, moment, source, message_id, run.made_by)
        for item in items
    ]
    mark(profile.apply_traits(updates))


def _unlink(items: list[RepairItem]) -> None:
    for item in items:
        value = normalise("email", item.after)
        Identifier.objects.filter(person_id=item.person_id, type="email", value=value).delete()
