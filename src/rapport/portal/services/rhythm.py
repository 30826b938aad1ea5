"""How often, until when not and in which language somebody wants to hear from the business, as few plain choices."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from rapport.core import access
from rapport.core.clock import SYSTEM, Clock
from rapport.governance import queries
from rapport.governance.services import contact_preferences
from rapport.governance.services.contact_preferences import Choice

if TYPE_CHECKING:
    from django.utils.functional import Promise

SOURCE = "preference page"
# {key: (label, messages, days)}
FREQUENCIES: dict[str, tuple[Promise, int | None, int | None]] = {
    "": (_("As often as there is something"), None, None),
    "day": (_("At most once a day"), 1, 1),
    "week": (_("At most once a week"), 1, 7),
    "month": (_("At most once a month"), 1, 30),
}
PAUSES: dict[str, tuple[Promise, int]] = {
    "14": (_("For two weeks"), 14),
    "30": (_("For a month"), 30),
    "90": (_("For three months"), 90),
}


@dataclass(frozen=True, slots=True)
class Option:
    key: str
    label: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class Rhythm:
    frequencies: list[Option]
    pauses: list[Option]
    languages: list[Option]
    paused_until: dt.datetime | None


def rhythm(person_id: uuid.UUID, now: dt.datetime, language: str) -> Rhythm:
    """The choices, with what holds now; `language` is that of the page, for who has chosen none."""
    row = queries.contact_preference(person_id)
    limit = (row.messages, row.days)
    paused = row.paused_until if row.paused_until and row.paused_until > now else None
    return Rhythm(
        [Option(key, str(label), limit == (n, days)) for key, (label, n, days) in FREQUENCIES.items()],
        [Option(key, str(label), False) for key, (label, _days) in PAUSES.items()],
        [Option(code, name, code == (row.language or language)) for code, name in settings.LANGUAGES],
        paused,
    )


def choose(person_id: uuid.UUID, given: Mapping[str, str], clock: Clock = SYSTEM) -> None:
    """Takes what was chosen; what is no choice leaves things as they are."""
    row, now = queries.contact_preference(person_id), clock.now()
    messages, days = row.messages, row.days
    if given.get("frequency", "-") in FREQUENCIES:
        _label, messages, days = FREQUENCIES[given["frequency"]]
    paused_until = row.paused_until
    if given.get("pause") in PAUSES:
        paused_until = now + dt.timedelta(days=PAUSES[given["pause"]][1])
    elif given.get("pause") == "none":
        paused_until = None
    language = given.get("language", "")
    contact_preferences.choose(
        actor=access.for_person(str(person_id)),
        person_id=person_id,
        choice=Choice(
            messages, days, paused_until, language if language in dict(settings.LANGUAGES) else row.language
        ),
        source=SOURCE,
        clock=clock,
    )
