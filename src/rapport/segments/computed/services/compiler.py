"""The one compiler of computed traits: preview, backfill and live upkeep differ only in whom they ask about.

A definition becomes an expression over a person's row that gives the value as JSON text, or "" for none. It is
built from aggregates in the same two steps as a segment's (per id, then joined over merged ids).
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import msgspec

from rapport.core.queries import workspace
from rapport.people.services import changes
from rapport.segments.clauses.scope import window
from rapport.segments.computed.language import values
from rapport.segments.computed.language.definition import EACH, limit_of
from rapport.segments.language import comparisons
from rapport.segments.language.compilation import Compilation, path
from rapport.segments.language.values import event_property
from rapport.segments.services import dependencies
from rapport.segments.services.compiler import SETTINGS, Compiled, compilation, person_rows

Wanted = Mapping[str, dict[str, Any] | None]


def compile_values(
    definitions: Sequence[dict[str, Any]],
    *,
    now: dt.datetime,
    person_ids: Sequence[uuid.UUID] | None = None,
) -> Compiled:
    """`person_id`, `fresh`: the values at `now` as JSON texts ("" for none), in the order of `definitions`."""
    to = compilation(now=now, keys=set())
    fresh = ", ".join(value(definition, to) for definition in definitions)
    sql = f"SELECT person_id, [{fresh}] AS fresh FROM ({person_rows(to, person_ids)}) {SETTINGS}"
    return Compiled(sql, to.parameters, to.id_batches())


def compile_differences(
    wanted: Wanted, *, now: dt.datetime, person_ids: Sequence[uuid.UUID] | None = None
) -> Compiled:
    """The persons one of whose values at `now` differs from the trait that ClickHouse holds of them.

    `wanted` is {trait: definition, or None for a trait that is to go}. Gives `person_id` and `fresh`, as above.
    """
    to = compilation(now=now, keys=set())
    fresh, stored = _compared(wanted, to)
    rows = person_rows(to, person_ids)
    sql = f"SELECT person_id, [{fresh}] AS fresh FROM ({rows}) WHERE fresh != [{stored}] {SETTINGS}"
    return Compiled(sql, to.parameters, to.id_batches())


def needs(key: str, definition: dict[str, Any] | None) -> dependencies.Needs:
    """What the value depends on: what it is made of, the trait itself, and that it is to be worked out anew."""
    return _needs(key, msgspec.json.encode(definition))


@lru_cache(maxsize=1_000)
def _needs(key: str, definition: bytes) -> dependencies.Needs:
    wanted = {key: msgspec.json.decode(definition)}
    return dependencies.of_compiled(lambda to: _compared(wanted, to)) | {changes.value(key)}


def _compared(wanted: Wanted, to: Compilation) -> tuple[str, str]:
    """The values as they should be, and as ClickHouse holds them."""
    fresh = ", ".join("''" if definition is None else value(definition, to) for definition in wanted.values())
    return fresh, ", ".join(_held(key, to) for key in wanted)


def _held(key: str, to: Compilation) -> str:
    """The trait as JSON text; what is not known, and an object without members, is ""."""
    below = f"toJSONString(traits.^{path(key)})"
    plain = f"ifNull(toJSONString(traits.{path(key)}), '')"
    return to.column(f"if({below} = '{{}}', {plain}, {below})", changes.trait(key))


def value(definition: dict[str, Any], to: Compilation) -> str:
    """The expression of one value. The definition is checked."""
    return _Value(definition, to).sql()


class _Value:
    def __init__(self, definition: dict[str, Any], to: Compilation) -> None:
        self.definition, self.to = definition, to
        self.none = "'0'" if definition.get("zero") else "''"
        holder = "context" if "context" in definition else "properties"
        name = definition.get("context", definition.get("property"))
        self.of = values.reading(name, holder) if name else None
        self.fits = self._fits()

    def sql(self) -> str:
        figure: str = self.definition["figure"]
        if self.definition.get("currency") == EACH:
            return self._by_currency(figure)
        expression: str = getattr(self, f"_{figure}")()
        return expression

    def _fits(self) -> str:
        """What holds for the events the value is about."""
        to, definition = self.to, self.definition
        names = sorted(set(definition["events"]))
        conditions = [f"event IN ({', '.join(to.bind(name, 'String') for name in names)})"]
        start, end = window(definition, to)
        conditions += [f"at >= {to.moment(start)}"] if start is not None else []
        conditions += [f"at < {to.moment(end)}"] if end is not None else []
        for condition in definition.get("where", []):
            holder = "context" if "context" in condition else "properties"
            name = condition.get("context", condition.get("property"))
            conditions.append(comparisons.compile_all(condition, event_property(name, holder), to))
        currency = definition.get("currency")
        if currency and currency != EACH:
            conditions.append(f"{self._currency()} = {to.bind(currency, 'String')}")
        condition_sql = " AND ".join(conditions)
        to.looks_at(condition_sql, names, start)
        return condition_sql

    def _currency(self) -> str:
        """An event's currency; who says none means the workspace's."""
        text = event_property(self.definition.get("currency_property", "currency")).text
        own = self.to.bind(workspace().currency, "String")
        return f"upper(if(ifNull({text}, '') = '', {own}, assumeNotNull({text})))"

    def _reading(self) -> values.Reading:
        assert self.of is not None
        return self.of

    def _sum_of(self, expression: str) -> str:
        return f"ifNull({self.to.aggregate(f'sumIf({expression}, {self.fits})', 'sum')}, 0)"

    def _amounts(self) -> str:
        return self._sum_of(self._reading().amounts)

    def _count(self) -> str:
        number = f"ifNull({self.to.aggregate(f'countIf({self.fits})', 'sum')}, 0)"
        return f"if({number} = 0, {self.none}, toString({number}))"

    def _sum(self) -> str:
        return f"if({self._amounts()} = 0, {self.none}, toString({self._sum_of(self._reading().amount)}))"

    def _average(self) -> str:
        total, number = self._sum_of(self._reading().amount), self._amounts()
        return f"if({number} = 0, '', toString({_divided(total, number)}))"

    def _min(self) -> str:
        return self._extreme("min", self._reading().smallest)

    def _max(self) -> str:
        return self._extreme("max", self._reading().largest)

    def _extreme(self, function: str, amount: str) -> str:
        extreme = self.to.aggregate(f"{function}If({amount}, {self.fits})", function)
        return f"ifNull(toString({extreme}), '')"

    def _first(self) -> str:
        return self._at_end("argMin")

    def _last(self) -> str:
        return self._at_end("argMax")

    def _at_end(self, function: str) -> str:
        """Of events of the same moment, the message id decides, so that every order of rows gives the same."""
        literal = self._reading().literal
        present = f"{self.fits} AND {literal} != ''"
        inner = f"{function}StateIf({literal}, (at, message_id), {present})"
        return self.to.aggregate(inner, f"{function}Merge")

    def _counted(self, function: str, weight: str) -> str:
        """Literals with a figure each, as pairs."""
        literals = self._reading().literals
        inner = f"{function}If({literals}, arrayMap(x -> {weight}, {literals}), {self.fits})"
        counts = self.to.aggregate(inner, function)
        return f"arrayZip({counts}.1, {counts}.2)"

    def _most_frequent(self) -> str:
        """Among equally frequent values, the first by alphabet."""
        pairs = self._counted("sumMap", "toInt64(1)")
        return f"arraySort(x -> (-x.2, x.1), {pairs})[1].1"

    def _list(self) -> str:
        """The values seen last, latest first."""
        pairs = self._counted("maxMap", "toUnixTimestamp64Milli(at)")
        latest = f"arraySlice(arraySort(x -> (-x.2, x.1), {pairs}), 1, {limit_of(self.definition)})"
        joined = f"arrayStringConcat(arrayMap(x -> x.1, {latest}), ',')"
        return f"if(empty({latest}), '', concat('[', {joined}, ']'))"

    def _unique(self) -> str:
        inner = f"groupUniqArrayArrayIf({self._reading().literals}, {self.fits})"
        number = f"length({self.to.aggregate(inner, 'groupUniqArrayArray')})"
        return f"if({number} = 0, {self.none}, toString({number}))"

    def _first_time(self) -> str:
        return _time(self._moment("min"))

    def _last_time(self) -> str:
        return _time(self._moment("max"))

    def _days_since_first(self) -> str:
        return self._days(self._moment("min"))

    def _days_since_last(self) -> str:
        return self._days(self._moment("max"))

    def _moment(self, function: str) -> str:
        return self.to.aggregate(f"{function}OrNullIf(at, {self.fits})", function)

    def _days(self, moment: str) -> str:
        """Whole days by the calendar of the workspace; what lies ahead is 0 days ago."""
        to = self.to
        zone = to.bind(str(to.zone), "String")
        days = f"dateDiff('day', {moment}, {to.moment(to.now)}, {zone})"
        return f"ifNull(toString(if({days} < 0, 0, {days})), '')"

    def _by_currency(self, figure: str) -> str:
        """One amount per currency, as an object; currencies are three letters."""
        currency, of = self._currency(), self._reading()
        amount = {"min": of.smallest, "max": of.largest}.get(figure, of.amount)
        present = f"{self.fits} AND isNotNull({amount}) AND match({currency}, '^[A-Z]{{3}}$')"
        function = {"min": "minMap", "max": "maxMap"}.get(figure, "sumMap")
        totals = self._map(function, currency, f"assumeNotNull({amount})", present)
        keys, amounts = f"{totals}.1", f"{totals}.2"
        if figure in ("sum", "average"):  # sumMap leaves out what adds up to nothing
            numbers = self._map("sumMap", currency, f"toUInt64({of.amounts})", present)
            total = f"{totals}.2[indexOf({totals}.1, k)]"
            quotient = total if figure == "sum" else _divided(total, "n")
            keys, amounts = f"{numbers}.1", f"arrayMap((k, n) -> {quotient}, {numbers}.1, {numbers}.2)"
        members = f"arrayMap((k, v) -> concat('\"', k, '\":', toString(v)), {keys}, {amounts})"
        return f"if(empty({keys}), '', concat('{{', arrayStringConcat({members}, ','), '}}'))"

    def _map(self, function: str, key: str, amount: str, present: str) -> str:
        return self.to.aggregate(f"{function}If([{key}], [{amount}], {present})", function)


def _divided(total: str, number: str) -> str:
    """Exact to six decimal places, towards zero. A division by nothing is not evaluated, but must not fail."""
    return f"divideDecimal({total}, toDecimal128(greatest({number}, 1), 0), 6)"


def _time(moment: str) -> str:
    return f"ifNull(concat('\"', formatDateTime({moment}, '%Y-%m-%dT%H:%i:%SZ', 'UTC'), '\"'), '')"
