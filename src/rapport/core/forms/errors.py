"""What is wrong with a field, in words that say what to do."""

from __future__ import annotations

from django import forms
from django.core.exceptions import ValidationError
from django.forms import BoundField
from django.utils.translation import gettext as _


def errors_of(bound: BoundField) -> list[str]:
    """The messages of a field's errors; what is missing is named instead of "This field is required."."""
    return [
        _missing(bound) if error.code == "required" else message
        for error in bound.errors.as_data()
        for message in error.messages
    ]


def add_service_errors(form: forms.BaseForm, error: ValidationError) -> None:
    """Puts what a service refused beside the field it is about, or at the form where it has no such field."""
    for name, problems in error.update_error_dict({}).items():
        form.add_error(name if name in form.fields else None, problems)


def _missing(bound: BoundField) -> str:
    label = {"label": bound.label}
    widget = bound.field.widget
    if isinstance(widget, forms.CheckboxInput):
        return _("Tick “%(label)s” to go on.") % label
    if isinstance(widget, forms.FileInput):
        return _("Choose a file for “%(label)s”.") % label
    if isinstance(widget, forms.Select | forms.RadioSelect):
        return _("Choose something for “%(label)s”.") % label
    return _("Fill in “%(label)s”.") % label
