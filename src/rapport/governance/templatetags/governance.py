"""Names for what templates of consent show by its key."""

from __future__ import annotations

from django import template

from rapport.governance import registry

register = template.Library()


@register.filter
def channel_label(key: str) -> str:
    """What people call a channel."""
    return registry.channel_label(key)
