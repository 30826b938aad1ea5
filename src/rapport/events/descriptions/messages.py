"""What the timeline says of the messages of a channel that has no words of its own."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from rapport.events.registry import EventDescription

if TYPE_CHECKING:
    from django.utils.functional import Promise


def descriptions_of(noun: str, label: str | Promise) -> list[EventDescription]:
    """Sent, bounced, opened and clicked, with the channel's label."""
    icons = {
        "Sent": "send",
        "Bounced": "mail-x",
        "Opened": "mail-open",
        "Link Clicked": "mouse-pointer-click",
    }
    return [
        EventDescription(f"{noun} {what}", "messages", icon, partial(_sentence, what, label))
        for what, icon in icons.items()
    ]


def _sentence(what: str, label: str | Promise, properties: dict[str, Any], _context: dict[str, Any]) -> str:
    name = properties.get("campaign_name") or properties.get("subject") or ""
    sentence = {
        "Sent": _("Was sent a message (%(channel)s)"),
        "Bounced": _("A message could not be delivered (%(channel)s)"),
        "Opened": _("Opened a message (%(channel)s)"),
        "Link Clicked": _("Clicked a link in a message (%(channel)s)"),
    }[what] % {"channel": label}
    return f"{sentence}: {name}" if name else sentence
