"""Computed traits evaluated as plainly as possible, in Python over lists; shares no code with the compiler."""

import json
from collections import Counter
from decimal import ROUND_DOWN, Decimal

from rapport.segments.tests import naive

MICRO = Decimal("0.000001")


def at_path(holder, name):
    """The values at a path: of one property, or of each member where [] stands."""
    if "[]" not in name:
        return [naive.get(holder, name)]
    before, after = name.split("[]")
    members = naive.get(holder, before)
    members = members if isinstance(members, list) else []
    if not after:
        return members
    return [naive.get(member, after[1:]) for member in members if isinstance(member, dict)]


def literals(event, definition):
    values = at_path(event["properties"], definition["property"])
    kept = [value for value in values if isinstance(value, str | int | float | bool)]
    return [t for t in (literal(value) for value in kept) if len(t) <= 500]


def literal(value):
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return json.dumps(value, ensure_ascii=False)


def amounts(event, definition):
    values = [naive.money(value) for value in at_path(event["properties"], definition["property"])]
    return [amount for amount in values if amount is not None]


def currency(event, definition, own):
    text = naive.get(event["properties"], definition.get("currency_property", "currency"))
    return (naive.text(text) if text not in (None, "") and not isinstance(text, dict) else own).upper()


def relevant(definition, person, now, zone, own):
    shared = {key: definition[key] for key in ("within", "between", "where") if key in definition}
    events = []
    for name in dict.fromkeys(definition["events"]):
        events += naive.relevant({"did": name, **shared}, person, now, zone)
    only = definition.get("currency", "each")
    return [e for e in events if only == "each" or currency(e, definition, own) == only]


def number(amount):
    amount = Decimal(amount)
    return int(amount) if amount == amount.to_integral_value() else float(amount)


def of_amounts(figure, values):
    if not values:
        return None
    if figure == "sum":
        return number(sum(values))
    if figure == "average":
        return number((sum(values) / len(values)).quantize(MICRO, ROUND_DOWN))
    return number({"min": min, "max": max}[figure](values))


def of_values(figure, events, definition):
    events = sorted(events, key=lambda e: (e["at"], e["message_id"]))
    seen = [(text, e["at"]) for e in events for text in literals(e, definition)]
    if figure in ("first", "last"):
        first_values = [event_values[0] for e in events if (event_values := literals(e, definition))]
        return json.loads(first_values[0 if figure == "first" else -1]) if first_values else None
    if not seen:
        return None
    if figure == "unique":
        return len({text for text, _ in seen})
    if figure == "most_frequent":
        counts = Counter(text for text, _ in seen)
        return json.loads(min(counts, key=lambda text: (-counts[text], text)))
    latest = dict(seen)
    ranked = sorted(latest, key=lambda text: (-latest[text].timestamp(), text))
    return [json.loads(text) for text in ranked[: definition.get("limit", 20)]]


def of_times(figure, events, now, zone):
    if not events:
        return None
    at = (min if "first" in figure else max)(event["at"] for event in events)
    if figure.endswith("_time"):
        return at.strftime("%Y-%m-%dT%H:%M:%SZ")
    return max((now.astimezone(zone).date() - at.astimezone(zone).date()).days, 0)


def compute(definition, person, now, zone, own):
    """The value of a computed trait of a person ({"events": […]}); None for no value."""
    figure, events = definition["figure"], relevant(definition, person, now, zone, own)
    zero = 0 if definition.get("zero") else None
    if figure == "count":
        return len(events) or zero
    if figure in ("sum", "average", "min", "max"):
        if definition.get("currency") == "each":
            return by_currency(figure, events, definition, own)
        value = of_amounts(figure, [a for e in events for a in amounts(e, definition)])
        return zero if value is None and figure == "sum" else value
    if "time" in figure or "days" in figure:
        return of_times(figure, events, now, zone)
    value = of_values(figure, events, definition)
    return zero if value is None and figure == "unique" else value


def by_currency(figure, events, definition, own):
    amounts_by_currency = {}
    for event in events:
        name = currency(event, definition, own)
        if len(name) == 3 and name.isascii() and name.isalpha():
            amounts_by_currency.setdefault(name, []).extend(amounts(event, definition))
    return {
        name: of_amounts(figure, currency_amounts)
        for name, currency_amounts in amounts_by_currency.items()
        if currency_amounts
    } or None
