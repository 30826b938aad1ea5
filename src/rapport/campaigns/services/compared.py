"""The variants of a campaign side by side, as its page shows them."""

from __future__ import annotations

from dataclasses import dataclass

from django.urls import reverse

from rapport.campaigns.models import Campaign, CampaignTest, CampaignVariant
from rapport.campaigns.services.testing import test_of
from rapport.campaigns.services.variants import EVENTS
from rapport.content.models import Template
from rapport.core.ui import formats
from rapport.experiments.models import Variant
from rapport.experiments.services.results import Row, results
from rapport.experiments.statistics.sequential import Arm, Interval, Lift
from rapport.messaging import queries as messaging


@dataclass(frozen=True, slots=True)
class Line:
    """`persons` met it; `share` is how it compares with the first, `mean` what each of them gave on average."""

    variant: Variant
    template: Template
    results: messaging.Results
    arm: Arm
    share: Interval | None
    opened: str
    clicked: str
    ledger: str
    is_winner: bool

    @property
    def words(self) -> str:
        return words(self.share)

    @property
    def mean(self) -> str:
        return formats.percent(self.arm.mean, 1)


@dataclass(frozen=True, slots=True)
class Comparison:
    """`lift` against the holdout, where there is one and something can be said."""

    test: CampaignTest
    lines: list[Line]
    holdout: Row | None
    lift: Lift | None
    is_balanced: bool

    @property
    def decided_by(self) -> str:
        event = self.test.experiment.event
        return str(dict(EVENTS).get(event, event))

    @property
    def holdout_mean(self) -> str:
        return formats.percent(self.holdout.arm.mean, 1) if self.holdout else ""

    @property
    def lift_words(self) -> str:
        return words(self.lift.share) if self.lift else ""


def compared(campaign: Campaign, *, machines: bool) -> Comparison | None:
    test = test_of(campaign)
    if test is None:
        return None
    counted = results(test.experiment)
    rows = CampaignVariant.objects.filter(test=test, send__isnull=False).select_related("variant", "template")
    sent = messaging.results_of([row.send_id for row in rows if row.send_id])
    of_variant = {row.variant.pk: row for row in counted.rows}
    lines = [
        _line(
            row, sent.get(row.send_id or 0, messaging.Results()), of_variant[row.variant_id], test, machines
        )
        for row in sorted(rows, key=lambda row: row.pk)
    ]
    return Comparison(test, lines, counted.holdout, counted.lift, counted.is_balanced)


def _line(
    row: CampaignVariant, sent: messaging.Results, counted: Row, test: CampaignTest, machines: bool
) -> Line:
    opened = sent.opened if machines else sent.opened_human
    clicked = sent.clicked if machines else sent.clicked_human
    return Line(
        row.variant,
        row.template,
        sent,
        counted.arm,
        counted.share,
        formats.percent(sent.rate(opened)),
        formats.percent(sent.rate(clicked)),
        reverse("messaging:deliveries", args=[row.send_id]),
        row.variant_id == test.experiment.winner_id,
    )


def words(interval: Interval | None) -> str:
    """“+12 % (+3 % … +22 %)”; nothing while it is too early to say."""
    if interval is None or interval.low is None or interval.high is None:
        return ""
    estimate, low, high = (
        ("+" if value > 0 else "") + formats.percent(value, 1)
        for value in (interval.estimate, interval.low, interval.high)
    )
    return f"{estimate} ({low} … {high})"
