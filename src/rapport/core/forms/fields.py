"""Fields that forms of several apps have."""

from __future__ import annotations

from typing import Any, TypeVar

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext

from rapport.core.money import MoneyError, currency_code
from rapport.core.plain_text import plain

T = TypeVar("T", bound=forms.Field)


class NameField(forms.CharField):
    """What something is called: one line, without characters that are not seen or turn text around."""

    def to_python(self, value: Any) -> str:
        return plain(super().to_python(value) or "")


class CurrencyField(forms.CharField):
    """An ISO 4217 code in capitals, or nothing where it is not required."""

    def __init__(self, **options: Any) -> None:
        super().__init__(max_length=3, **options)

    def clean(self, value: Any) -> str:
        given: str = super().clean(value)
        try:
            return currency_code(given) if given else ""
        except MoneyError as error:
            raise ValidationError(str(error)) from error


def needed(field: T) -> T:
    """A field that is needed in its case, which the form's own check knows: it is not shown as optional."""
    field.needed = True  # type: ignore[attr-defined]
    return field


class BoundedFileField(forms.FileField):
    """A file of at most so many bytes."""

    def __init__(self, *, most_bytes: int, **options: Any) -> None:
        super().__init__(**options)
        self.most_bytes = most_bytes

    def clean(self, data: Any, initial: Any = None) -> Any:
        given = super().clean(data, initial)
        if given and given.size > self.most_bytes:
            raise ValidationError(
                gettext("The file is larger than %(n)d MB.") % {"n": self.most_bytes // 1024**2}
            )
        return given
