"""What a service refuses stands beside its field, or at the form where the form has no such field."""

from __future__ import annotations

import pytest
from django import forms
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError

from rapport.core.forms.errors import add_service_errors


class NameForm(forms.Form):
    name = forms.CharField()


@pytest.mark.parametrize(
    ("error", "place"),
    [
        (ValidationError({"name": "Too long."}), "name"),
        (ValidationError({"weights": "Too long."}), NON_FIELD_ERRORS),
        (ValidationError("Too long."), NON_FIELD_ERRORS),
    ],
)
def test_an_error_stands_where_it_belongs(error, place):
    form = NameForm({"name": "Ada"})
    assert form.is_valid()
    add_service_errors(form, error)
    assert form.errors == {place: ["Too long."]}
