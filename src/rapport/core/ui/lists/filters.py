"""List filters: an allow-list of names and operators, each giving a bound ORM condition."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any, ClassVar

from django.db.models import Expression, Q
from django.db.models.lookups import IsNull
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from rapport.core.clock import SYSTEM, Clock

Label = str | Promise
Choices = Iterable[tuple[Any, Label]]
# Numbers beyond so many are nobody's, and the database takes only so many.
DIGITS = 100


class FilterError(ValueError):
    """A filter that cannot be understood; the message says why, in words for the reader."""


@dataclass(frozen=True, slots=True)
class Operator:
    """How a filter compares. `takes`: text, number, date, days, choices or nothing."""

    name: str
    label: Label
    takes: str


_EMPTY = Operator("empty", gettext_lazy("is empty"), "")
_FILLED = Operator("filled", gettext_lazy("is not empty"), "")


class Filter:
    """One thing to filter by. `path` is the ORM path or an expression (default: the name); subclasses give operators.

    Override `condition(operator, value) -> Q` for anything the ORM path alone cannot say (an `Exists`, say).
    """

    operators: ClassVar[tuple[Operator, ...]] = ()

    def __init__(self, name: str, label: Label, path: str | Expression = "") -> None:
        self.name, self.label, self.path = name, label, path or name

    def where(self, lookup: str, value: Any) -> Q:
        """The condition that what is filtered by compares so, with the value bound.

        False, not unknown, where an expression has no value: "is none of" and "not" then have those rows, too. For
        columns the ORM sees to that by itself.
        """
        if isinstance(self.path, str):
            return Q(**{f"{self.path}__{lookup}": value})
        compare = self.path.get_lookup(lookup)
        assert compare is not None, lookup
        holds = Q(compare(self.path, value))
        return holds if lookup == "isnull" else holds & Q(IsNull(self.path, False))

    @property
    def shape(self) -> str:
        """Filters of one shape have the same operators and the same control for the value."""
        has_choices = type(self).choices is not Filter.choices
        return self.name if has_choices else "-".join(operator.name for operator in self.operators)

    def operator(self, name: str) -> Operator:
        chosen = next((operator for operator in self.operators if operator.name == name), None)
        if chosen is None:
            raise FilterError(_("“%(field)s” cannot be compared that way.") % {"field": self.label})
        return chosen

    def condition(self, operator: str, value: Any) -> Q:
        """The ORM condition. Raises FilterError for a value that does not fit."""
        raise NotImplementedError

    def choices(self) -> list[tuple[str, str]]:
        return []

    def describe(self, operator: str, value: Any) -> str:
        """ "Role is Owner, Administrator"."""
        names = dict(self.choices())
        values = value if isinstance(value, list) else [value]
        shown = ", ".join(str(names.get(str(value), value)) for value in values if value not in ("", None))
        how = str(self.operator(operator).label)
        sentence = how.replace("…", shown) if "…" in how else f"{how} {shown}"
        return f"{self.label} {sentence}".strip()

    def _is_empty(self) -> Q:
        return self.where("isnull", True)

    def _wrong(self) -> FilterError:
        return FilterError(_("“%(field)s” needs another kind of value.") % {"field": self.label})


class TextFilter(Filter):
    """A text column."""

    operators: ClassVar[tuple[Operator, ...]] = (
        Operator("contains", gettext_lazy("contains"), "text"),
        Operator("is", gettext_lazy("is"), "text"),
        Operator("starts", gettext_lazy("starts with"), "text"),
        _EMPTY,
        _FILLED,
    )
    _LOOKUPS: ClassVar = {"contains": "icontains", "is": "iexact", "starts": "istartswith"}

    def condition(self, operator: str, value: Any) -> Q:
        if operator in {"empty", "filled"}:
            empty = self._is_empty() | self.where("exact", "")
            return empty if operator == "empty" else ~empty
        if not isinstance(value, str) or len(value) > 500 or "\0" in value:
            raise self._wrong()
        return self.where(self._LOOKUPS[operator], value)


class ChoiceFilter(Filter):
    """One of a set of values. `choices` may be a function, asked when the page is shown."""

    operators: ClassVar[tuple[Operator, ...]] = (
        Operator("is", gettext_lazy("is any of"), "choices"),
        Operator("is_not", gettext_lazy("is none of"), "choices"),
    )

    def __init__(
        self,
        name: str,
        label: Label,
        path: str | Expression = "",
        *,
        choices: Choices | Callable[[], Choices] = (),
    ) -> None:
        super().__init__(name, label, path)
        self._choices = choices

    def choices(self) -> list[tuple[str, str]]:
        pairs = self._choices() if callable(self._choices) else self._choices
        return [(str(value), str(label)) for value, label in pairs]

    def condition(self, operator: str, value: Any) -> Q:
        values = value if isinstance(value, list) else [value]
        if not values or not {str(value) for value in values} <= {
            choice for choice, _label in self.choices()
        }:
            raise self._wrong()
        chosen = self.chosen(values)
        return chosen if operator == "is" else ~chosen

    def chosen(self, values: list[Any]) -> Q:
        """The condition that the row has one of `values` (all known). Override for relations."""
        return self.where("in", values)


class NumberFilter(Filter):
    """A number column."""

    operators: ClassVar[tuple[Operator, ...]] = (
        Operator("is", gettext_lazy("="), "number"),
        Operator("over", gettext_lazy(">"), "number"),
        Operator("from", gettext_lazy("≥"), "number"),
        Operator("under", gettext_lazy("<"), "number"),
        Operator("to", gettext_lazy("≤"), "number"),
        _EMPTY,
        _FILLED,
    )
    _LOOKUPS: ClassVar = {"is": "exact", "over": "gt", "from": "gte", "under": "lt", "to": "lte"}

    def condition(self, operator: str, value: Any) -> Q:
        if operator in {"empty", "filled"}:
            return self._is_empty() if operator == "empty" else ~self._is_empty()
        try:
            number = Decimal(str(value).replace(",", "."))
        except InvalidOperation as error:
            raise self._wrong() from error
        if not number.is_finite() or abs(number.adjusted()) > DIGITS:
            raise self._wrong()
        return self.where(self._LOOKUPS[operator], number)


class DateFilter(Filter):
    """A moment; days begin at midnight in the reader's zone."""

    operators: ClassVar[tuple[Operator, ...]] = (
        Operator("within", gettext_lazy("in the last … days"), "days"),
        Operator("older", gettext_lazy("more than … days ago"), "days"),
        Operator("on", gettext_lazy("on"), "date"),
        Operator("before", gettext_lazy("before"), "date"),
        Operator("since", gettext_lazy("on or after"), "date"),
        _EMPTY,
        _FILLED,
    )

    def condition(self, operator: str, value: Any) -> Q:
        if operator in {"empty", "filled"}:
            return self._is_empty() if operator == "empty" else ~self._is_empty()
        if operator in {"within", "older"}:
            return self.where("gte" if operator == "within" else "lt", self._days_ago(value))
        start, end = self._day(value)
        if operator == "on":
            return self.where("gte", start) & self.where("lt", end)
        return self.where("lt" if operator == "before" else "gte", start)

    def _days_ago(self, value: Any, clock: Clock = SYSTEM) -> dt.datetime:
        if not str(value).isascii() or not str(value).isdigit() or int(value) > 36500:
            raise self._wrong()
        return clock.now() - dt.timedelta(days=int(value))

    def _day(self, value: Any) -> tuple[dt.datetime, dt.datetime]:
        try:
            date = dt.date.fromisoformat(str(value))
            start = dt.datetime.combine(date, dt.time(), timezone.get_current_timezone())
            return start, start + dt.timedelta(days=1)
        except (ValueError, OverflowError) as error:
            raise self._wrong() from error


class BooleanFilter(ChoiceFilter):
    """Yes or no."""

    operators: ClassVar[tuple[Operator, ...]] = (Operator("is", gettext_lazy("is"), "choices"),)

    def __init__(self, name: str, label: Label, path: str | Expression = "") -> None:
        super().__init__(
            name, label, path, choices=(("yes", gettext_lazy("yes")), ("no", gettext_lazy("no")))
        )

    def chosen(self, values: list[Any]) -> Q:
        return self.where("in", [value == "yes" for value in values])
