"""What came of a campaign over the API: the whole, each variant, and the effect against the holdout."""

from __future__ import annotations

import uuid
from decimal import Decimal
from typing import Any

from django.http import HttpRequest
from pydantic import Field

from rapport.campaigns import queries
from rapport.campaigns.api.campaigns import router
from rapport.campaigns.api.schemas import ResultsOut, results_out
from rapport.campaigns.queries.outcomes import Outcome, Sales, outcome
from rapport.campaigns.services.compared import Comparison, Line, compared
from rapport.campaigns.services.testing import sends_of
from rapport.core.access import actor_of
from rapport.core.api import Schema
from rapport.experiments.statistics.sequential import Interval
from rapport.messaging import queries as messaging


class RangeOut(Schema):
    """An interval that holds however often one looks; without ends while it is too early to say."""

    estimate: float
    low: float | None
    high: float | None


class VariantResultsOut(Schema):
    variant: str
    name: str
    template: uuid.UUID
    persons: int = Field(description="Who was given it.")
    mean: float = Field(description="What each of them gave on average, by the event it is judged by.")
    share: RangeOut | None = Field(description="Against the first variant, as a share of it.")
    is_winner: bool
    results: ResultsOut


class HoldoutOut(Schema):
    persons: int
    mean: float


class LinkOut(Schema):
    position: int
    url: str
    human: int
    machine: int


class SalesOut(Schema):
    """Orders within a week, the persons who placed them, and their amount after refunds."""

    orders: int
    buyers: int
    revenue: Decimal
    unconverted: dict[str, Decimal] = Field(description="Amounts whose currency has no rate of their day.")


class BroughtOut(Schema):
    """`clicked`: after a click of a person; `reached`: of who only got a message. `roas` is of the former."""

    clicked: SalesOut
    reached: SalesOut
    currency: str
    cost: Decimal
    roas: float | None


class CampaignResultsOut(Schema):
    status: str
    results: ResultsOut = Field(description="Of all variants together.")
    variants: list[VariantResultsOut] = Field(description="None without a test.")
    holdout: HoldoutOut | None
    lift: RangeOut | None = Field(description="Per person against the holdout, as a share.")
    is_balanced: bool = Field(
        description="False: people do not come in the ordered shares; believe no figure."
    )
    links: list[LinkOut]
    brought: BroughtOut


@router.get(
    "/{uuid:campaign_id}/results", response=CampaignResultsOut, summary="Read what came of a campaign"
)
def get_results(request: HttpRequest, campaign_id: uuid.UUID) -> dict[str, Any]:
    campaign = queries.campaign_for(actor_of(request), campaign_id)
    ordered = sends_of(campaign)
    test = compared(campaign, machines=False)
    return {
        "status": queries.status(campaign),
        "results": results_out(messaging.results(*ordered)),
        "links": messaging.link_results(*ordered),
        "brought": _brought(outcome(campaign, ordered)),
        **_compared(test),
    }


def _brought(brought: Outcome) -> dict[str, Any]:
    def sales(of: Sales) -> dict[str, Any]:
        return {"orders": of.orders, "buyers": of.buyers, "revenue": of.revenue, "unconverted": of.missing}

    return {
        "clicked": sales(brought.clicked),
        "reached": sales(brought.reached),
        "currency": brought.currency,
        "cost": brought.cost,
        "roas": brought.roas,
    }


def _compared(test: Comparison | None) -> dict[str, Any]:
    if test is None:
        return {"variants": [], "holdout": None, "lift": None, "is_balanced": True}
    holdout = test.holdout
    return {
        "variants": [_variant(line) for line in test.lines],
        "holdout": {"persons": holdout.arm.persons, "mean": holdout.arm.mean} if holdout else None,
        "lift": _range(test.lift.share) if test.lift else None,
        "is_balanced": test.is_balanced,
    }


def _variant(line: Line) -> dict[str, Any]:
    return {
        "variant": line.variant.key,
        "name": line.variant.name,
        "template": line.template.pk,
        "persons": line.arm.persons,
        "mean": line.arm.mean,
        "share": _range(line.share),
        "is_winner": line.is_winner,
        "results": results_out(line.results),
    }


def _range(given: Interval | None) -> dict[str, float | None] | None:
    return {"estimate": given.estimate, "low": given.low, "high": given.high} if given else None
