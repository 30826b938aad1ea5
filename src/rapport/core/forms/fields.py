"""Fields that forms of several apps have."""

from __future__ import annotations

from typing import Any

from django import forms

from rapport.core.plain_text import plain


class NameField(forms.CharField):
    """What something is called: one line, without characters that are not seen or turn text around."""

    def to_python(self, value: Any) -> str:
        return plain(super().to_python(value) or "")
