"""The variants of a campaign side by side, as its page shows them."""

from __future__ import annotations

from dataclasses import dataclass

from rapport.campaigns.models import Campaign, CampaignTest, CampaignVariant
from rapport.campaigns.services.testing import test_of
from rapport.core.ui import formats
from rapport.experiments.services.results import Results, results
from rapport.experiments.statistics.sequential import Interval
from rapport.messaging import queries as messaging


@dataclass(frozen=True, slots=True)
class Line:
    name: str
    sent: int
    opened: str
    clicked: str
    share: str
    is_winner: bool


@dataclass(frozen=True, slots=True)
class Comparison:
    """`lift` against the holdout, where there is one and something can be said."""

    test: CampaignTest
    lines: list[Line]
    lift: str
    is_balanced: bool


def compared(campaign: Campaign, *, machines: bool) -> Comparison | None:
    test = test_of(campaign)
    if test is None:
        return None
    counted = results(test.experiment)
    rows = CampaignVariant.objects.filter(test=test, send__isnull=False).select_related("variant")
    sent = messaging.results_of([row.send_id for row in rows if row.send_id])
    shares = {row.variant.pk: row.share for row in counted.rows}
    lines = [
        _line(
            row, sent.get(row.send_id or 0, messaging.Results()), shares.get(row.variant_id), test, machines
        )
        for row in sorted(rows, key=lambda row: row.pk)
    ]
    return Comparison(test, lines, _lift(counted), counted.is_balanced)


def _line(
    row: CampaignVariant,
    sent: messaging.Results,
    share: Interval | None,
    test: CampaignTest,
    machines: bool,
) -> Line:
    opened = sent.opened if machines else sent.opened_human
    clicked = sent.clicked if machines else sent.clicked_human
    return Line(
        row.variant.name,
        sent.sent,
        formats.percent(sent.rate(opened)),
        formats.percent(sent.rate(clicked)),
        words(share),
        row.variant_id == test.experiment.winner_id,
    )


def _lift(counted: Results) -> str:
    return words(counted.lift.share) if counted.lift else ""


def words(interval: Interval | None) -> str:
    """“+12 % (+3 % … +22 %)”; nothing while it is too early to say."""
    if interval is None or interval.low is None or interval.high is None:
        return ""
    estimate, low, high = (
        ("+" if value > 0 else "") + formats.percent(value, 1)
        for value in (interval.estimate, interval.low, interval.high)
    )
    return f"{estimate} ({low} … {high})"
