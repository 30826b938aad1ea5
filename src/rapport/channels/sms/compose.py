"""Making an SMS of content: the text as phones have it, the way out of marketing, and no more segments than wanted."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from rapport.channels.protocol import Composer, Content, Message, Sender, Unfit
from rapport.channels.registry import SettingField, WrongSettings
from rapport.channels.sms.segments import plain, segments

MAX_SEGMENTS = 3
NUMBER = re.compile(r"\+[1-9]\d{6,14}")
SHORT_CODE = re.compile(r"\d{3,8}")
NAME = re.compile(r"(?=.*[A-Za-z])[A-Za-z0-9 ]{1,11}")
LINK = "{link}"

FIELDS = (
    SettingField(
        "sender",
        gettext_lazy("Sender"),
        required=False,
        help=gettext_lazy(
            "A number with country code, a short code, or a name of up to 11 letters and figures. "
            "Nobody can reply to a name."
        ),
    ),
    SettingField(
        "max_segments",
        gettext_lazy("Most segments"),
        "number",
        required=False,
        default=MAX_SEGMENTS,
        help=gettext_lazy("Longer texts are not sent. A segment is paid like a message of its own."),
    ),
    SettingField(
        "opt_out_line",
        gettext_lazy("Last line of marketing"),
        required=False,
        help=gettext_lazy(
            "Such as “Reply STOP to opt out”, or “Opt out: {link}” with the person's own address."
        ),
    ),
)


def is_name(sender: str) -> bool:
    """Whether a sender is a name, to which nobody can reply."""
    return bool(NAME.fullmatch(sender))


def check(settings: Mapping[str, Any]) -> None:
    """Raises WrongSettings."""
    sender = str(settings.get("sender") or "")
    if sender and not (NUMBER.fullmatch(sender) or SHORT_CODE.fullmatch(sender) or is_name(sender)):
        raise WrongSettings(
            _(
                "A number with country code (+49…), a short code, or up to 11 letters and figures without accents."
            ),
            "sender",
        )
    if not 1 <= int(settings.get("max_segments") or MAX_SEGMENTS) <= 10:
        raise WrongSettings(_("From 1 to 10."), "max_segments")
    line = str(settings.get("opt_out_line") or "")
    if line and is_name(sender) and LINK not in line:
        raise WrongSettings(_("Nobody can reply to a name: put {link} into the line."), "opt_out_line")


def composer(sender: Sender, settings: Mapping[str, Any]) -> Composer:
    """Makes the messages of one sender, whose payload is the text and, for MMS, the address of a picture."""
    number = str(settings.get("sender") or "")
    most = int(settings.get("max_segments") or MAX_SEGMENTS)
    line = str(settings.get("opt_out_line") or "")

    def compose(content: Content) -> Message:
        if not NUMBER.fullmatch(content.address):
            raise Unfit(_("The number has no country code."))
        text = plain(content.fields.get("text", "") or content.text).strip()
        media = content.fields.get("media", "").strip()
        if not text and not media:
            raise Unfit(_("The text is empty."))
        if content.unsubscribe_url and line:
            text = f"{text}\n{plain(line).replace(LINK, content.unsubscribe_url)}"
        check_length(text, most)
        payload = {"text": text, "media": media} if media else {"text": text}
        return Message(number, content.address, json.dumps(payload).encode(), content.reference)

    return compose


def check_length(text: str, most: int) -> None:
    """Raises Unfit. A text that cannot fit in any encoding is not even counted."""
    count = segments(text).count if len(text) <= most * 160 else -(-len(text) // 153)
    if count > most:
        raise Unfit(
            _("The text takes %(count)d segments; at most %(most)d are sent.")
            % {"count": count, "most": most}
        )
