"""List columns: what is shown of a row on the page and in the export."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models.expressions import Combinable
from django.template.loader import render_to_string
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from rapport.core.access import Actor
from rapport.core.templatetags.ui import icon, when
from rapport.core.ui import formats

Label = str | Promise


@dataclass(frozen=True, slots=True)
class InlineEdit:
    """A cell that can be edited in place.

    `save(actor, row, value)` calls a service and raises ValidationError for a value that will not do.
    `choices` makes it a select; else it is a text field. Without a `permission`, whoever sees the row may.
    `current(row)` is what the field holds before, where that is not the column's value (which it is not when the column
    says a choice by its label: `value="get_stage_display"`).
    """

    save: Callable[[Actor, Any, str], object]
    permission: str = ""
    choices: tuple[tuple[str, Label], ...] = ()
    current: Callable[[Any], str] | None = None

    def value(self, column: Column, row: Any) -> str:
        """What the field holds before it is edited."""
        value = self.current(row) if self.current else column.raw(row)
        return "" if value is None else str(value)

    def take(self, actor: Actor, row: Any, value: str) -> None:
        """Saves what a reader sent. Raises ValidationError for a value that will not do, or is no choice."""
        if self.choices and value not in {str(choice) for choice, _label in self.choices}:
            raise ValidationError(_("Choose one of the values offered."))
        self.save(actor, row, value)


@dataclass(frozen=True, slots=True)
class Column:
    """One column.

    `value`: attribute path ("company.name") or function of the row; default: the name. It is what is exported.
    `cell`: template name (context: `row`, `value`) or function of the row, when showing needs more than the value.
    `sort`: ORM path or expression to sort by; nothing: not sortable. `main`: links to the record.
    `shown`: there unless the reader chose otherwise. `num`: right-aligned figures.
    """

    name: str
    label: Label
    value: str | Callable[[Any], Any] = ""
    cell: str | Callable[[Any], Any] = ""
    sort: str | Combinable | None = None
    main: bool = False
    num: bool = False
    shown: bool = True
    edit: InlineEdit | None = None

    def raw(self, row: Any) -> Any:
        """The plain value of a row."""
        if callable(self.value):
            return self.value(row)
        value = row
        for name in (self.value or self.name).split("."):
            value = getattr(value, name, None)
            value = value() if callable(value) else value  # such as get_state_display
        return value

    def html(self, row: Any) -> SafeString | str:
        """The cell as shown."""
        if callable(self.cell):
            return _shown(self.cell(row))
        if self.cell:
            return render_to_string(self.cell, {"row": row, "value": self.raw(row)})
        return _shown(self.raw(row))


def chosen(columns: Sequence[Column], names: str) -> list[Column]:
    """The columns with these names (by commas) in their order, or those shown by default; the main ones always.

    Their labels are said once here in the reader's language, not in each of hundreds of cells.
    """
    wanted = [name for name in names.split(",") if name]
    shown = [column for column in columns if column.shown or column.main]
    if wanted:
        by_name = {column.name: column for column in columns}
        main = [column for column in columns if column.main and column.name not in wanted]
        shown = main + [by_name[name] for name in dict.fromkeys(wanted) if name in by_name]
    return [replace(column, label=str(column.label)) for column in shown]


def _shown(value: Any) -> SafeString | str:
    if value is None or value == "":
        return mark_safe('<span class="subtle" aria-hidden="true">–</span>')
    if isinstance(value, bool):
        return icon("check", _("yes")) if value else icon("minus", _("no"), "subtle")
    if isinstance(value, dt.date):
        return when(value)
    if isinstance(value, int | float | Decimal):
        return formats.number(value)
    return format_html("{}", value)


def csv_value(value: Any) -> str | int | float | Decimal:
    """A value for a spreadsheet. Text that a spreadsheet would run as a formula gets a leading apostrophe."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float | Decimal):
        return value
    text = value.isoformat() if isinstance(value, dt.date) else str(value)
    return f"'{text}" if text[:1] in {"=", "+", "-", "@", "\t", "\r", "\n", "|"} else text
