"""How a stored value is read as text, number, money or time; missing or unreadable is NULL."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from rapport.people.services import changes
from rapport.segments.language.compilation import Compilation, path

_SHAPE_OF_TIME = "^[0-9]{4}-[0-9]{2}-[0-9]{2}($|[T ])"


@dataclass(frozen=True, slots=True)
class Value:
    """SQL of one value: `text` may be NULL. Subclasses say what else it can be."""

    text: str

    @property
    def present(self) -> str:
        return f"isNotNull({self.text})"

    @property
    def texts(self) -> str | None:
        """The elements when the value is a list of texts; None where lists cannot occur."""
        return None

    @property
    def numbers(self) -> str | None:
        return None

    @property
    def truths(self) -> str | None:
        return None

    @property
    def number(self) -> str:
        return f"toFloat64OrNull({self.text})"

    @property
    def decimal(self) -> str:
        """Exact to six places, so that a sum does not depend on the order of rows."""
        return f"toDecimal128OrNull({self.text}, 6)"

    def instant(self, to: Compilation) -> str:
        """ISO dates and times only: ClickHouse alone would take "17" for the 17th of January."""
        zone, shape = to.bind(str(to.zone), "String"), to.bind(_SHAPE_OF_TIME, "String")
        parsed = f"parseDateTime64BestEffortOrNull({self.text}, 3, {zone})"
        return f"if(match(ifNull({self.text}, ''), {shape}), {parsed}, NULL)"


@dataclass(frozen=True, slots=True)
class JsonValue(Value):
    """A value at a path of a JSON column; `read` makes a column of what an operator really looks at."""

    place: str
    below: str
    read: Callable[[str], str]

    @property
    def present(self) -> str:
        """A list counts, and so does an object, of which ClickHouse keeps only the leaves."""
        return (
            f"({self.read(f'isNotNull({self.place})')} OR {self.read(f'toString({self.below})')} != '{{}}')"
        )

    @property
    def texts(self) -> str:
        return self.read(f"arrayConcat({self.place}.:`Array(Nullable(String))`, {self._mixed})")

    @property
    def numbers(self) -> str:
        whole = f"arrayMap(n -> toFloat64(n), {self.place}.:`Array(Nullable(Int64))`)"
        mixed = f"arrayMap(t -> toFloat64OrNull(t), {self._mixed})"
        return self.read(f"arrayConcat({whole}, {self.place}.:`Array(Nullable(Float64))`, {mixed})")

    @property
    def truths(self) -> str:
        return self.read(f"{self.place}.:`Array(Nullable(Bool))`")

    @property
    def _mixed(self) -> str:
        """The elements of a list of texts and others, as texts."""
        return f"arrayMap(d -> CAST(d, 'Nullable(String)'), {self.place}.:`Array(Dynamic)`)"


@dataclass(frozen=True, slots=True)
class Moment(Value):
    """SQL that is a time already."""

    def instant(self, to: Compilation) -> str:
        return self.text


def trait(to: Compilation, name: str) -> JsonValue:
    """A person's trait, read as columns of the people row."""
    return _json("traits", name, partial(to.column, depends=changes.trait(name)))


def event_property(name: str, holder: str = "properties") -> JsonValue:
    """A property (or a part of the context) of the event under consideration."""
    return _json(holder, name, lambda sql: sql)


def _json(holder: str, name: str, read: Callable[[str], str]) -> JsonValue:
    place = f"{holder}.{path(name)}"
    return JsonValue(read(f"CAST({place}, 'Nullable(String)')"), place, f"{holder}.^{path(name)}", read)


def elements(name: str, holder: str = "properties") -> str:
    """The values of "products[].sku": an array of texts, one per element, NULL where it has none."""
    outer, _, inner = name.partition("[].")
    place = f"{holder}.{path(outer)}[].{path(inner)}"
    return f"arrayMap(x -> CAST(x, 'Nullable(String)'), {place})"
