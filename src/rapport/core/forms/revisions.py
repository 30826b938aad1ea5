"""Optimistic locking of forms: what was saved since a form was opened is shown, never overwritten unseen."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Collection
from typing import Any

from django import forms
from django.core import signing
from django.core.exceptions import ValidationError
from django.db.models import Model
from django.forms.utils import ErrorList
from django.utils.translation import gettext as _

SALT = "rapport.core.forms.revisions"


class RevisedForm(forms.Form):
    """A form over a record whose present values are its `initial`.

    The page sends back what these were when it was opened, in the hidden input of `{% revision form %}` (part of
    `{% fields form %}`). A field that has been saved otherwise since is a conflict, unless it has the same value here.
    The form comes back with the conflicts and the new revision: saving once more replaces knowingly. Posts without a
    revision are not checked. Build and save it where nobody else can save meanwhile: in a transaction that has locked
    the record, or a page that is `core.views.pages.exclusive`.
    """

    conflicts: list[tuple[str, str]]
    # Fields whose initial value is a suggestion, not what is saved.
    unrevised: Collection[str] = ()
    # The page it is on, if it is posted to another address.
    page_url = ""

    @property
    def revision(self) -> str:
        opened = {name: _digest(self._present(name)) for name in self.fields if name not in self.unrevised}
        return signing.Signer(salt=SALT).sign_object(opened)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        opened = self._opened()
        self.conflicts = [
            (str(self[name].label), _shown(self._present(name), field))
            for name, field in self.fields.items()
            if name in opened
            and opened[name] != _digest(self._present(name))
            and _text(cleaned.get(name)) != _text(self._present(name))
        ]
        if self.conflicts:
            words = _("Not saved: this was changed after you opened the page.")
            self.add_error(None, ValidationError(words, code="conflict"))
        return cleaned

    def non_field_errors(self) -> ErrorList:
        """Without the conflict, which `{% revision form %}` tells with what is saved now."""
        errors = super().non_field_errors()
        shown = [error for error in errors.as_data() if error.code != "conflict"]
        return self.error_class(shown, error_class="nonfield", renderer=self.renderer)

    def _present(self, name: str) -> Any:
        return self.get_initial_for_field(self.fields[name], name)

    def _opened(self) -> dict[str, Any]:
        try:
            opened: dict[str, Any] = signing.Signer(salt=SALT).unsign_object(self.data.get("revision", ""))
        except signing.BadSignature:
            return {}
        return opened


class RevisedFormSet(forms.BaseFormSet):  # type: ignore[type-arg]
    """Rows over saved ones, their `initial`: a page opened before these were saved otherwise has to be sent twice.

    The page sends back `{{ rows.revision }}` as `PREFIX-revision`, and shows `non_form_errors`.
    """

    @property
    def revision(self) -> str:
        return _digest(self.initial or [])

    def clean(self) -> None:
        opened = self.data.get(f"{self.prefix}-revision")
        if opened and opened != self.revision:
            words = _(
                "Not saved: this was changed after you opened the page. Save again to replace it with yours."
            )
            raise ValidationError(words, code="conflict")


def _digest(value: Any) -> str:
    """Whole templates and definitions are compared too, so the page carries no second copy of them."""
    return hashlib.blake2b(json.dumps(_text(value)).encode(), digest_size=12).hexdigest()


def _text(value: Any) -> Any:
    """A value as it is compared, JSON-ready."""
    if isinstance(value, Model):
        return str(value.pk)
    if isinstance(value, dict):
        return json.dumps(value, sort_keys=True)
    if isinstance(value, list | tuple | set):
        return sorted(str(_text(member)) for member in value)
    if isinstance(value, dt.date | dt.time):
        return value.isoformat()
    return "" if value is None else str(value)


def _shown(value: Any, field: forms.Field) -> str:
    """A value as a reader sees it: choices by their label."""
    if show := getattr(field, "show", None):
        return str(show(value))
    choices = {str(key): label for key, label in getattr(field, "choices", ()) if isinstance(key, str)}
    members = value if isinstance(value, list | tuple | set) else [value]
    return (
        ", ".join(str(choices.get(str(member), member)) for member in members if member not in (None, ""))
        or "–"
    )
