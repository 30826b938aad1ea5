"""A campaign beside the business's own earlier ones."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from rapport.campaigns.models import Campaign
from rapport.campaigns.queries.outcomes import earlier
from rapport.messaging import queries as messaging

LEAST = 3
RATES: dict[str, Callable[[messaging.Results], int]] = {
    "opened": lambda results: results.opened_human,
    "clicked": lambda results: results.clicked_human,
    "unsubscribed": lambda results: results.unsubscribed,
}


@dataclass(frozen=True, slots=True)
class Beside:
    """A rate, the middle one of earlier campaigns, and the share of these that it beats (fewer is better for some)."""

    name: str
    rate: float
    median: float
    beats: float


def beside(campaign: Campaign, results: messaging.Results) -> tuple[list[Beside], int]:
    """The rates, and with how many earlier campaigns they are compared; nothing with fewer than three."""
    counted = messaging.results_of_origin("campaign", [str(row.pk) for row in earlier(campaign)])
    past = [row for row in counted.values() if row.sent]
    if len(past) < LEAST or not results.sent:
        return [], len(past)
    lines = []
    for name, count in RATES.items():
        rate = count(results) / results.sent
        rates = sorted(count(row) / row.sent for row in past)
        worse = sum(other > rate if name == "unsubscribed" else other < rate for other in rates)
        ties = sum(other == rate for other in rates)
        middle = (rates[(len(rates) - 1) // 2] + rates[len(rates) // 2]) / 2
        lines.append(Beside(name, rate, middle, (worse + ties / 2) / len(rates)))
    return lines, len(past)
