"""The revision of what a builder's page edits: its names and the definition as a whole."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from rapport.core.forms.revisions import RevisedForm
from rapport.segments.language.tree import describe_clause

_LABELS = {"name": _("Name"), "description": _("Description"), "tone": _("Colour")}


class _Definition(forms.Field):
    """A definition, which a conflict shows in words."""

    def __init__(self, show: Callable[[Any], str]) -> None:
        super().__init__(required=False, label=_("Definition"))
        self.show = show


class BuilderForm(RevisedForm):
    """What is `stored` beside what was `posted` (nothing: the page is opened); checking it is the service's."""

    def __init__(
        self,
        posted: Mapping[str, Any] | None,
        stored: Mapping[str, Any],
        describe: Callable[[Any], str] = describe_clause,
    ) -> None:
        super().__init__(posted, initial=dict(stored))
        for name in stored:
            label = _LABELS.get(name)
            self.fields[name] = (
                forms.CharField(required=False, label=label) if label else _Definition(describe)
            )
