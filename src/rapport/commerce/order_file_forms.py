"""Forms of files of orders."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from rapport.commerce.models import OrderFile
from rapport.commerce.order_files.columns import FIELDS


class OrderFileForm(forms.Form):
    """A file of orders or of a till."""

    file = forms.FileField(
        label=_("File"),
        help_text=_(
            "CSV, TSV, XLSX, Parquet, JSON or JSON Lines: a row for each product of an order, or for each order."
        ),
    )
    store = forms.CharField(
        label=_("Shop"),
        required=False,
        max_length=64,
        help_text=_(
            "Only where a second shop numbers its orders like the first one. A column can say it, too."
        ),
    )
    currency = forms.CharField(
        label=_("Currency"),
        required=False,
        max_length=3,
        help_text=_("Where no column says it; else the business's own."),
    )


class OrderMappingForm(forms.Form):
    """What each column means, and how dates and numbers are written."""

    dates = forms.ChoiceField(
        label=_("Dates"),
        required=False,
        choices=(
            ("", _("As the file writes them")),
            ("dmy", _("Day first: 31/12/2026")),
            ("mdy", _("Month first: 12/31/2026")),
            ("excel", _("Days as spreadsheets count them")),
        ),
    )
    numbers = forms.ChoiceField(
        label=_("Decimals"),
        required=False,
        choices=(("", _("As the file writes them")), ("point", "1,234.50"), ("comma", "1.234,50")),
    )

    def __init__(self, *args: Any, run: OrderFile, **options: Any) -> None:
        options["initial"] = {name: run.mapping.get(name, "") for name in ("dates", "numbers")}
        super().__init__(*args, **options)
        self.is_refused = False
        self.names = {f"column-{number}": column for number, column in enumerate(run.headers)}
        for name, column in self.names.items():
            self.fields[name] = forms.ChoiceField(
                label=column[:120],
                choices=list(FIELDS.items()),
                initial=run.mapping["columns"].get(column, "ignore"),
            )

    def columns(self) -> dict[str, str]:
        """{column: field} as chosen."""
        return {column: self.cleaned_data[name] for name, column in self.names.items()}

    def notations(self) -> dict[str, str]:
        return {name: self.cleaned_data[name] for name in ("dates", "numbers")}

    def refuse(self, error: ValidationError) -> None:
        """Shows what a service did not take, beside the field where there is one."""
        self.is_refused = True
        problems = error.message_dict if hasattr(error, "error_dict") else {"": error.messages}
        for name, messages in problems.items():
            self.add_error(name if name in self.fields else None, messages)

    def ask(self, questions: dict[str, str]) -> None:
        """What is still to be said stands where it is said."""
        for name, words in questions.items():
            if name in self.fields:
                self.fields[name].help_text = words
        self.questions = list(questions.values())
