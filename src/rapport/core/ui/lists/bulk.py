"""Changing many rows of a list at once: what a change asks for, what it does, and how it is taken back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from rapport.core.access import Actor
from rapport.core.ui.lists.columns import Column, InlineEdit

if TYPE_CHECKING:
    from rapport.core.ui.lists.page import ListPage

Before = dict[str, Any]


@dataclass(frozen=True, slots=True)
class BulkResult:
    """What a bulk action did, in words for a toast, and where an undo is POSTed to.

    An action that has to ask something first leads to `next_url` instead.
    """

    text: str = ""
    undo_url: str = ""
    next_url: str = ""


@dataclass(frozen=True, slots=True)
class BulkAction:
    """Something to do with the chosen rows. `run(actor, rows)` gets them as a scoped queryset.

    A ValidationError that it raises is shown as it is. Without `run`, the list exports the chosen rows.
    """

    name: str
    label: str | Promise
    icon: str
    permission: str
    run: Callable[[Actor, QuerySet[Any]], BulkResult] | None
    danger: bool = False


class BulkEdit:
    """A change of many rows that can be taken back. Subclass it and put an instance into `ListPage.edits`.

    The rows are chosen in the list, `form` asks what exactly, and a job goes through them in chunks: each chunk is one
    transaction, and runs again when its worker was killed before it was committed.
    """

    name: ClassVar[str]
    label: ClassVar[str | Promise]
    heading: ClassVar[str | Promise]
    icon: ClassVar[str] = "pencil"
    permission: str = ""
    template: ClassVar[str] = "core/bulk/fields.html"

    def form(self, actor: Actor, data: QueryDict | None, query: QueryDict) -> forms.Form:
        """The form that asks what exactly; `query` is the page's, for forms that redraw themselves."""
        raise NotImplementedError

    def settle(self, actor: Actor, form: Any) -> dict[str, Any]:
        """What `apply` and `undo` need, as JSON, from the valid form. Raises ValidationError."""
        return dict(form.cleaned_data)

    def describe(self, what: Mapping[str, Any]) -> str:
        """What is done, in words or HTML: "Country: Germany"."""
        raise NotImplementedError

    def apply(self, actor: Actor, what: Mapping[str, Any], rows: QuerySet[Any]) -> Before:
        """Changes the rows; returns {primary key: what an undo needs} of those that were changed."""
        raise NotImplementedError

    def undo(self, actor: Actor, what: Mapping[str, Any], rows: QuerySet[Any], before: Before) -> None:
        """Gives rows that were changed back what stood there, except where it was changed since."""
        raise NotImplementedError


class ColumnForm(forms.Form):
    """Which column of a list gets which value."""

    column = forms.ChoiceField(label=gettext_lazy("Column"))
    value = forms.CharField(label=gettext_lazy("New value"), required=False)

    def __init__(self, data: QueryDict | None, columns: Mapping[str, Column], chosen: str) -> None:
        super().__init__(data, initial={"column": chosen})
        self.fields["column"].choices = [(name, column.label) for name, column in columns.items()]  # type: ignore[attr-defined]
        edit = columns[chosen].edit if chosen in columns else None
        if edit and edit.choices:
            self.fields["value"] = forms.ChoiceField(label=_("New value"), choices=edit.choices)


class ColumnEdit(BulkEdit):
    """Sets any of the columns that are edited in place. Every list with such columns offers it."""

    name = "change"
    label = gettext_lazy("Change…")
    heading = gettext_lazy("Change a column")
    template = "core/bulk/column.html"

    def __init__(self, page: ListPage) -> None:
        self.page = page
        self.columns = {
            column.name: column
            for column in page.columns
            if column.edit is not None and page.may(column.edit.permission)
        }

    def form(self, actor: Actor, data: QueryDict | None, query: QueryDict) -> ColumnForm:
        chosen = (data or query).get("column", "")
        return ColumnForm(data, self.columns, chosen if chosen in self.columns else next(iter(self.columns)))

    def describe(self, what: Mapping[str, Any]) -> str:
        column = self.columns.get(what["column"])
        if column is None or column.edit is None:
            return str(what["column"])
        labels = {str(value): str(label) for value, label in column.edit.choices}
        return f"{column.label}: {labels.get(what['value'], what['value']) or _('empty')}"

    def apply(self, actor: Actor, what: Mapping[str, Any], rows: QuerySet[Any]) -> Before:
        edit = self._edit(what)
        before: Before = {}
        for row in self._prepared(rows):
            value = edit.value(self.columns[what["column"]], row)
            if value != what["value"] and _saved(edit, actor, row, what["value"]):
                before[str(row.pk)] = value
        return before

    def undo(self, actor: Actor, what: Mapping[str, Any], rows: QuerySet[Any], before: Before) -> None:
        edit = self._edit(what)
        for row in self._prepared(rows):
            if edit.value(self.columns[what["column"]], row) == what["value"]:
                _saved(edit, actor, row, before[str(row.pk)])

    def _prepared(self, rows: QuerySet[Any]) -> list[Any]:
        entries = list(rows)
        self.page.prepare(entries)
        return entries

    def _edit(self, what: Mapping[str, Any]) -> InlineEdit:
        column = self.columns.get(what["column"])
        if column is None or column.edit is None:
            raise ValidationError(_("This column can no longer be changed."))
        return column.edit


def _saved(edit: InlineEdit, actor: Actor, row: Any, value: str) -> bool:
    """Whether the row took the value; one that will not leaves the others alone."""
    try:
        with transaction.atomic():
            edit.save(actor, row, value)
    except ValidationError:
        return False
    return True
