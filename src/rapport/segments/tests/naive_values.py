"""Values compared as plainly as possible, in Python; shares no code with the compiler."""

import calendar
import datetime as dt
import re
from decimal import ROUND_DOWN, Decimal, InvalidOperation

UNITS = {"min": dt.timedelta(minutes=1), "h": dt.timedelta(hours=1), "d": dt.timedelta(days=1)}
UNITS["w"] = dt.timedelta(weeks=1)
NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?")


def back(now, duration, sign=-1):
    number, unit = re.fullmatch(r"(\d+)(\w+)", duration).groups()
    if unit in UNITS:
        return now + sign * int(number) * UNITS[unit]
    months = now.year * 12 + now.month - 1 + sign * int(number) * {"mo": 1, "y": 12}[unit]
    year, month = divmod(months, 12)
    return now.replace(year=year, month=month + 1, day=min(now.day, calendar.monthrange(year, month + 1)[1]))


def moment(text, now, zone):
    if text == "now":
        return now
    if text[0] in "+-":
        return back(now, text[1:], 1 if text[0] == "+" else -1)
    parsed = dt.datetime.fromisoformat(text)
    return parsed if parsed.tzinfo else parsed.replace(tzinfo=zone)


def next_day(text, now, zone):
    return moment((dt.date.fromisoformat(text) + dt.timedelta(days=1)).isoformat(), now, zone)


def get(holder, name):
    for part in name.split("."):
        holder = holder.get(part) if isinstance(holder, dict) else None
    return holder


def text(value):
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def number(value):
    if isinstance(value, bool) or value is None or isinstance(value, list | dict):
        return None
    return float(text(value)) if NUMBER.fullmatch(text(value)) else None


def money(value):
    if number(value) is None:
        return None
    try:
        return Decimal(text(value)).quantize(Decimal("0.000001"), ROUND_DOWN)
    except InvalidOperation:
        return None


def time(value, zone):
    if not isinstance(value, str) or not re.match(r"\d{4}-\d\d-\d\d($|[T ])", value):
        return None
    parsed = dt.datetime.fromisoformat(value)
    return parsed if parsed.tzinfo else parsed.replace(tzinfo=zone)


def equal(value, operand):
    if isinstance(value, list):
        if isinstance(operand, bool):
            return any(v is operand or v == text(operand) for v in value)
        return any(
            type(v) is not bool and (v == operand if isinstance(operand, str) else number_of(v) == operand)
            for v in value
        )
    if value is None or isinstance(value, dict):
        return False
    if isinstance(operand, bool | str):
        return text(value) == text(operand)
    return number(value) == operand


def number_of(value):
    return value if isinstance(value, int | float) else None


def contains(value, operand):
    if isinstance(value, list):
        return any(operand.lower() in v.lower() for v in value if isinstance(v, str))
    return value is not None and not isinstance(value, dict) and operand.lower() in text(value).lower()


def anniversary(value, days, now, zone):
    born, today = time(value, zone), now.astimezone(zone).date()
    if born is None:
        return False
    born = born.astimezone(zone).date()
    step = 1 if days >= 0 else -1
    for n in range(abs(days) + 1):
        day = today + dt.timedelta(days=n * step)
        last = calendar.monthrange(day.year, born.month)[1]
        if (day.month, day.day) == (born.month, min(born.day, last)):
            return True
    return False


def compare(value, name, operand, now, zone):
    plain = None if value is None or isinstance(value, dict | list) else text(value).lower()
    n = number(value)
    match name:
        case "is":
            return equal(value, operand)
        case "is_not":
            return not equal(value, operand)
        case "in":
            return any(equal(value, o) for o in operand)
        case "not_in":
            return not any(equal(value, o) for o in operand)
        case "contains":
            return contains(value, operand)
        case "not_contains":
            return not contains(value, operand)
        case "starts_with":
            return plain is not None and plain.startswith(operand.lower())
        case "ends_with":
            return plain is not None and plain.endswith(operand.lower())
        case "gt":
            return n is not None and n > operand
        case "gte":
            return n is not None and n >= operand
        case "lt":
            return n is not None and n < operand
        case "lte":
            return n is not None and n <= operand
        case "exists":
            return (value is not None) == operand
    return dated(value, name, operand, now, zone)


def dated(value, name, operand, now, zone):
    t = time(value, zone)
    match name:
        case "anniversary_within":
            return anniversary(value, operand, now, zone)
        case "before":
            return t is not None and t < moment(operand, now, zone)
        case "after" if re.fullmatch(r"\d{4}-\d\d-\d\d", operand):
            return t is not None and t >= next_day(operand, now, zone)
        case "after":
            return t is not None and t > moment(operand, now, zone)
        case "on":
            return t is not None and moment(operand, now, zone) <= t < next_day(operand, now, zone)
    raise AssertionError(name)


COMPARISONS = {"is", "is_not", "in", "not_in", "contains", "not_contains", "starts_with", "ends_with", "gt", "gte",
               "lt", "lte", "exists", "before", "after", "on", "anniversary_within"}  # fmt: skip


def holds(clause, value, now, zone):
    return all(compare(value, key, clause[key], now, zone) for key in clause if key in COMPARISONS)
