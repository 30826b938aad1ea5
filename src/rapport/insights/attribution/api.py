"""Attribution over the API: what a page shows, by one model."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Annotated, Any, Literal

from django.http import HttpRequest
from ninja import Field, Query, Router

from rapport.core.access import actor_of
from rapport.core.api import Limit, Problem, Schema, seal, unseal
from rapport.core.api.pages import Cursor
from rapport.insights.attribution.conversions import ORDERS
from rapport.insights.attribution.figures import Figures, figures, named
from rapport.insights.attribution.forms import LONGEST
from rapport.insights.attribution.returns import Return, costs_of, returns
from rapport.insights.attribution.sharing import Attribution, Question, Row, Share, attribution

router = Router(tags=["insights"])
SCOPE = "attribution"
Model = Literal["first", "last", "linear", "position", "time_decay", "markov"]


class AttributionQuery(Schema):
    """Which conversions are shared out, and how."""

    model: Model = "linear"
    first: dt.date = Field(alias="from", description="The first day, in the workspace's time zone.")
    last: dt.date = Field(alias="to", description="The last day.")
    by: Literal["channel", "campaign"] = "channel"
    window: int = Field(30, ge=1, le=365, description="Days before a conversion that count.")
    event: str = Field(ORDERS, min_length=1, max_length=200)


class ShareOut(Schema):
    """Conversions and their amount; new customers, and all that these have left until now."""

    conversions: Decimal
    revenue: Decimal
    new_customers: Decimal
    lifetime_value: Decimal


class TouchpointOut(ShareOut):
    """One channel or campaign. `removal_effect`: the share of conversions that would be missing without it.

    `roas` is revenue by cost, `roi` that less one, `payback_days` when the new customers had left as much as it cost.
    """

    channel: str
    campaign: str | None
    name: str
    touchpoints: int
    persons: int
    removal_effect: float
    cost: Decimal | None
    cac: Decimal | None
    roas: float | None
    roi: float | None
    payback_days: int | None


class JourneyOut(Schema):
    """A path to conversions; `lost` is how often it led to none."""

    path: list[str]
    conversions: int
    revenue: Decimal
    lost: int


class AttributionOut(Schema):
    """`untouched` had no touchpoint before it, so that no model shares it out; `unconverted` had no exchange rate."""

    model: Model
    event: str
    first_day: dt.date
    last_day: dt.date
    window: int
    currency: str
    touchpoints: list[TouchpointOut] = Field(description="A page of them; the rest of the answer is of all.")
    next_cursor: str | None
    untouched: ShareOut
    total: ShareOut
    journeys: list[JourneyOut]
    machine_clicks: int
    unconverted: dict[str, Decimal]


@router.get(
    "/attribution", response=AttributionOut, summary="Share conversions out among channels or campaigns"
)
def get_attribution(
    request: HttpRequest,
    query: Annotated[AttributionQuery, Query()],
    limit: Limit,
    cursor: Cursor = None,
) -> AttributionOut:
    actor = actor_of(request)
    actor.require("insights.view")
    if not 0 <= (query.last - query.first).days < LONGEST:
        words = "Choose a day after the first, two years later at most."
        raise Problem(422, words, {"/query/to": words})
    question = Question(query.first, query.last, query.by, query.window, query.event)
    start = int(unseal(SCOPE, cursor, 1)[0]) if cursor else 0
    return _out(attribution(actor, question), query.model, start, limit)


def _out(shared: Attribution, model: Model, start: int, limit: int) -> AttributionOut:
    question, costs = shared.question, costs_of(shared)
    paid = {key for key, cost in costs.of.items() if cost}
    idle = [Row(key, models={model: Share()}) for key in paid - {row.key for row in shared.rows}]
    ranked = [*shared.rows, *sorted(idle, key=lambda row: row.key)]
    shown = ranked[start : start + limit]
    back = returns(shared, model, costs, [row.key for row in shown])
    rows = []
    for row in shown:
        channel, bar, campaign = row.key.partition("|")
        line = back.get(row.key)
        rows.append(
            TouchpointOut(
                channel=channel, campaign=campaign if bar else None, name=named(row.key), touchpoints=row.touches,
                persons=row.persons, removal_effect=round(row.effect, 6),
                **_back(line), **_share(row.models[model], shared),
            )
        )  # fmt: skip
    return AttributionOut(
        model=model, event=question.event, first_day=question.first, last_day=question.last,
        window=question.window, currency=shared.currency, touchpoints=rows,
        next_cursor=seal(SCOPE, [start + limit]) if len(ranked) > start + limit else None,
        untouched=ShareOut(**_share(shared.untouched, shared)), total=ShareOut(**_share(shared.total, shared)),
        journeys=[
            JourneyOut(path=list(path), conversions=count, revenue=round(Decimal(repr(amount)), 2), lost=lost)
            for path, count, amount, lost in shared.top
        ],
        machine_clicks=shared.machine_clicks, unconverted=shared.missing,
    )  # fmt: skip


def _back(line: Return | None) -> dict[str, Any]:
    return {name: getattr(line, name, None) for name in ("cost", "cac", "roas", "roi", "payback_days")}


def _share(share: Share, shared: Attribution) -> dict[str, Any]:
    got: Figures = figures(share, shared.currency)
    return {
        "conversions": got.conversions,
        "revenue": got.revenue,
        "new_customers": got.customers,
        "lifetime_value": got.lifetime,
    }
