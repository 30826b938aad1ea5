"""Template tags of what pages hear at once; built in, so no template needs to load them."""

from __future__ import annotations

from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from rapport.core.live import comments
from rapport.core.live.topics import Token, for_user

register = template.Library()


@register.simple_tag(takes_context=True)
def live(context: Any, topic: str, present: bool = False) -> SafeString:
    """The attributes by which an element hears of a topic: `live:changed`, of which `hx-trigger` may make use.

    With `present` others who have such an element on their page see the reader there.
    """
    user = context["request"].user.pk
    if not user:
        return mark_safe("")
    return format_html('data-live="{}" data-topic="{}"', Token(user, topic, present).sign(), topic)


@register.inclusion_tag("core/live/together.html", takes_context=True)
def together(context: Any, kind: str, record: Any) -> dict[str, Any]:
    """Who else has a record open, and its comments; belongs into the block `heading_extra` of the record's page."""
    return {
        "request": context["request"],
        "kind": kind,
        "record": record,
        "topic": f"{kind}:{record}",
        "open_comments": comments.open_threads(kind, record),
    }


@register.simple_tag(takes_context=True)
def own_topic(context: Any) -> SafeString:
    """`live` of what the reader is told of."""
    return live(context, for_user(context["request"].user.pk or 0))
