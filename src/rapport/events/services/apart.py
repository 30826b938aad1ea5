"""Setting events aside, with the reason, so that they hold up no others: what fails, what cannot be read."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import msgspec
from django.db import InterfaceError, OperationalError, transaction

from rapport.core.services.watchdog import deadline
from rapport.events.models import QuarantinedEvent
from rapport.events.services.envelope import Event, decode_object, encode
from rapport.events.services.tries import EVENT_TRIES, Try
from rapport.people.services import identity

if TYPE_CHECKING:
    from rapport.events.services.stream import Item

logger = logging.getLogger("rapport.stream")
EVENT_SECONDS = 30.0
# A number of so large an exponent that it may be none: 1e400.
_ENORMOUS = re.compile(rb"[0-9][eE]\+?[0-9]{3}")
# SQLSTATEs that are about the statement, though their classes are of trouble with the server or its limits.
_OF_THE_EVENT = ("54", "53200", "57014")


def may_be_unreadable(content: bytes) -> bool:
    """Whether something in these events could be JSON that no value stands for; asked of a whole log entry at once."""
    return _ENORMOUS.search(content) is not None


def readable(items: Sequence[Item]) -> list[Item]:
    """Those whose parts can be read; the others are set aside, all at once."""
    reasons = {item.key: reason for item in items if item.suspect and (reason := _unreadable(item.event))}
    if not reasons:
        return list(items)
    broken = [item for item in items if item.key in reasons]
    QuarantinedEvent.objects.bulk_create(_row(item, reasons[item.key]) for item in broken)
    return [item for item in items if item.key not in reasons]


def _unreadable(event: Event) -> str:
    try:
        for part in (event.traits, event.properties, event.context):
            decode_object(part)
    except (msgspec.DecodeError, RecursionError) as error:
        return f"It cannot be read: {error}"
    return ""


def one_by_one(items: Sequence[Item], attempt: Try, process: Callable[[Sequence[Item]], None]) -> None:
    """One event at a time; those that fail are set aside with the reason, and so are those not to be tried again."""
    for place, item in enumerate(items):
        if not attempt.take_up(place):
            quarantine(
                item, f"It was tried {EVENT_TRIES} times; each time the process failed or ran out of time."
            )
            continue
        try:
            with deadline(EVENT_SECONDS), transaction.atomic():
                process([item])
        except (InterfaceError, identity.Raced):
            raise
        except Exception as error:
            if isinstance(error, OperationalError) and not _state(error).startswith(_OF_THE_EVENT):
                raise
            logger.warning(
                "event %s is quarantined (%s: %s)", item.event.message_id, type(error).__name__, error
            )
            logger.debug("details", exc_info=True)
            quarantine(item, f"{type(error).__name__}: {error}")


def is_forgivable(error: Exception) -> bool:
    """Whether a try ended because of others: a lock, a deadlock, a server that shuts down or has no room."""
    state = _state(error)
    return state.startswith(("40", "55", "53", "57", "58")) and not state.startswith(_OF_THE_EVENT)


def _state(error: BaseException) -> str:
    return str(getattr(error.__cause__, "sqlstate", None) or "")


def quarantine(item: Item, reason: str) -> None:
    _row(item, reason).save()


def set_aside(stage: QuarantinedEvent.Stage, source_id: int | None, reason: str, payload: bytes) -> None:
    """Keeps what is no event of a person: what capture refused, what cannot be unpacked."""
    QuarantinedEvent.objects.create(source_id=source_id, stage=stage, reason=reason[:2000], payload=payload)


def _row(item: Item, reason: str) -> QuarantinedEvent:
    return QuarantinedEvent(
        source_id=item.source_id,
        stage=QuarantinedEvent.Stage.STREAM,
        reason=reason[:2000],
        payload=encode(item.event),
        message_id=item.event.message_id,
        person_id=item.person_id,
    )
