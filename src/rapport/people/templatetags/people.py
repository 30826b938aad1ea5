"""Names for what templates of people show by its key."""

from __future__ import annotations

from django import template
from django.utils.html import format_html

from rapport.people import identity_types
from rapport.people.values import formatting

register = template.Library()


@register.filter
def breakable(address: str) -> str:
    """An e-mail address that goes on in the next line after its “@”, where it does not fit into one."""
    name, at, domain = address.partition("@")
    return format_html("{}{}<wbr>{}", name, at, domain)


@register.filter
def identifier_label(key: str) -> str:
    """What colleagues call a type of identifier."""
    return identity_types.label_of(key)


@register.filter
def source_label(source: str) -> str:
    """Where a value came from, in the reader's language."""
    return formatting.source_label(source or "")
