"""Schemas carry the texts of forms, which are written lazily; JSON knows no such thing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.functional import Promise


def in_words(schema: Any) -> Any:
    """The same schema with its texts in the language of who asks."""
    if isinstance(schema, Mapping):
        return {key: in_words(value) for key, value in schema.items()}
    if isinstance(schema, list | tuple):
        return [in_words(value) for value in schema]
    return str(schema) if isinstance(schema, Promise) else schema
