"""How a run writes: through the one writer of traits, never over what changed since, and never past a guard."""

from __future__ import annotations

import uuid
from dataclasses import replace
from typing import Any

from django.utils.translation import gettext as _

from rapport.core import access
from rapport.core.clock import SYSTEM
from rapport.people.facts import BY_HAND
from rapport.people.models import Identifier, Person
from rapport.people.normalise import normalise
from rapport.people.services import profile
from rapport.people.services.changes import mark_changed
from rapport.people.services.profile import TraitUpdate
from rapport.quality.cleansing.registry import Intent, refusals
from rapport.quality.models import StandardItem, StandardRun

Row = StandardItem.State
EMAIL_REPAIR = "email-domains"


def apply(run: StandardRun, items: list[StandardItem]) -> None:
    """Writes the new values where the old ones still stand; says why where it does not."""
    now = _traits_of(items)
    for item in items:
        held = now.get(item.person_id)
        if held is None:
            _skip(item, _("no longer there"))
        elif held.get(item.trait) != item.before:
            _skip(item, _("changed since"))
    _hold_back(items)
    if run.repair == EMAIL_REPAIR:
        _hold_back_taken(items)
    due = [item for item in items if item.state == Row.PROPOSED]
    _write(run, due, {item.pk: item.after for item in due}, str(run.message_id))
    after = _traits_of(due)
    for item in due:
        stands = after[item.person_id].get(item.trait) == item.after
        item.state = Row.APPLIED if stands else Row.SKIPPED
        item.reason = "" if stands else _("another source's word counts more")
    StandardItem.objects.bulk_update(items, ["state", "reason", "linked"])


def undo(run: StandardRun, items: list[StandardItem]) -> None:
    """Writes the old values where the new ones still stand."""
    now = _traits_of(items)
    due = [item for item in items if now.get(item.person_id, {}).get(item.trait) == item.after]
    due = [item for item in due if item.person_id in now]
    _write(run, due, {item.pk: item.before for item in due}, str(uuid.uuid4()))
    _unlink([item for item in due if item.linked])
    back = {item.pk for item in due}
    for item in items:
        item.state = Row.UNDONE if item.pk in back else Row.SKIPPED
        item.reason = "" if item.pk in back else _("changed since, so it was not taken back")
    StandardItem.objects.bulk_update(items, ["state", "reason"])


def _skip(item: StandardItem, reason: str) -> None:
    item.state, item.reason = Row.SKIPPED, reason


def _traits_of(items: list[StandardItem]) -> dict[uuid.UUID, dict[str, Any]]:
    ids = {item.person_id for item in items}
    live = Person.objects.filter(pk__in=ids, merged_into=None, erased_at=None, restricted_at=None)
    return dict(live.values_list("pk", "traits"))


def _hold_back(items: list[StandardItem]) -> None:
    due = [item for item in items if item.state == Row.PROPOSED]
    intents = [Intent(item.person_id, item.trait, item.before, item.after) for item in due]
    for place, reason in refusals(intents).items():
        _skip(due[place], reason[:200])


def _hold_back_taken(items: list[StandardItem]) -> None:
    """An address that is somebody else's is a duplicate to be looked at, not a slip to be mended."""
    due = [item for item in items if item.state == Row.PROPOSED]
    values = {item.pk: normalise("email", item.after) or "" for item in due}
    owners = dict(
        Identifier.objects.filter(type="email", value__in=values.values()).values_list("value", "person_id")
    )
    for item in due:
        owner = owners.get(values[item.pk])
        if owner is not None and owner != item.person_id:
            _skip(item, _("this address is somebody else's: see duplicates"))
        item.linked = owner is None and item.trait == "email"


def _write(run: StandardRun, items: list[StandardItem], values: dict[int, Any], message_id: str) -> None:
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
            )
        return
    moment = SYSTEM.now()
    updates = [
        TraitUpdate(item.person_id, {item.trait: values[item.pk]}, moment, source, message_id, run.made_by)
        for item in items
    ]
    mark_changed(profile.apply_traits(updates))


def _unlink(items: list[StandardItem]) -> None:
    for item in items:
        value = normalise("email", item.after)
        Identifier.objects.filter(person_id=item.person_id, type="email", value=value).delete()
