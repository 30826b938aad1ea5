"""What the timeline says of messages, whatever channel they went over."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from rapport.events.registry import EventDescription
from rapport.governance.registry import channel_label

ICONS = {
    "Sent": "send",
    "Delivered": "inbox",
    "Opened": "mail-open",
    "Clicked": "mouse-pointer-click",
    "Replied": "mail",
    "Bounced": "mail-x",
    "Complained": "triangle-alert",
    "Skipped": "ban",
    "Reassessed": "scan-eye",
}
_NAMED = {
    "Sent": gettext_lazy("Was sent “%(name)s” (%(channel)s)"),
    "Delivered": gettext_lazy("Received “%(name)s” (%(channel)s)"),
    "Opened": gettext_lazy("Opened “%(name)s” (%(channel)s)"),
    "Clicked": gettext_lazy("Clicked a link in “%(name)s” (%(channel)s)"),
    "Replied": gettext_lazy("Replied to “%(name)s” (%(channel)s)"),
    "Bounced": gettext_lazy("“%(name)s” could not be delivered (%(channel)s)"),
    "Complained": gettext_lazy("Complained about “%(name)s” (%(channel)s)"),
    "Skipped": gettext_lazy("Was not sent “%(name)s” (%(channel)s)"),
    "Reassessed": gettext_lazy(
        "A program, not a person, had opened “%(name)s” or clicked in it (%(channel)s)"
    ),
}
_PLAIN = {
    "Sent": gettext_lazy("Was sent a message (%(channel)s)"),
    "Delivered": gettext_lazy("Received a message (%(channel)s)"),
    "Opened": gettext_lazy("Opened a message (%(channel)s)"),
    "Clicked": gettext_lazy("Clicked a link in a message (%(channel)s)"),
    "Replied": gettext_lazy("Wrote a message (%(channel)s)"),
    "Bounced": gettext_lazy("A message could not be delivered (%(channel)s)"),
    "Complained": gettext_lazy("Complained about a message (%(channel)s)"),
    "Skipped": gettext_lazy("A message was not sent (%(channel)s)"),
    "Reassessed": gettext_lazy(
        "A program, not a person, had opened a message or clicked in it (%(channel)s)"
    ),
}


def message_descriptions() -> list[EventDescription]:
    """Those of the events `Message Sent`, `Message Delivered` and so on."""
    return [
        EventDescription(f"Message {what}", "messages", icon, partial(_sentence, what))
        for what, icon in ICONS.items()
    ]


def _sentence(what: str, properties: dict[str, Any], _context: dict[str, Any]) -> str:
    name = properties.get("campaign_name") or properties.get("name") or properties.get("subject") or ""
    key = str(properties.get("channel") or "email")
    channel = _("on the website") if key == "on_site" else channel_label(key)
    sentence = str((_NAMED if name else _PLAIN)[what]) % {"name": name, "channel": channel}
    likely = properties.get("human_probability")
    if what in {"Opened", "Clicked"} and isinstance(likely, int | float) and likely < 0.5:
        return _("%(sentence)s: likely a program, not the person") % {"sentence": sentence}
    return sentence
