"""The in-app inbox as a channel: a message is delivered when it stands in the database; the app fetches it."""

from __future__ import annotations

import datetime as dt
import json
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from rapport.channels.inbox.messages import MERGEABLE
from rapport.channels.inbox.models import InboxMessage
from rapport.channels.protocol import Content, Message, Outcome, Result, Sender, Unfit
from rapport.channels.registry import ADAPTERS, CHANNELS, Adapter, Answering, ChannelKind, ContentField
from rapport.core.clock import SYSTEM, Clock
from rapport.people.queries import named_by, survivor_of
from rapport.people.registry import MERGEABLES

CONTENT = (
    ContentField("title", _("Title"), limit=200, required=True),
    ContentField("body", _("Text"), "text", limit=5000, required=True),
    ContentField("url", _("Link"), "url"),
    ContentField("label", _("Link label"), limit=60),
    ContentField("image", _("Image"), "url"),
    ContentField("days", _("Days until it expires"), limit=4, help=_("It stays if nothing is entered.")),
)
_SCRIPTS = {"javascript", "data", "vbscript", "file", "blob"}


class InboxChannel:
    """Implements `Channel`."""

    key = "inbox"
    capacity = 200

    def __init__(self, clock: Clock = SYSTEM) -> None:
        self._clock = clock

    def deliver(self, messages: Sequence[Message]) -> list[Outcome]:
        persons = [_person(message.recipient) for message in messages]
        now = self._clock.now()
        rows = [
            InboxMessage(
                pk=uuid.UUID(message.reference), person_id=person, created_at=now, **_stored(message, now)
            )
            for message, person in zip(messages, persons, strict=True)
            if person is not None
        ]
        # What is messages again is there already.
        InboxMessage.objects.bulk_create(rows, ignore_conflicts=True)
        absent = Outcome(Result.REFUSED, "unknown_user", "nobody has this user ID")
        return [Outcome(Result.ACCEPTED) if person else absent for person in persons]

    def close(self) -> None:
        """Nothing is open."""


def composer(_sender: Sender, _settings: Mapping[str, Any]) -> Any:
    """What makes the messages of one sender."""

    def compose(content: Content) -> Message:
        given = {name: value.strip() for name, value in content.fields.items()}
        title = given.get("title") or content.subject
        if not title:
            raise Unfit(gettext("A message in the inbox needs a title."))
        for name in ("url", "image"):
            scheme, colon, _rest = given.get(name, "").partition(":")
            if given.get(name) and (not colon or scheme.lower() in _SCRIPTS):
                raise Unfit(gettext("%(name)s must be an address beginning with https://") % {"name": name})
        values = {
            "title": title[:200],
            "body": given.get("body") or content.text,
            "url": given.get("url", ""),
            "label": given.get("label", "")[:60],
            "image": given.get("image", ""),
            "days": _days(given.get("days", "")),
        }
        return Message("", content.address, json.dumps(values).encode(), content.reference)

    return compose


def _days(text: str) -> float | None:
    if not text:
        return None
    try:
        days = float(text)
    except ValueError:
        days = 0
    if not 0 < days <= 3650:
        raise Unfit(gettext("The days until it expires are a number between 0 and 3650."))
    return days


def _stored(message: Message, now: dt.datetime) -> dict[str, Any]:
    values = json.loads(message.payload)
    days = values.pop("days")
    return {**values, "expires_at": now + dt.timedelta(days=days) if days else None}


def _person(user_id: str) -> uuid.UUID | None:
    persons = named_by([("user_id", user_id)])
    return next(iter(survivor_of(persons).values()), None)


def register() -> None:
    MERGEABLES.register(MERGEABLE)
    CHANNELS.register(
        ChannelKind(
            "inbox",
            _("In-app inbox"),
            "user_id",
            fields=CONTENT,
            icon="inbox",
            order=45,
            answering=Answering("body", ("title", "url", "label")),
        )
    )
    ADAPTERS.register(
        Adapter(
            "inbox",
            "inbox",
            _("Inbox of your app"),
            lambda _settings: InboxChannel(),
            composer,
            help=_(
                "Your app or website fetches messages for the user who is signed in, proven by a user token."
            ),
        )
    )
