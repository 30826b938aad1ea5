"""The template of messages that somebody writes by hand: what it says is all in the `data` of the message.

One for each channel, made when it is first used. Nothing that is typed is ever Liquid, no link is exchanged for a
tracked one, and no pixel is in it.
"""

from __future__ import annotations

from typing import Any

from django.db import transaction

from rapport.channels.registry import ChannelKind
from rapport.content.models import Template, TemplateVersion
from rapport.content.services.templates import INLINE
from rapport.core.clock import SYSTEM, Clock

_HTML = (
    '<!doctype html><html><head><meta charset="utf-8"></head><body style="font:15px/1.5 Helvetica,Arial,sans-serif">'
    "<div>{{ data.text | newline_to_br }}</div>"
    "{% if data.quote_text %}<p>{{ data.quote_intro }}</p>"
    '<blockquote style="margin:0 0 0 .8ex;border-left:1px solid #ccc;padding-left:1ex">'
    "{{ data.quote_text | newline_to_br }}</blockquote>{% endif %}</body></html>"
)
_PLAIN = (
    "{{ data.text }}{% if data.quote_text %}\n\n{{ data.quote_intro }}\n"
    '> {{ data.quote_text | replace: "\n", "\n> " }}{% endif %}'
)


@transaction.atomic
def handwritten(kind: ChannelKind, clock: Clock = SYSTEM) -> TemplateVersion:
    """The version that messages written by hand over a channel are sent by."""
    template, created = Template.objects.get_or_create(
        key=f"{INLINE}by-hand-{kind.key}",
        defaults={
            "name": "By hand",
            "channel": kind.key,
            "is_inline": True,
            "subject": "",
            "mjml": "",
            "version": 0,
            "created_at": clock.now(),
            "updated_at": clock.now(),
        },
    )
    content = _content(kind)
    last = None if created else template.last_version()
    if last is not None and all(getattr(last, name) == value for name, value in content.items()):
        return last
    Template.objects.select_for_update().get(pk=template.pk)
    number = (last.version if last else 0) + 1
    version, _created = TemplateVersion.objects.get_or_create(
        template=template, version=number, defaults={"mjml": "", "created_at": clock.now(), **content}
    )
    Template.objects.filter(pk=template.pk).update(version=number)
    return version


def _content(kind: ChannelKind) -> dict[str, Any]:
    if not kind.fields:
        return {"subject": "{{ data.subject }}", "html": _HTML, "plain": _PLAIN, "compiled": {}, "fields": {}}
    answering = kind.answering
    keys = [answering.text, *answering.more, *answering.late] if answering else []
    fields = {key: f"{{{{ data.{key} }}}}" for key in keys}
    return {"subject": "", "html": "", "plain": "", "compiled": fields, "fields": fields}
