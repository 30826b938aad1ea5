"""What people itself holds of a person and how it moves in a merge: memberships, relationships, refused values."""

from __future__ import annotations

import json
import uuid
from typing import Any

from django.core import serializers
from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import Model, Q

from rapport.people.models import CompanyMember, RejectedFact, Relationship
from rapport.people.queries import relations as relation_queries
from rapport.people.registry import Mergeable, Pair

_ROWS = (CompanyMember, Relationship, RejectedFact)


def merge(pairs: list[Pair]) -> dict[uuid.UUID, Any]:
    """Moves the rows of each absorbed person; gives, per absorbed person, all rows of both as they were."""
    snapshots: dict[uuid.UUID, Any] = {}
    ids = {person_id for pair in pairs for person_id in pair}
    if not any(_rows_of(model, ids).exists() for model in _ROWS):
        return {}
    for survivor, absorbed in pairs:
        before = [row for model in _ROWS for row in _rows_of(model, {survivor, absorbed})]
        if not any(_about(row, absorbed) for row in before):
            continue
        snapshots[absorbed] = _json(serializers.serialize("python", before))
        for row in before:
            if _about(row, absorbed):
                _move(row, absorbed, survivor)
    return snapshots


def unmerge(pair: Pair, snapshot: Any) -> None:
    """Gives the absorbed person its rows back; what came to the survivor since stays with them."""
    survivor, absorbed = pair
    read = serializers.deserialize("python", snapshot or [], ignorenonexistent=True)
    rows: list[Model] = [deserialized.object for deserialized in read]
    _give_back(rows, survivor)
    for row in rows:
        lost = not type(row)._default_manager.filter(pk=row.pk).exists()
        if (_about(row, absorbed) or lost) and not _twin(row).exists():
            row.save()


def _rows_of(model: type[Model], ids: set[uuid.UUID]) -> Any:
    if model is Relationship:
        return model._default_manager.filter(Q(person_id__in=ids) | Q(other_person_id__in=ids)).order_by("pk")
    if model is RejectedFact:
        return model._default_manager.filter(entity="person", subject_id__in=ids).order_by("pk")
    return model._default_manager.filter(person_id__in=ids).order_by("pk")


_NAMES = ("person_id", "other_person_id", "subject_id")


def _about(row: Model, person: uuid.UUID) -> bool:
    return any(getattr(row, name, None) == person for name in _NAMES)


def _move(row: Model, absorbed: uuid.UUID, survivor: uuid.UUID) -> None:
    """To the survivor; a row that would say the same twice, or relate them to themselves, goes."""
    for name in _NAMES:
        if getattr(row, name, None) == absorbed:
            setattr(row, name, survivor)
    if isinstance(row, Relationship) and row.other_person_id and row.other_person_id < row.person_id:
        kind = relation_queries.kinds(archived=True).get(row.type)
        if kind is not None and kind.is_symmetric:
            row.person_id, row.other_person_id = row.other_person_id, row.person_id
    itself = isinstance(row, Relationship) and row.person_id == row.other_person_id
    if isinstance(row, CompanyMember) and (own := _twin(row).first()):
        own.role, own.since, own.until = _completed(own, row)
        own.save()
    if itself or _twin(row).exists():
        type(row)._default_manager.filter(pk=row.pk).delete()
    else:
        row.save()


def _completed(own: CompanyMember, other: CompanyMember) -> tuple[Any, ...]:
    """Role, beginning and end of a membership that says what two of them said of one person."""
    until = max(own.until, other.until) if own.until and other.until else None
    return own.role or other.role, min(own.since, other.since), until


def _give_back(rows: list[Model], survivor: uuid.UUID) -> None:
    """Takes what the absorbed person's memberships added off the survivor's own, unless it was changed since."""
    members = [row for row in rows if isinstance(row, CompanyMember)]
    absorbed = {row.company_id: row for row in members if row.person_id != survivor}
    for own in members:
        other = absorbed.get(own.company_id) if own.person_id == survivor else None
        now = CompanyMember.objects.filter(pk=own.pk).first() if other else None
        if other and now and (now.role, now.since, now.until) == _completed(own, other):
            own.save()


def _twin(row: Model) -> Any:
    """Another row that says the same."""
    same: dict[str, Any]
    if isinstance(row, CompanyMember):
        same = {"company_id": row.company_id, "person_id": row.person_id}
    elif isinstance(row, Relationship):
        names = ("type", "person_id", "other_person_id", "other_company_id")
        same = {name: getattr(row, name) for name in names}
    else:
        assert isinstance(row, RejectedFact)
        same = {name: getattr(row, name) for name in ("subject_id", "trait", "source", "entity")}
    return type(row)._default_manager.filter(**same).exclude(pk=row.pk)


def _json(value: Any) -> Any:
    return json.loads(json.dumps(value, cls=DjangoJSONEncoder))


MERGEABLE = Mergeable(
    "people",
    (
        "people.Company.members",
        "people.CompanyMember.person",
        "people.Relationship.person",
        "people.Relationship.other_person",
        "people.RejectedFact.subject_id",
    ),
    merge,
    unmerge,
)
