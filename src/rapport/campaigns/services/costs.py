"""Costs of channels and campaigns: entered, from a CSV file, or over the API."""

from __future__ import annotations

import csv
import datetime as dt
import re
import uuid
from collections.abc import Iterable, Sequence
from decimal import Decimal, InvalidOperation
from typing import NamedTuple

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models.functions import Lower
from django.utils.translation import gettext as _

from rapport.campaigns.models import Campaign, Cost
from rapport.core import sql
from rapport.core.access import Actor
from rapport.core.clock import SYSTEM, Clock
from rapport.core.money import LARGEST, MoneyError, currency_code
from rapport.core.queries import workspace
from rapport.core.services import audit

MOST = 20_000
LONGEST = 366
EARLIEST, YEARS_AHEAD = 2000, 2
CHANNEL = re.compile(r"[a-z0-9_-]{1,40}")
COLUMNS = ("day", "from", "to", "channel", "campaign", "amount", "currency")
_PUT = """
    INSERT INTO campaigns_cost (first, last, channel, campaign, record_id, amount, currency, written_at, written_by)
    SELECT *, %b, %b FROM unnest(%b::date[], %b::date[], %b::text[], %b::text[], %b::uuid[], %b::numeric[], %b::text[])
    ON CONFLICT (channel, campaign, first, last) DO UPDATE SET amount = excluded.amount, currency = excluded.currency,
        record_id = excluded.record_id, written_at = excluded.written_at, written_by = excluded.written_by
"""
_OVERLAPS = """
    SELECT g.place, c.first, c.last FROM unnest(%b::int[], %b::date[], %b::date[], %b::text[], %b::text[])
        AS g (place, first, last, channel, campaign)
    JOIN campaigns_cost c ON c.channel = g.channel AND c.campaign = g.campaign
        AND c.first <= g.last AND c.last >= g.first
    WHERE (c.first, c.last) <> (g.first, g.last) ORDER BY g.place LIMIT 1
"""


class Given(NamedTuple):
    """What something cost from the first day to the last."""

    first: dt.date
    last: dt.date
    channel: str
    campaign: str
    amount: Decimal
    currency: str


def read(content: bytes) -> list[Given]:
    """The costs of a CSV file: `day` (or `from` and `to`), `channel`, `campaign`, `amount`, `currency`.

    Raises ValidationError, which names the line.
    """
    text = content.decode("utf-8-sig", "replace")
    rows = csv.reader(text.splitlines(), delimiter=";" if ";" in text.split("\n")[0] else ",")
    header = [name.strip().lower() for name in next(rows, [])]
    if not {"channel", "amount"} <= set(header) or not {"day", "from"} & set(header):
        words = _(
            "The first line names the columns: day (or from and to), channel, campaign, amount, currency."
        )
        raise ValidationError({"file": words})
    costs = []
    for number, row in enumerate(rows, 2):
        if any(cell.strip() for cell in row):
            cells = dict(zip(header, (cell.strip() for cell in row), strict=False))
            try:
                costs.append(_given(cells))
            except (LookupError, ValueError, InvalidOperation, MoneyError) as error:
                words = _("Line %(n)d: “%(row)s” is no day, channel and amount.")
                raise ValidationError({"file": words % {"n": number, "row": ", ".join(row)[:80]}}) from error
    return costs


def _given(cells: dict[str, str]) -> Given:
    first = dt.date.fromisoformat(cells.get("from") or cells.get("day") or "")
    last = dt.date.fromisoformat(cells.get("to") or first.isoformat())
    code = currency_code(cells.get("currency") or workspace().currency)
    return Given(
        first, last, cells["channel"].lower(), cells.get("campaign", ""), Decimal(cells["amount"]), code
    )


@transaction.atomic
def put(*, actor: Actor, costs: Sequence[Given], clock: Clock = SYSTEM) -> int:
    """Adds costs, in place of those of the same days, channel and campaign. Raises ValidationError."""
    actor.require("campaigns.edit")
    if len(costs) > MOST:
        raise ValidationError({"file": _("At most %(n)d.") % {"n": MOST}})
    sql.run("SELECT pg_advisory_xact_lock(hashtext('campaigns_cost'))")
    sound = _spelled([_sound(cost, clock.now().year) for cost in costs])
    distinct = list({(cost.channel, cost.campaign, cost.first, cost.last): cost for cost in sound}.values())
    _refuse_overlaps(distinct)
    if not distinct:
        return 0
    records = _records({cost.campaign for cost in distinct})
    columns = [list(column) for column in zip(*distinct, strict=True)]
    columns.insert(4, [records.get(cost.campaign) for cost in distinct])
    sql.run(_PUT, [clock.now(), actor.label, *columns])
    data = {"costs": len(distinct)}
    audit.record(actor=actor, action="costs.put", object_type="costs", object_id=1, data=data, clock=clock)
    return len(distinct)


@transaction.atomic
def remove(*, actor: Actor, cost: Cost, clock: Clock = SYSTEM) -> None:
    actor.require("campaigns.edit")
    data = {"channel": cost.channel, "campaign": cost.campaign, "amount": str(cost.amount)}
    cost.delete()
    audit.record(
        actor=actor, action="costs.removed", object_type="costs", object_id=1, data=data, clock=clock
    )


def _spelled(costs: Sequence[Given]) -> list[Given]:
    """Each campaign as it is written already, by its record or another cost: names differ by more than their case."""
    names = {cost.campaign.lower() for cost in costs if cost.campaign}
    spelling = {cost.campaign.lower(): cost.campaign for cost in reversed(costs)}
    for model, field in ((Cost, "campaign"), (Campaign, "name")):
        rows = model.objects.annotate(low=Lower(field)).filter(low__in=names).order_by("pk")
        spelling |= dict(rows.values_list("low", field))
    return [cost._replace(campaign=spelling.get(cost.campaign.lower(), "")) for cost in costs]


def _sound(cost: Given, year: int) -> Given:
    if not (cost.first.year >= EARLIEST and cost.last.year <= year + YEARS_AHEAD):
        raise ValidationError({"first": _("Choose days from the year 2000 to two years from now.")})
    if not CHANNEL.fullmatch(cost.channel):
        raise ValidationError({"channel": _("A channel is a word like email, paid_search or display.")})
    if not (cost.amount.is_finite() and 0 <= cost.amount < LARGEST):
        raise ValidationError({"amount": _("An amount is a number from 0.")})
    if not 0 <= (cost.last - cost.first).days < LONGEST:
        raise ValidationError({"last": _("Choose a day after the first, a year later at most.")})
    if len(cost.campaign) > 200 or "|" in cost.campaign:
        raise ValidationError({"campaign": _("At most 200 characters, without “|”.")})
    return cost


def _refuse_overlaps(costs: Sequence[Given]) -> None:
    """Other days of the same channel and campaign that overlap would be paid twice."""
    by_what: dict[tuple[str, str], list[Given]] = {}
    for cost in sorted(costs):
        before = by_what.setdefault((cost.channel, cost.campaign), [])
        if before and before[-1].last >= cost.first:
            _refuse(cost, before[-1].first, before[-1].last)
        before.append(cost)
    columns = [[getattr(cost, name) for cost in costs] for name in ("first", "last", "channel", "campaign")]
    for place, first, last in sql.run(_OVERLAPS, [list(range(len(costs))), *columns]):
        _refuse(costs[place], first, last)


def _refuse(cost: Given, first: dt.date, last: dt.date) -> None:
    words = _(
        "%(channel)s %(campaign)s already has a cost from %(first)s to %(last)s, which overlaps. Remove that, or give"
        " the same days."
    )
    given = {"channel": cost.channel, "campaign": cost.campaign, "first": first, "last": last}
    raise ValidationError({"first": words % given})


def _records(names: Iterable[str]) -> dict[str, uuid.UUID]:
    """{name: the campaign sent from here that is called so}, the newest of several."""
    rows = Campaign.objects.filter(name__in=list(names)).order_by("created_at")
    return dict(rows.values_list("name", "pk"))
