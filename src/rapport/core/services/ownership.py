"""Giving records an owner and a team: one or many, with audit lines, and taken back."""

from __future__ import annotations

import uuid
from collections import defaultdict
from typing import Any, TypedDict

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q, QuerySet
from django.http import Http404
from django.utils.translation import gettext as _

from rapport.core.access import Actor
from rapport.core.models import OwnerChange, Team, User
from rapport.core.permissions import Reach
from rapport.core.registry import OWNED_RECORDS, OwnedRecord
from rapport.core.services import audit

MOST = 50_000


class Assignment(TypedDict, total=False):
    """What is set: a user's and a team's id, or None for nobody. What is left out stays."""

    owner_id: int | None
    team_id: int | None


@transaction.atomic
def choose(*, actor: Actor, kind: str, rows: QuerySet[Any]) -> OwnerChange:
    """Remembers which records are meant; nothing happens before `assign`. Raises ValidationError."""
    record = OWNED_RECORDS[kind]
    actor.require(record.edit)
    ids = [str(pk) for pk in rows.order_by().values_list("pk", flat=True)[: MOST + 1]]
    if not 0 < len(ids) <= MOST:
        raise ValidationError(_("Choose between one and %(most)d records.") % {"most": MOST})
    return OwnerChange.objects.create(kind=kind, user_id=actor.user_id, records=ids)


@transaction.atomic
def assign(*, actor: Actor, change: OwnerChange, to: Assignment) -> OwnerChange:
    """Gives the chosen records, as far as the actor may edit them, an owner and a team. Raises ValidationError."""
    change = OwnerChange.objects.select_for_update().get(pk=change.pk)
    if change.state != OwnerChange.State.CHOSEN:
        raise ValidationError(_("This has already been done."))
    record = OWNED_RECORDS[change.kind]
    _check(to)
    rows = _locked(actor, record, [uuid.UUID(pk) for pk in change.records])
    before = [[str(row.pk), row.owner_id, row.team_id] for row in rows]
    if not before:
        raise ValidationError(_("You may not edit any of these records."))
    record.model._default_manager.filter(pk__in=[row.pk for row in rows]).update(**to)
    change.records, change.assigned, change.state = before, dict(to), OwnerChange.State.DONE
    change.save(update_fields=["records", "assigned", "state"])
    _note(actor, record, [(row.pk, dict(to)) for row in rows])
    return change


@transaction.atomic
def take_back(*, actor: Actor, change: OwnerChange) -> OwnerChange:
    """Gives records that nobody assigned anew since their former owner and team, as far as the actor may.

    That is: records they may edit now, or could edit by whom they belonged to before. Raises ValidationError.
    """
    change = OwnerChange.objects.select_for_update().get(pk=change.pk)
    record = OWNED_RECORDS[change.kind]
    actor.require(record.edit)
    if change.state != OwnerChange.State.DONE:
        raise ValidationError(_("There is nothing to undo."))
    ids = [uuid.UUID(line[0]) for line in change.records]
    everything = record.model._default_manager.filter(pk__in=ids).select_for_update(no_key=True)
    list(everything.order_by("pk").values_list("pk"))  # all of them first, in the one order
    reachable = {row.pk for row in _locked(actor, record, ids)}
    former: dict[tuple[int | None, int | None], list[uuid.UUID]] = defaultdict(list)
    for pk, owner, team in change.records:
        if uuid.UUID(pk) in reachable or _covers(actor, record, owner, team):
            former[owner, team].append(uuid.UUID(pk))
    if not former:
        raise ValidationError(_("You may not edit any of these records."))
    for (owner, team), ids in former.items():
        rows = record.model._default_manager.filter(Q(**change.assigned), pk__in=ids)
        returned = list(rows.values_list("pk", flat=True))
        record.model._default_manager.filter(pk__in=returned).update(owner_id=owner, team_id=team)
        _note(actor, record, [(pk, {"owner_id": owner, "team_id": team}) for pk in returned])
    change.state = OwnerChange.State.UNDONE
    change.save(update_fields=["state"])
    return change


def assign_one(*, actor: Actor, kind: str, record_id: uuid.UUID, to: Assignment) -> OwnerChange:
    """Raises Http404 for a record the actor does not see, ValidationError for one they may not edit."""
    rows = OWNED_RECORDS[kind].rows(actor).filter(pk=record_id)
    if not rows.exists():
        raise Http404
    return assign(actor=actor, change=choose(actor=actor, kind=kind, rows=rows), to=to)


def _covers(actor: Actor, record: OwnedRecord, owner: int | None, team: int | None) -> bool:
    """Whether the actor may edit records of this owner and team."""
    reach = actor.reach(record.edit)
    if reach is Reach.ALL or (owner is not None and owner == actor.user_id):
        return True
    if owner is None and team is None:
        return actor.covers_unowned
    return reach is Reach.TEAM and team is not None and team in actor.team_ids


def _locked(actor: Actor, record: OwnedRecord, ids: list[uuid.UUID]) -> list[Any]:
    actor.require(record.edit)
    covered = record.model._default_manager.visible_to(actor, record.edit)  # type: ignore[attr-defined]
    rows = record.rows(actor).filter(pk__in=ids) & covered.filter(pk__in=ids)
    locked = rows.select_for_update(of=("self",), no_key=True)  # others' rows refer to them
    return list(locked.order_by("pk").only("pk", "owner_id", "team_id"))


def _check(to: Assignment) -> None:
    if not to:
        raise ValidationError(_("Choose an owner or a team."))
    if (owner := to.get("owner_id")) and not User.objects.filter(pk=owner, is_active=True).exists():
        raise ValidationError({"owner_id": _("There is no such user.")})
    if (team := to.get("team_id")) and not Team.objects.filter(pk=team).exists():
        raise ValidationError({"team_id": _("There is no such team.")})


def _note(actor: Actor, record: OwnedRecord, lines: list[tuple[object, dict[str, Any]]]) -> None:
    audit.record_many(actor=actor, action=f"{record.name}.assigned", object_type=record.name, lines=lines)
