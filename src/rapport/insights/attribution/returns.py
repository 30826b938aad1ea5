"""What channels and campaigns cost, and what came back: CAC, ROAS, ROI and when a cost was earned back."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from rapport.campaigns.queries.costs import Spent, spent
from rapport.core.money import rounded
from rapport.insights.attribution.sharing import DAY, Attribution, Share, weights


@dataclass(frozen=True, slots=True)
class Return:
    """What was spent on a touchpoint, by one model.

    `cac` is the cost of one new customer, `roas` the revenue for each unit of money spent, `roi` what is left of it
    after the cost as a share of the cost (goods are not taken off), `payback_days` how long after their first order
    the new customers had left as much as it cost; None where that has not happened, or nothing can be divided.
    """

    cost: Decimal
    cac: Decimal | None
    roas: float | None
    roi: float | None
    payback_days: int | None = None


def costs_of(shared: Attribution) -> Spent:
    """By the touchpoints as they are written there: a campaign's name in other capitals is the same."""
    question = shared.question
    paid = spent(question.first, question.last, shared.currency, by_campaign=question.by == "campaign")
    spelling, added = {row.key.lower(): row.key for row in shared.rows}, defaultdict[str, Decimal](Decimal)
    for key, amount in paid.of.items():
        added[spelling.setdefault(key.lower(), key)] += amount
    return Spent(dict(added), paid.missing)


def return_of(share: Share, cost: Decimal, currency: str, payback_days: int | None = None) -> Return | None:
    """None where nothing was spent."""
    if not cost:
        return None
    cac = rounded(cost / Decimal(repr(float(share.customers))), currency) if share.customers > 0.005 else None
    roas = round(share.revenue / float(cost), 4)
    return Return(rounded(cost, currency), cac, roas, round(roas - 1, 4), payback_days)


def returns(
    shared: Attribution, model: str, costs: Spent, keys: Iterable[str] | None = None
) -> dict[str, Return]:
    """{touchpoint: what came back} of those (of `keys`) that cost something, also such as nothing came of."""
    shares = {row.key: row.models[model] for row in shared.rows}
    lines = {}
    for key in costs.of if keys is None else keys:
        cost = costs.of.get(key, Decimal(0))
        days = payback(shared, model, key, cost) if key in shares else None
        if line := return_of(shares.get(key, Share()), cost, shared.currency, days):
            lines[key] = line
    return lines


def payback(shared: Attribution, model: str, key: str, cost: Decimal) -> int | None:
    """The day after their first order on which the new customers had left the cost."""
    gains = [
        ((amount.at - journey.conversion.at) / DAY, weight * amount.value)
        for journey, weight in weights(shared, model, key)
        if journey.conversion.is_new and journey.conversion.who is not None
        for amount in shared.lifetimes.get(journey.conversion.who, ())
    ]
    added = 0.0
    for day, value in sorted(gains):
        added += value
        if added >= float(cost):
            return max(0, int(day))
    return None
