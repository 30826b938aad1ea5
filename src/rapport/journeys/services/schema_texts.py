"""Schemas carry the texts of forms; programs read them, and they are kept, in no reader's language."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import override


def in_english(schema: Any) -> Any:
    """The same schema with its texts as they stand in the code."""
    if isinstance(schema, Mapping):
        return {key: in_english(value) for key, value in schema.items()}
    if isinstance(schema, Promise):
        with override("en"):
            return str(schema)
    return schema
