"""The channel that makes letters of messages, for a print house."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from django.db import DatabaseError
from django.utils.translation import gettext_lazy as _

from rapport.channels.post import services
from rapport.channels.protocol import Composer, Content, Message, Outcome, Result, Sender, Unfit
from rapport.channels.registry import (
    ADAPTERS,
    CHANNELS,
    Adapter,
    Answering,
    ChannelKind,
    ContentField,
    SettingField,
    WrongSettings,
)
from rapport.people.queries.postal import POSTAL_ADDRESSES

MAX_TEXT = 20_000
CONTENT = (
    ContentField("subject", _("Subject"), limit=200, required=True),
    ContentField(
        "body",
        _("Letter"),
        "text",
        limit=MAX_TEXT,
        required=True,
        help=_("From the salutation to the name below."),
        links=False,
        is_printed=True,
    ),
)
FIELDS = (
    SettingField(
        "layout",
        _("Envelope"),
        "choice",
        choices=[
            ("din5008b", _("DIN 5008 B, A4 with a window")),
            ("us10", _("US No. 10 with a window at the left")),
        ],
        default="din5008b",
    ),
    SettingField(
        "sender",
        _("Sender's address"),
        "text",
        help=_("It stands in the window above the recipient, in one line."),
    ),
    SettingField("pages", _("Pages at most"), "number", default=2),
)


def register() -> None:
    CHANNELS.register(
        ChannelKind(
            "post",
            _("Post"),
            fields=CONTENT,
            addresses=POSTAL_ADDRESSES,
            icon="file-text",
            order=60,
            answering=Answering("body", ("subject",)),
        )
    )
    ADAPTERS.register(
        Adapter(
            "letters",
            "post",
            _("Letters for a print house"),
            Letters,
            composer,
            FIELDS,
            check=check,
            help=_(
                "Messages become letters on the page Letters. Close the file there, and give it to your print house."
            ),
        )
    )


def check(settings: Mapping[str, Any]) -> None:
    """Raises WrongSettings."""
    from rapport.channels.post import pdf

    if not 1 <= float(settings["pages"]) <= 20:
        raise WrongSettings(str(_("From %(least)d to %(most)d.")) % {"least": 1, "most": 20}, "pages")
    if strange := pdf.missing(str(settings["sender"])):
        raise WrongSettings(
            str(_("No font has these characters: %(characters)s")) % {"characters": " ".join(strange[:10])},
            "sender",
        )


def composer(sender: Sender, settings: Mapping[str, Any]) -> Composer:
    """Makes the letters of one sender."""
    from rapport.channels.post import pdf

    layout = {"form": settings["layout"], "sender": settings["sender"], "pages": int(settings["pages"])}

    def compose(content: Content) -> Message:
        subject = " ".join(content.fields.get("subject", "").split())[:200]
        body = content.fields.get("body", "").replace("\r\n", "\n").replace("\0", "").strip()
        address = content.address.replace("\r\n", "\n")
        if content.test:
            address = address.replace(", ", "\n")
        if not subject or not body:
            raise Unfit(str(_("A letter needs a subject and a text.")))
        if len(body) > MAX_TEXT:
            raise Unfit(str(_("It is longer than %(limit)d characters.")) % {"limit": MAX_TEXT})
        if strange := pdf.missing(address + subject + body):
            raise Unfit(
                str(_("No font has these characters: %(characters)s"))
                % {"characters": " ".join(strange[:10])}
            )
        mailpiece = {
            "person": str(content.person_id) if content.person_id else "",
            "purpose": sender.stream,
            "address": address,
            "subject": subject,
            "body": body,
            "layout": layout,
            "at": content.at.isoformat(),
            "test": content.test,
        }
        return Message("", address, json.dumps(mailpiece).encode(), content.reference)

    return compose


class Letters:
    """Puts letters into the next print file. One offered again is there already; a test is document and thrown away."""

    key = "post"
    capacity = 100

    def __init__(self, settings: Mapping[str, Any]) -> None:
        self._settings = settings

    def deliver(self, messages: Sequence[Message]) -> list[Outcome]:
        """One outcome per message, in order."""
        return [self._deliver(message) for message in messages]

    def close(self) -> None:
        """There is nothing open."""

    def _deliver(self, message: Message) -> Outcome:
        mailpiece = json.loads(message.payload)
        reference = uuid.UUID(message.reference)
        try:
            if mailpiece.pop("test"):
                pages = services.tried(reference, mailpiece)
                return Outcome(
                    Result.ACCEPTED,
                    "",
                    str(_("It has %(pages)d pages, and is not printed.")) % {"pages": pages},
                )
            return Outcome(Result.ACCEPTED, "", "", services.add(reference, mailpiece))
        except Unfit as error:
            return Outcome(Result.REFUSED, "", str(error))
        except DatabaseError as error:
            return Outcome(Result.RETRY, "", str(error)[:300])
