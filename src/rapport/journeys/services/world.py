"""What is memberships now: the live counterpart of a replay's world."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from typing import Any
from zoneinfo import ZoneInfo

from rapport.core.queries import workspace
from rapport.governance.models import Purpose
from rapport.messaging.queries.reach import refusals_of
from rapport.messaging.services.quiet import zone_of
from rapport.people.models import Person
from rapport.segments.queries.segments import keys_of


class LiveWorld:
    """Reads the database, each person and segment once."""

    def __init__(self, now: dt.datetime) -> None:
        self.now = now
        self._traits: dict[uuid.UUID, dict[str, Any]] = {}
        self._read: set[uuid.UUID] = set()
        self._members: dict[str, dict[uuid.UUID, bool]] = {}
        self._refused: dict[tuple[str, str], dict[uuid.UUID, str]] = {}
        self._fallback = ""

    def traits(self, person_ids: Sequence[uuid.UUID]) -> Mapping[uuid.UUID, Mapping[str, Any]]:
        if missing := set(person_ids) - self._read:
            self._read |= missing
            rows = Person.objects.filter(pk__in=missing, merged_into=None, erased_at=None)
            for pk, traits, name, email in rows.values_list("pk", "traits", "name", "email"):
                self._traits[pk] = {"name": name, "email": email, **traits}
        return self._traits

    def members(self, segment: str, person_ids: Sequence[uuid.UUID]) -> set[uuid.UUID]:
        memberships = self._members.setdefault(segment, {})
        if missing := [person for person in set(person_ids) if person not in memberships]:
            inside = keys_of(missing, [segment])
            memberships.update({person: bool(inside[person]) for person in missing})
        return {person for person in person_ids if memberships[person]}

    def refused(self, purpose: str, channel: str, person_ids: Sequence[uuid.UUID]) -> Mapping[uuid.UUID, str]:
        answers = self._refused.setdefault((purpose, channel), {})
        if missing := [person for person in set(person_ids) if person not in answers]:
            row = Purpose.objects.get(key=purpose)
            answers.update(refusals_of(missing, row, channel, self.now))
        return answers

    def zone(self, person_id: uuid.UUID) -> ZoneInfo:
        self._fallback = self._fallback or workspace().time_zone
        return zone_of(self._traits.get(person_id, {}), self._fallback)
