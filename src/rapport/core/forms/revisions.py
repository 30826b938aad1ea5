"""Optimistic locking of forms: what was saved since a form was opened is shown, never overwritten unseen."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import forms
from django.core import signing
from django.core.exceptions import ValidationError
from django.db.models import Model
from django.utils.translation import gettext as _

SALT = "rapport.core.forms.revisions"


class RevisedForm(forms.Form):
    """A form over a record whose present values are its `initial`.

    The page sends back what these were when it was opened, in the hidden input of `{% revision form %}` (part of
    `{% fields form %}`). A field that has been saved otherwise since is a conflict, unless it has the same value here.
    The form comes back with the conflicts and the new revision: saving once more replaces knowingly. Posts without a
    revision are not checked. Build and save it inside one transaction that has locked the record.
    """

    conflicts: list[tuple[str, str]]

    @property
    def revision(self) -> str:
        return signing.dumps({name: _text(self._present(name)) for name in self.fields}, salt=SALT)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        opened = self._opened()
        self.conflicts = [
            (str(self[name].label), _shown(self._present(name), field))
            for name, field in self.fields.items()
            if name in opened
            and opened[name] != _text(self._present(name))
            and _text(cleaned.get(name)) != _text(self._present(name))
        ]
        if self.conflicts:
            words = _("Not saved: this was changed after you opened the page.")
            self.add_error(None, ValidationError(words, code="conflict"))
        return cleaned

    def _present(self, name: str) -> Any:
        return self.get_initial_for_field(self.fields[name], name)

    def _opened(self) -> dict[str, Any]:
        try:
            opened: dict[str, Any] = signing.loads(self.data.get("revision", ""), salt=SALT)
        except signing.BadSignature:
            return {}
        return opened


def _text(value: Any) -> Any:
    """A value as it is compared, JSON-ready."""
    if isinstance(value, Model):
        return str(value.pk)
    if isinstance(value, list | tuple | set):
        return sorted(str(_text(member)) for member in value)
    if isinstance(value, dt.date | dt.time):
        return value.isoformat()
    return "" if value is None else str(value)


def _shown(value: Any, field: forms.Field) -> str:
    """A value as a reader sees it: choices by their label."""
    choices = dict(getattr(field, "choices", ())) if isinstance(value, str) else {}
    return str(choices.get(value, "–" if value in (None, "") else value))
