"""One change for many persons: chosen once, carried out in small transactions, watched, and taken back."""

from __future__ import annotations

import uuid
from typing import Any

from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.db.models import F, QuerySet
from django.utils.translation import gettext as _

from rapport.core.access import Actor
from rapport.core.clock import SYSTEM, Clock
from rapport.core.services import audit
from rapport.core.services.wake import wake
from rapport.people.models import BulkChange, BulkChangeItem, Company, CompanyMember, Person
from rapport.people.registry import BULK_KINDS
from rapport.people.services import profile
from rapport.people.services.changes import mark_changed
from rapport.people.services.profile import TraitUpdate
from rapport.people.values.schema import PERSON

LOOP = "bulk-changes"
CHUNK = 500
MOST = 1_000_000
State = BulkChange.State


@transaction.atomic
def choose(*, actor: Actor, kind: str, people: QuerySet[Person]) -> BulkChange:
    """Remembers who is meant; nothing happens before `start`. Raises ValidationError for nobody or too many."""
    actor.require("people.edit")
    change = BulkChange.objects.create(kind=kind, user_id=actor.id, made_by=actor.label)
    chosen, parameters = people.order_by().values("pk")[: MOST + 1].query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO people_bulkchangeitem (change_id, person_id, is_done)"
            f" SELECT %s, chosen.id, false FROM ({chosen}) chosen (id)",
            [change.pk, *parameters],
        )
        change.total = cursor.rowcount
    if not 0 < change.total <= MOST:
        raise ValidationError(_("Choose between one and a million people."))
    change.save(update_fields=["total"])
    return change


@transaction.atomic
def start(*, actor: Actor, change: BulkChange, what: dict[str, Any]) -> None:
    """`what` is {"trait", "value"}, {"company", "role"}, or {"key", "new"} for a kind of a higher app.

    Raises ValidationError.
    """
    actor.require("people.edit")
    change = BulkChange.objects.select_for_update().get(pk=change.pk)
    if change.state != State.DRAFT:
        raise ValidationError(_("This change is under way already."))
    if change.kind == BulkChange.Kind.TRAIT:
        fit = profile.checked(actor, PERSON, {what["trait"]: what["value"]})
        ((trait, value),) = fit.items()
        change.what = {
            "trait": trait,
            "value": value,
            "message_id": str(uuid.uuid4()),
            "at": SYSTEM.now().isoformat(),
        }
    elif kind := BULK_KINDS.get(change.kind):
        actor.require(kind.permission)
        change.what = kind.settle(actor, what["key"], what["new"])
    else:
        if not Company.objects.filter(pk=what["company"], archived_at=None).exists():
            raise ValidationError({"company": _("Choose a company from the list.")})
        change.what = {"company": str(what["company"]), "role": what.get("role", "")[:120]}
    change.state = State.RUNNING
    change.save(update_fields=["what", "state"])
    audit.record(
        actor=actor,
        action="people.bulk_started",
        object_type="bulk_change",
        object_id=change.pk,
        data={"kind": change.kind, "people": change.total},
    )
    wake(LOOP)


@transaction.atomic
def take_back(*, actor: Actor, change: BulkChange) -> None:
    """Gives everybody back what stood there before, where nobody changed it since."""
    actor.require("people.edit")
    change = BulkChange.objects.select_for_update().get(pk=change.pk)
    if change.state not in {State.DONE, State.RUNNING}:
        raise ValidationError(_("There is nothing to take back."))
    change.state, change.done = State.UNDOING, 0
    change.save(update_fields=["state", "done"])
    audit.record(
        actor=actor, action="people.bulk_undone", object_type="bulk_change", object_id=change.pk, data={}
    )
    wake(LOOP)


def run_once(_clock: Clock = SYSTEM, chunk: int = CHUNK) -> int:
    """Carries out, or takes back, the next part of the oldest change; returns for how many."""
    with transaction.atomic():
        change = (
            BulkChange.objects.select_for_update(skip_locked=True)
            .filter(state__in=[State.RUNNING, State.UNDOING])
            .order_by("pk")
            .first()
        )
        if change is None:
            return 0
        undoing = change.state == State.UNDOING
        items = list(change.items.filter(is_done=undoing).order_by("pk")[:chunk])
        if not items:
            change.state = State.UNDONE if undoing else State.DONE
            change.save(update_fields=["state"])
            return 1
        (_undo if undoing else _do)(change, items)
        BulkChange.objects.filter(pk=change.pk).update(done=F("done") + len(items))
        return len(items)


def _do(change: BulkChange, items: list[BulkChangeItem]) -> None:
    live = _live(items)
    if change.kind == BulkChange.Kind.TRAIT:
        _set_trait(change, live)
    elif kind := BULK_KINDS.get(change.kind):
        changed = kind.do(change.what, [item.person_id for item in live], change.made_by)
        for item in live:
            item.before = {"changed": item.person_id in changed}
    else:
        _add_to_company(change, live)
    for item in items:
        item.is_done = True
    BulkChangeItem.objects.bulk_update(items, ["is_done", "before"])


def _live(items: list[BulkChangeItem]) -> list[BulkChangeItem]:
    """Those whose person is still there, merged ones left to their survivor's own line."""
    ids = [item.person_id for item in items]
    there = set(
        Person.objects.filter(pk__in=ids, merged_into=None, erased_at=None).values_list("pk", flat=True)
    )
    return [item for item in items if item.person_id in there]


def _set_trait(change: BulkChange, items: list[BulkChangeItem]) -> None:
    trait = change.what["trait"]
    before = dict(
        Person.objects.filter(pk__in=[item.person_id for item in items]).values_list("pk", "traits")
    )
    for item in items:
        item.before = {"value": before[item.person_id].get(trait)}
    _lay(change, {item.person_id: change.what["value"] for item in items}, change.what["message_id"])


def _lay(change: BulkChange, values: dict[uuid.UUID, Any], message_id: str) -> None:
    now, source = SYSTEM.now(), f"by hand: {change.made_by}"
    updates = [
        TraitUpdate(person, {change.what["trait"]: value}, now, source, message_id, change.made_by)
        for person, value in values.items()
    ]
    mark_changed(profile.apply_traits(updates))


def _add_to_company(change: BulkChange, items: list[BulkChangeItem]) -> None:
    company = uuid.UUID(change.what["company"])
    ids = [item.person_id for item in items]
    held = set(
        CompanyMember.objects.filter(company_id=company, person_id__in=ids).values_list(
            "person_id", flat=True
        )
    )
    now, role = SYSTEM.now(), change.what["role"]
    new = [item for item in items if item.person_id not in held]
    CompanyMember.objects.bulk_create(
        [CompanyMember(company_id=company, person_id=each.person_id, role=role, since=now) for each in new],
        ignore_conflicts=True,
    )
    for item in items:
        item.before = {"member": item.person_id in held}
    mark_changed([item.person_id for item in new])


def _undo(change: BulkChange, items: list[BulkChangeItem]) -> None:
    before: dict[uuid.UUID, dict[str, Any]] = {
        item.person_id: item.before for item in _live(items) if item.before is not None
    }
    if change.kind == BulkChange.Kind.TRAIT:
        trait, value = change.what["trait"], change.what["value"]
        now = dict(Person.objects.filter(pk__in=before).values_list("pk", "traits"))
        back = {person: held["value"] for person, held in before.items() if now[person].get(trait) == value}
        _lay(change, back, str(uuid.uuid4()))
    elif kind := BULK_KINDS.get(change.kind):
        mine = [person for person, held in before.items() if held["changed"]]
        kind.undo(change.what, mine, change.made_by)
    else:
        gone = [person for person, held in before.items() if not held["member"]]
        CompanyMember.objects.filter(company_id=change.what["company"], person_id__in=gone).delete()
        mark_changed(gone)
    for item in items:
        item.is_done = False
        item.before = None
    # What was taken back is not carried out again: the change's state says so.
    BulkChangeItem.objects.bulk_update(items, ["is_done", "before"])
