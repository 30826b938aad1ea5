"""Reads of what customers are worth, as far as the actor may see the persons."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Q, QuerySet
from django.http import Http404
from django.utils.translation import gettext as _

from rapport.commerce.models import BasketPair, CustomerValue, Order, ProductInterval, ValueReport
from rapport.commerce.queries import exchange_rates
from rapport.commerce.queries.orders import SEE, orders_of
from rapport.commerce.queries.value_groups import BEST, GRID
from rapport.core.access import Actor
from rapport.core.permissions import Reach
from rapport.core.queries import workspace
from rapport.core.ui import formats
from rapport.people.models import Person

Group = CustomerValue.Group


def values(actor: Actor) -> QuerySet[CustomerValue]:
    """Buyers, who spent most first."""
    if not actor.may(SEE):
        raise Http404
    rows = CustomerValue.objects.filter(person__merged_into=None, person__erased_at=None).select_related(
        "person"
    )
    if actor.reach(SEE) is not Reach.ALL:
        rows = rows.filter(person__in=Person.objects.visible_to(actor, SEE).values("pk"))
    return rows.order_by("-net", "person")


def value_of(actor: Actor, person: Person) -> CustomerValue | None:
    return values(actor).filter(pk=person.pk).first()


def report(actor: Actor) -> ValueReport | None:
    """What the last run found of all together: for those who may see all orders. Raises Http404."""
    if actor.reach(SEE) is not Reach.ALL:
        raise Http404
    return ValueReport.objects.first()


@dataclass(frozen=True, slots=True)
class GroupSum:
    """One named group."""

    key: str
    label: str
    people: int
    net: Decimal
    share: float
    where: str


def groups(row: ValueReport) -> list[GroupSum]:
    """All groups, also those nobody is in, with what makes them."""
    values = row.figures["groups"]
    people = row.figures["people"] or 1
    sums = []
    for group in Group:
        number, net = values.get(group.value, [0, "0"])
        sums.append(
            GroupSum(group.value, str(group.label), number, Decimal(net), number / people, definition(group))
        )
    return sums


def definition(group: str) -> str:
    """Which scores make a group: “recency 4–5, frequency and money 4–5”."""
    cells = [
        (recency, place)
        for recency, row in GRID.items()
        for place, group_there in enumerate(row, 1)
        if group_there == group
    ]
    by_row: dict[int, list[int]] = {}
    for recency, place in sorted(cells):
        by_row.setdefault(recency, []).append(place)
    spans: dict[tuple[int, ...], list[int]] = {}
    for recency, places in by_row.items():
        spans.setdefault(tuple(places), []).append(recency)
    return "; ".join(
        _("recency %(r)s, frequency and money %(fm)s") % {"r": _span(rows), "fm": _span(list(places))}
        for places, rows in spans.items()
    )


def _span(numbers: list[int]) -> str:
    return str(numbers[0]) if len(numbers) == 1 else f"{min(numbers)}–{max(numbers)}"


@dataclass(frozen=True, slots=True)
class Reason:
    """One of the three scores, with why it is that."""

    label: str
    score: int
    words: str


def reasons(value: CustomerValue, row: ValueReport) -> list[Reason]:
    """Why somebody is in their group: what counted, and from where on the next score begins."""
    cuts = row.figures["cuts"]
    shown = {
        "recency": (_("Recency"), value.recency, formats.day(value.last_at.date())),
        "frequency": (_("Frequency"), value.frequency, formats.number(value.orders)),
        "monetary": (_("Money"), value.monetary, formats.money(value.net, row.currency)),
    }
    values = []
    for name, (label, score, own) in shown.items():
        words = _("%(own)s: score %(score)d of %(best)d.") % {"own": own, "score": score, "best": BEST}
        higher = [(int(key), least) for key, least in cuts[name].items() if int(key) > score]
        if higher:
            upper, least = min(higher)
            words += " " + _("%(score)d begins at %(least)s.") % {
                "score": upper,
                "least": _cut(name, least, row),
            }
        values.append(Reason(label, score, words))
    return values


def _cut(name: str, least: str, row: ValueReport) -> str:
    if name == "recency":
        return formats.day(dt.date.fromisoformat(least[:10]))
    return formats.number(int(least)) if name == "frequency" else formats.money(Decimal(least), row.currency)


@dataclass(frozen=True, slots=True)
class Cohort:
    """Everybody who first bought in a month, and the share that did in each month after; None: not yet."""

    month: dt.date
    size: int
    shares: list[float | None]
    net: Decimal


def cohorts(row: ValueReport) -> list[Cohort]:
    """The triangle, oldest first."""
    values = row.figures["cohorts"]
    if not values:
        return []
    months = [dt.date.fromisoformat(month) for month in values]
    latest = max(month.year * 12 + month.month + max(map(int, values[month.isoformat()])) for month in months)
    widest = latest - min(month.year * 12 + month.month for month in months) + 1
    triangle = []
    for month in months:
        cells = values[month.isoformat()]
        size = cells["0"][0]
        span = latest - (month.year * 12 + month.month) + 1
        people = [cells.get(str(later), [0])[0] for later in range(span)]
        net = sum((Decimal(cell[1]) for cell in cells.values()), Decimal(0))
        shares: list[float | None] = [count / size for count in people]
        triangle.append(Cohort(month, size, shares + [None] * (widest - len(shares)), net))
    return triangle


def pairs(actor: Actor) -> QuerySet[BasketPair]:
    """Products that go together, the most frequent first."""
    report(actor)
    return BasketPair.objects.order_by("-orders", "id")


def intervals(actor: Actor) -> QuerySet[ProductInterval]:
    """Products that are bought again, those most often first."""
    report(actor)
    return ProductInterval.objects.order_by("-times", "id")


def spent(actor: Actor, person: Person) -> exchange_rates.Total | None:
    """All that somebody bought, in the business's currency; None where it is in that one anyway."""
    currency = workspace().currency
    rows = orders_of(actor, person).filter(~Q(state=Order.State.CANCELLED)).order_by()
    amounts = [
        (at.astimezone(dt.UTC).date(), code, net)
        for at, code, net in rows.values_list("placed_at", "currency", "net")
    ]
    if {code for _day, code, _net in amounts} <= {currency}:
        return None
    return exchange_rates.total(amounts, currency)


def expected_at(value: CustomerValue) -> dt.datetime | None:
    """When the next order would come, if they keep to their interval."""
    if value.interval_days is None:
        return None
    return value.last_at + dt.timedelta(days=float(value.interval_days))


def as_json(value: CustomerValue, row: ValueReport | None) -> dict[str, Any]:
    """For the API."""
    names = (
        "orders", "days", "net", "unconverted", "margin", "margin_of", "first_at", "last_at", "interval_days",
        "recency", "frequency", "monetary", "group",
    )  # fmt: skip
    return {name: getattr(value, name) for name in names} | {
        "average": value.average, "currency": row.currency if row else workspace().currency,
        "expected_at": expected_at(value),
        "why": [f"{reason.label}: {reason.words}" for reason in reasons(value, row)] if row else [],
        "at": row.at if row else None,
    }  # fmt: skip
