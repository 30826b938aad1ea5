"""What can be done to a value on its way into an event. Every step passes None on, but `default`."""

from __future__ import annotations

import datetime as dt
import re
import zoneinfo
from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from typing import Any

from babel.numbers import get_currency_precision
from django.utils.translation import gettext as _

_NUMBER = re.compile(r"[-+]?(\d+|\d{1,3}(,\d{3})+)(\.\d+)?([eE][-+]?\d{1,2})?")
Arguments = tuple[str, ...]


class Bad(ValueError):
    """An expression that cannot be read, or a value that a step cannot take; the message says why."""


def plain(argument: str) -> str:
    """An argument's text, without its quotes."""
    argument = argument.strip()
    return argument[1:-1] if len(argument) > 1 and argument[0] in "'\"" else argument


def text(value: Any) -> str:
    """A value as people would write it. Raises Bad for lists and objects."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str | int | float | Decimal):
        return str(value)
    if isinstance(value, dt.datetime | dt.date):
        return value.isoformat()
    raise Bad(_("Expected a text or number, found a list or an object."))


def shown(value: Any) -> str:
    return repr(value if isinstance(value, int | float) else str(value))[:60]


def number(value: Any, arguments: Arguments) -> Decimal | int:
    """“1,234.50” as 1234.50; with a comma as argument, “1.234,50”. Currency signs around it are ignored."""
    if isinstance(value, bool) or not isinstance(value, str | int | float | Decimal):
        raise Bad(_("%(value)s is not a number.") % {"value": shown(value)})
    written = str(value).strip().strip("€$£¥ \u00a0").replace("\u00a0", "").replace(" ", "")
    if arguments and plain(arguments[0]) == ",":
        written = written.replace(".", "").replace(",", ".")
    if not _NUMBER.fullmatch(written):
        raise Bad(
            _("%(value)s is not a number; if its decimals follow a comma, use number(',').")
            % {"value": shown(value)}
        )
    number_read = Decimal(written.replace(",", ""))
    return (
        int(number_read)
        if number_read == number_read.to_integral_value() and abs(number_read) < 10**15
        else number_read
    )


def date(value: Any, arguments: Arguments) -> str:
    """ISO 8601. `date('%d/%m/%Y %H:%M', 'Europe/London')`: format and zone; without a format ISO or seconds."""
    pattern = plain(arguments[0]) if arguments else ""
    zone = zoneinfo.ZoneInfo(plain(arguments[1])) if len(arguments) > 1 else dt.UTC
    try:
        if isinstance(value, dt.datetime):
            moment = value
        elif isinstance(value, dt.date):
            moment = dt.datetime.combine(value, dt.time())
        elif pattern:
            moment = dt.datetime.strptime(text(value).strip(), pattern)  # noqa: DTZ007 (the zone follows)
        elif isinstance(value, int | float) or re.fullmatch(r"\d{9,13}(\.\d+)?", str(value)):
            seconds = float(value)
            return dt.datetime.fromtimestamp(
                seconds / 1000 if seconds > 1e11 else seconds, dt.UTC
            ).isoformat()
        else:
            moment = dt.datetime.fromisoformat(text(value).strip())
    except (ValueError, OverflowError, OSError) as error:
        unlike = _("%(value)s does not look like %(pattern)s.")
        no_date = _("%(value)s is not an ISO 8601 date; give its format.")
        raise Bad((unlike if pattern else no_date) % {"value": shown(value), "pattern": pattern}) from error
    return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(dt.UTC).isoformat()


def split(value: Any, arguments: Arguments) -> Any:
    """`split(',')` gives a list, `split(' ', 0)` its first part."""
    pieces = [part.strip() for part in text(value).split(plain(arguments[0]) or ",")]
    if len(arguments) < 2:
        return pieces
    place = int(plain(arguments[1]))
    return pieces[place] if -len(pieces) <= place < len(pieces) else None


def join(value: Any, arguments: Arguments) -> str:
    if not isinstance(value, list):
        raise Bad(_("Only a list can be joined."))
    return (plain(arguments[0]) if arguments else ", ").join(text(part) for part in value)


def first(value: Any, _arguments: Arguments) -> Any:
    if not isinstance(value, list):
        raise Bad(_("Only a list has a first."))
    return value[0] if value else None


def bool_(value: Any, _arguments: Arguments) -> bool:
    words = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False, "": False}
    try:
        return words[text(value).strip().lower()]
    except KeyError:
        raise Bad(_("%(value)s is neither yes nor no.") % {"value": shown(value)}) from None


def names(value: Any, arguments: Arguments) -> str:
    """`names(a=A, b=B)`: known values by other names, all others as they are."""
    table = {plain(key): plain(name) for key, _sign, name in (entry.partition("=") for entry in arguments)}
    return table.get(text(value), text(value))


def _simple(do: Callable[[Any, Arguments], Any]) -> Step:
    return lambda value, arguments, _scope, _evaluate: None if value is None else do(value, arguments)


def _minor(value: Any, arguments: Arguments, scope: Any, evaluate: Evaluate) -> Decimal | None:
    """`minor(currency)`: 1999 in cents as 19.99, by the currency's own number of decimals."""
    if value is None:
        return None
    currency = evaluate(arguments[0], scope)
    code = str(currency or "").upper()
    if not re.fullmatch("[A-Z]{3}", code):
        raise Bad(_("%(value)s is not a currency code such as EUR.") % {"value": shown(currency)})
    try:
        return Decimal(number(value, ())).scaleb(-get_currency_precision(code))
    except InvalidOperation as error:
        raise Bad(_("%(value)s is not a number.") % {"value": shown(value)}) from error


def _default(value: Any, arguments: Arguments, scope: Any, evaluate: Evaluate) -> Any:
    """`default('EUR')` or `default(other.path)`, where there is nothing or an empty text."""
    return evaluate(arguments[0], scope) if value is None or value == "" else value


def _list(value: Any, arguments: Arguments, scope: Any, evaluate: Evaluate) -> list[dict[str, Any]] | None:
    """`list(sku=sku, price=price | number)`: each item of a list as an object of these."""
    if value is None:
        return None
    if not isinstance(value, list):
        raise Bad(_("Expected a list here."))
    wanted = [(plain(name), rule) for name, _sign, rule in (entry.partition("=") for entry in arguments)]
    scopes = (type(scope)(scope.root, item, scope.headers) for item in value)
    return [
        {name: row for name, rule in wanted if (row := evaluate(rule, inner)) is not None} for inner in scopes
    ]


def _sum(value: Any, arguments: Arguments, scope: Any, evaluate: Evaluate) -> Decimal | int | None:
    """`sum(price | number)` over a list; `sum(price * quantity)` multiplies two of an item's values."""
    if value is None:
        return None
    if not isinstance(value, list):
        raise Bad(_("Only a list can be summed up."))
    total = Decimal(0)
    for item in value:
        amount = Decimal(1)
        for factor in (arguments[0] if arguments else "$item").split("*"):
            value_read = (
                item if factor == "$item" else evaluate(factor, type(scope)(scope.root, item, scope.headers))
            )
            amount *= Decimal(number(value_read if value_read is not None else 0, ()))
        total += amount
    return total


Evaluate = Callable[[str, Any], Any]
Step = Callable[[Any, Arguments, Any, Evaluate], Any]
STEPS: dict[str, Step] = {
    "text": _simple(lambda value, _: text(value).strip() or None),
    "number": _simple(lambda value, arguments: None if value == "" else number(value, arguments)),
    "lower": _simple(lambda value, _: text(value).lower()),
    "upper": _simple(lambda value, _: text(value).upper()),
    "trim": _simple(lambda value, _: text(value).strip()),
    "bool": _simple(bool_),
    "date": _simple(lambda value, arguments: None if value == "" else date(value, arguments)),
    "split": _simple(split),
    "join": _simple(join),
    "first": _simple(first),
    "names": _simple(names),
    "minor": _minor,
    "default": _default,
    "list": _list,
    "sum": _sum,
}
_NEEDED = {"split": 1, "minor": 1, "default": 1, "names": 1, "list": 1}


def check(name: str, arguments: Arguments, parse: Callable[[str], Any]) -> None:
    """Whether the arguments of a step make sense, before any value is seen. Raises Bad."""
    if len(arguments) < _NEEDED.get(name, 0):
        raise Bad(_("The step “%(name)s” needs something in brackets.") % {"name": name})
    if name == "date" and len(arguments) > 1:
        try:
            zoneinfo.ZoneInfo(plain(arguments[1]))
        except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise Bad(
                _("“%(zone)s” is not a time zone such as Europe/London.") % {"zone": plain(arguments[1])}
            ) from error
    if name == "split" and len(arguments) > 1 and not re.fullmatch(r"-?\d{1,4}", plain(arguments[1])):
        raise Bad(_("The second part of split is a position: 0 is the first."))
    if name in {"minor", "default"}:
        parse(arguments[0])
    if name in {"names", "list"}:
        for entry in arguments:
            key, sign, rule = entry.partition("=")
            if not sign or not key.strip():
                raise Bad(
                    _("“%(entry)s” in %(name)s is written as name=value.")
                    % {"entry": entry.strip(), "name": name}
                )
            if name == "list":
                parse(rule)
