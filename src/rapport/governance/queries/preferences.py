"""Reads of what people chose for themselves."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable

from rapport.governance.models import (
    ContactPreference,
)


def paused_until(person_ids: Iterable[uuid.UUID], now: dt.datetime) -> dict[uuid.UUID, dt.datetime]:
    """{person: until when they want nothing that they may refuse}, of those in a pause."""
    rows = ContactPreference.objects.filter(person_id__in=list(person_ids), paused_until__gt=now)
    return {row.person_id: row.paused_until for row in rows if row.paused_until}


def frequency_limits(person_ids: Iterable[uuid.UUID]) -> dict[uuid.UUID, tuple[int, int]]:
    """{person: (at most so many marketing messages, within so many days)}, of those who chose it."""
    rows = ContactPreference.objects.filter(person_id__in=list(person_ids), messages__isnull=False)
    return {row.person_id: (row.messages, row.days) for row in rows if row.messages and row.days}


def chosen_languages(person_ids: Iterable[uuid.UUID]) -> dict[uuid.UUID, str]:
    """{person: in which language they want to be written to}, of those who chose one."""
    rows = ContactPreference.objects.filter(person_id__in=list(person_ids)).exclude(language="")
    return dict(rows.values_list("person_id", "language"))


def contact_preference(person_id: uuid.UUID) -> ContactPreference:
    """What the person chose, or what holds for who has chosen nothing."""
    row = ContactPreference.objects.filter(pk=person_id).first()
    return row or ContactPreference(person_id=person_id)
