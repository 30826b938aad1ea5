"""Making a WhatsApp message: free text within the window, else an approved template with its parameters."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from rapport.channels.protocol import Composer, Content, Message, Unfit
from rapport.channels.registry import ContentField

LONGEST, LONGEST_CAPTION = 4096, 1024
_TEMPLATE = re.compile(r"([a-z0-9_]{1,512})\s*[/,: ]\s*([a-z]{2,3}(?:_[A-Z]{2})?)")
_NAMED = re.compile(r"([a-z][a-z0-9_]{0,63})=(.*)")
_NUMBER = re.compile(r"\+[1-9]\d{6,14}")
_KINDS = {"jpg": "image", "jpeg": "image", "png": "image", "webp": "image", "mp4": "video", "3gp": "video"}

FIELDS = (
    ContentField(
        "template",
        gettext_lazy("Template"),
        "line",
        600,
        help=gettext_lazy("Name and language as Meta approved it, such as order_ready/en_US."),
    ),
    ContentField(
        "parameters",
        gettext_lazy("Parameters"),
        "text",
        8000,
        help=gettext_lazy(
            "One a line, in the order of {{1}}, {{2}}…, or name=value where the template has names."
        ),
    ),
    ContentField(
        "header",
        gettext_lazy("Header"),
        "line",
        1000,
        help=gettext_lazy(
            "The parameter of the template's header, or the address of its picture, video or document."
        ),
    ),
    ContentField(
        "button",
        gettext_lazy("Button"),
        "line",
        1000,
        help=gettext_lazy("The end of the address of the template's button."),
    ),
    ContentField(
        "text",
        gettext_lazy("Text"),
        "text",
        LONGEST,
        help=gettext_lazy("Within 24 hours of the person's last message it is sent instead of the template."),
    ),
    ContentField(
        "media",
        gettext_lazy("Picture or document"),
        "url",
        1000,
        help=gettext_lazy("Its public address; the text becomes its caption."),
    ),
)


def composer(settings: Mapping[str, Any]) -> Composer:
    """Makes the messages of an account, whose payload is what the API takes."""
    number = str(settings["phone_number_id"])

    def compose(content: Content) -> Message:
        if not _NUMBER.fullmatch(content.address):
            raise Unfit(_("The number has no country code."))
        fields = {name: value.replace("\0", "").strip() for name, value in content.fields.items()}
        free = bool(fields.get("text") or fields.get("media"))
        if content.window_open and free:
            body = _free(fields)
        elif fields.get("template"):
            body = {"type": "template", "template": _template(fields)}
        elif free:
            raise Unfit(_("More than 24 hours since the person's last message: use a template."))
        else:
            raise Unfit(_("There is neither a template nor a text."))
        whole = {
            "messaging_product": "whatsapp",
            "recipient_type": "individual",
            "to": content.address.lstrip("+"),
            "biz_opaque_callback_data": content.reference,
            **body,
        }
        if content.answered is not None and content.answered.provider_id:
            whole["context"] = {"message_id": content.answered.provider_id}
        return Message(number, content.address, json.dumps(whole).encode(), content.reference)

    return compose


def _free(fields: Mapping[str, str]) -> dict[str, Any]:
    text, media = fields.get("text", ""), fields.get("media", "")
    most = LONGEST_CAPTION if media else LONGEST
    if len(text) > most:
        raise Unfit(_("The text is too long: at most %(most)d characters.") % {"most": most})
    if not media:
        return {"type": "text", "text": {"body": text, "preview_url": True}}
    kind = _kind_of(media)
    return {"type": kind, kind: {"link": media, **({"caption": text} if text else {})}}


def _template(fields: Mapping[str, str]) -> dict[str, Any]:
    match = _TEMPLATE.fullmatch(fields["template"])
    if match is None:
        raise Unfit(_("A template is given as name/language, such as order_ready/en_US."))
    components: list[dict[str, Any]] = []
    if header := fields.get("header"):
        components.append({"type": "header", "parameters": [_header(header)]})
    if lines := [line for line in fields.get("parameters", "").split("\n") if line.strip()]:
        components.append({"type": "body", "parameters": [_parameter(line) for line in lines]})
    if button := fields.get("button"):
        text = [{"type": "text", "text": button}]
        components.append({"type": "button", "sub_type": "url", "index": "0", "parameters": text})
    template: dict[str, Any] = {"name": match[1], "language": {"code": match[2]}}
    return template | ({"components": components} if components else {})


def _parameter(line: str) -> dict[str, str]:
    """Meta refuses line ends, tabs and rows of spaces within a parameter."""
    line = re.sub(r"\s+", " ", line).strip()
    if match := _NAMED.fullmatch(line):
        return {"type": "text", "parameter_name": match[1], "text": match[2].strip()}
    return {"type": "text", "text": line}


def _header(value: str) -> dict[str, Any]:
    if not value.startswith("https://"):
        return {"type": "text", "text": re.sub(r"\s+", " ", value)}
    kind = _kind_of(value)
    return {"type": kind, kind: {"link": value}}


def _kind_of(url: str) -> str:
    ending = url.partition("?")[0].rpartition(".")[2].lower()
    return _KINDS.get(ending, "document")
