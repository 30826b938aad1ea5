"""Names for what templates of people show by its key."""

from __future__ import annotations

from django import template

from rapport.people import identity_types

register = template.Library()


@register.filter
def identifier_label(key: str) -> str:
    """What colleagues call a type of identifier."""
    return identity_types.label_of(key)
