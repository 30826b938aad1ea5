"""Topics, the tokens by which pages listen to them, and who is present at each."""

from __future__ import annotations

import datetime as dt
import json
import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from django.core import signing
from django.db import transaction

from rapport.core import sql
from rapport.core.models import Presence, User

CHANNEL = "rapport_live"
NOTIFY = f"SELECT pg_notify('{CHANNEL}', %b)"
# A web process renews what it has open every 20 seconds; one that died is missed after a minute.
RENEWED, GONE = dt.timedelta(seconds=20), dt.timedelta(seconds=60)
TOKEN_SECONDS = 24 * 3600
SALT = "rapport.live"
MOST_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Token:
    """What a page may listen to: the topic, whose page it is, and whether others see them there."""

    user: int
    topic: str
    is_present: bool

    def sign(self) -> str:
        return signing.dumps([self.user, self.topic, self.is_present], salt=SALT)

    @classmethod
    def read(cls, text: str) -> Token:
        """Raises signing.BadSignature for one that is not ours or older than a day."""
        return cls(*signing.loads(text, salt=SALT, max_age=TOKEN_SECONDS))


def for_user(user_id: int) -> str:
    """The topic of what one user is told of."""
    return f"user:{user_id}"


def tell(topic: str, change: str = "changed", *, by: int | None = None) -> None:
    """Has every open page of the topic hear of a change, and by which user, once the transaction is committed."""
    sql.run(NOTIFY, [json.dumps([topic, change, by])])


@transaction.atomic
def arrive(stream: uuid.UUID, user_id: int, topics: Collection[str]) -> None:
    """Someone opened pages of these topics."""
    Presence.objects.bulk_create(
        [Presence(stream=stream, topic=topic, user_id=user_id) for topic in topics], ignore_conflicts=True
    )
    for topic in topics:
        tell(topic, "present")


@transaction.atomic
def leave(stream: uuid.UUID) -> None:
    """Their stream ended."""
    rows = Presence.objects.filter(stream=stream)
    topics = list(rows.values_list("topic", flat=True))
    rows.delete()
    for topic in topics:
        tell(topic, "present")


@transaction.atomic
def edit(stream: uuid.UUID, user_id: int, topic: str, *, is_editing: bool) -> None:
    """They began to change what they look at, or ended it."""
    rows = Presence.objects.filter(stream=stream, user=user_id, topic=topic).exclude(is_editing=is_editing)
    if rows.update(is_editing=is_editing):
        tell(topic, "present")


@transaction.atomic
def renew(streams: Sequence[uuid.UUID], now: dt.datetime) -> None:
    """The process still has these open; drops what died with others."""
    Presence.objects.filter(stream__in=streams).update(seen_at=now)
    gone = Presence.objects.filter(seen_at__lt=now - GONE)
    left = set(gone.values_list("topic", flat=True))
    gone.delete()
    for topic in left:
        tell(topic, "present")


@dataclass(frozen=True, slots=True)
class Present:
    """Someone who has a page of a topic open, once however many pages they have."""

    user: int
    name: str
    is_editing: bool


def present(topic: str, now: dt.datetime) -> list[Present]:
    """Who is there, those who edit first, then by name; the first twenty."""
    rows = Presence.objects.filter(topic=topic, seen_at__gt=now - GONE).select_related("user")
    people: dict[int, tuple[User, bool]] = {}
    for row in rows[:500]:
        _user, is_editing = people.get(row.user_id, (row.user, False))
        people[row.user_id] = (row.user, is_editing or row.is_editing)
    there = [Present(pk, str(user), is_editing) for pk, (user, is_editing) in people.items()]
    return sorted(there, key=lambda who: (not who.is_editing, who.name.casefold()))[:MOST_SHOWN]
