"""The channel that makes tasks of messages. It calls nobody by itself."""

from __future__ import annotations

import datetime as dt
import json
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from django.db import DatabaseError
from django.utils.translation import gettext_lazy as _

from rapport.channels.phone import services
from rapport.channels.protocol import Composer, Content, Message, Outcome, Result, Sender, Unfit
from rapport.channels.registry import (
    ADAPTERS,
    CHANNELS,
    Adapter,
    ChannelKind,
    ContentField,
    SettingField,
    WrongSettings,
)

CONTENT = (
    ContentField("title", _("What it is about"), limit=200, required=True),
    ContentField(
        "script",
        _("Script"),
        "text",
        limit=10_000,
        required=True,
        help=_("What to say, and what to find out."),
        links=False,
    ),
)
FIELDS = (
    SettingField(
        "days", _("Days to call within"), "number", default=7, help=_("Afterwards the task ends by itself.")
    ),
    SettingField(
        "tries", _("Tries"), "number", default=3, help=_("How often somebody is called who does not answer.")
    ),
    SettingField("again_hours", _("Hours between two tries"), "number", default=4),
)


def register() -> None:
    kind = ChannelKind(
        "phone", _("Phone"), "phone", fields=CONTENT, legal_hours="call", icon="phone", order=50
    )
    CHANNELS.register(kind)
    ADAPTERS.register(
        Adapter(
            "calls",
            "phone",
            _("Calls by your team"),
            CallTasks,
            composer,
            FIELDS,
            check=check,
            help=_(
                "Messages become tasks on the page Calls, which everybody with the right to make calls works through."
            ),
        )
    )


def composer(sender: Sender, settings: Mapping[str, Any]) -> Composer:
    """Makes the tasks of one sender."""

    def compose(content: Content) -> Message:
        title, script = content.fields.get("title", "").strip(), content.fields.get("script", "").strip()
        if not title or not script:
            raise Unfit(str(_("A call needs a title and a script.")))
        task = {
            "person": str(content.person_id) if content.person_id else "",
            "purpose": sender.stream,
            "title": " ".join(title.split())[:200],
            "script": script,
            "at": content.at.isoformat(),
        }
        return Message("", content.address, json.dumps(task).encode(), content.reference)

    return compose


def check(settings: Mapping[str, Any]) -> None:
    """Raises WrongSettings."""
    for name, least, most in (("days", 1, 365), ("tries", 1, 10), ("again_hours", 0, 168)):
        if not least <= float(settings[name]) <= most:
            raise WrongSettings(str(_("From %(least)d to %(most)d.")) % {"least": least, "most": most}, name)


class CallTasks:
    """Puts messages on the list of calls. One offered again is there already."""

    key = "phone"
    capacity = 100

    def __init__(self, settings: Mapping[str, Any]) -> None:
        self._settings = settings

    def deliver(self, messages: Sequence[Message]) -> list[Outcome]:
        """One outcome per message, in order."""
        try:
            ids = services.add([self._task(message) for message in messages])
        except DatabaseError as error:
            return [Outcome(Result.RETRY, "", str(error)[:300])] * len(messages)
        return [Outcome(Result.ACCEPTED, "", "", str(task_id)) for task_id in ids]

    def close(self) -> None:
        """There is nothing open."""

    def _task(self, message: Message) -> services.NewCall:
        data = json.loads(message.payload)
        at = dt.datetime.fromisoformat(data["at"])
        return services.NewCall(
            uuid.UUID(message.reference),
            uuid.UUID(data["person"]) if data["person"] else None,
            message.recipient,
            data["purpose"],
            data["title"],
            data["script"],
            at,
            at + dt.timedelta(days=float(self._settings["days"])),
            int(self._settings["tries"]),
            int(float(self._settings["again_hours"]) * 60),
        )
