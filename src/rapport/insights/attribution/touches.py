"""Touchpoints: what reached a person on the way to a purchase, each of them once.

Visits count by their UTM parameters (or those that advertising networks add), messages by clicks of people, calls and
meetings by what was logged. Visits without any of these are no touchpoint: otherwise "direct" would take the place of
what led there. Machines' clicks are counted apart. A click and the visit that it opened are one touchpoint, as is
everything of the same campaign within half an hour.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from rapport.campaigns.queries.costs import campaign_names
from rapport.core import clickhouse
from rapport.insights.attribution.labels import ACTIVITIES, CLICK_IDS, channel_of

SAME_VISIT = 30 * 60.0
HUMAN = 0.5
CLICKED = "Message Clicked"  # whatever else ends in Clicked was no message
JUDGED_WITHIN = dt.timedelta(days=31)  # requests are compared for days, not longer
VISITS = ["Page Viewed", "Screen Viewed"]


class Touch(NamedTuple):
    """One touchpoint. `at` is Unix time; `kind` is visit, click or activity."""

    at: float
    channel: str
    campaign: str
    kind: str
    source: str

    @property
    def moment(self) -> dt.datetime:
        return dt.datetime.fromtimestamp(self.at, dt.UTC)


@dataclass(slots=True)
class Touches:
    """Of each person in time order, and how many clicks of machines were left out."""

    of: dict[uuid.UUID, list[Touch]] = field(default_factory=dict)
    machine_clicks: int = 0

    @property
    def count(self) -> int:
        return sum(map(len, self.of.values()))


_NOBODY = "toUUID('00000000-0000-0000-0000-000000000000')"
# Persons as they are now: whoever was merged since counts as the survivor.
SURVIVING = f"""
    SELECT if(o.survivor_id = {_NOBODY}, e.person_id, o.survivor_id) AS who, e.* EXCEPT person_id FROM (%s) AS e
    LEFT JOIN (SELECT person_id, survivor_id FROM person_override FINAL) AS o ON o.person_id = e.person_id
"""
_PARAMETER = "decodeURLComponent(extractURLParameter(address, '%s'))"
_SAID = "ifNull(toString(context.campaign.%s), '')"
_WEB = f"""
    SELECT person_id, toFloat64(toUnixTimestamp64Milli(at)) / 1000 AS moment,
        coalesce(nullIf(toString(context.page.url), ''), nullIf(toString(properties.url), ''), '') AS address,
        if({_SAID % "source"} != '', {_SAID % "source"}, {_PARAMETER % "utm_source"}) AS source,
        if({_SAID % "medium"} != '', {_SAID % "medium"}, {_PARAMETER % "utm_medium"}) AS medium,
        if({_SAID % "name"} != '', {_SAID % "name"}, {_PARAMETER % "utm_campaign"}) AS campaign,
        arrayFirst(name -> position(address, concat(name, '=')) > 0, {{ids:Array(String)}}) AS click_id
    FROM events
    WHERE at >= {{start:DateTime64(3, 'UTC')}} AND at < {{end:DateTime64(3, 'UTC')}}
        AND event IN {{visits:Array(String)}} AND (source != '' OR medium != '' OR campaign != '' OR click_id != '')
"""
# The newest word on a delivery's link: a click that was first taken for a human's may have been judged anew since,
# also after the end of the period.
_CLICKS = """
    SELECT any(person_id) AS person_id, toFloat64(toUnixTimestamp64Milli(minIf(at, was_click))) / 1000 AS moment,
        anyLast(channel) AS channel, anyLast(campaign) AS campaign, max(campaign_id) AS campaign_id,
        maxIf(received_at, was_click AND human >= {human:Float64}) AS by_human,
        maxIf(received_at, NOT was_click AND human < {human:Float64}) AS by_machine,
        by_human > toDateTime64(0, 3, 'UTC') AND by_human >= by_machine AS is_human
    FROM (
        SELECT person_id, at, received_at, event = {clicked:String} AS was_click,
            ifNull(toFloat64OrNull(toString(properties.human_probability)), 1) AS human,
            coalesce(nullIf(toString(properties.channel), ''), 'email') AS channel,
            coalesce(nullIf(toString(properties.campaign_name), ''), nullIf(toString(properties.journey_name), ''), '')
                AS campaign,
            ifNull(toString(properties.campaign_id), '') AS campaign_id,
            concat(ifNull(nullIf(toString(properties.delivery_id), ''), message_id), ' ',
                ifNull(toString(properties.link_position), ifNull(toString(properties.link), ''))) AS what
        FROM events
        WHERE at >= {start:DateTime64(3, 'UTC')} AND at < {judged:DateTime64(3, 'UTC')}
            AND (event = {clicked:String}
                OR event = 'Message Reassessed' AND toString(properties.event) = {clicked:String})
    ) GROUP BY what HAVING countIf(was_click AND at < {end:DateTime64(3, 'UTC')}) > 0
"""
_ACTIVITIES = """
    SELECT person_id, toFloat64(toUnixTimestamp64Milli(at)) / 1000 AS moment, event,
        ifNull(toString(properties.campaign), '') AS campaign
    FROM events
    WHERE at >= {start:DateTime64(3, 'UTC')} AND at < {end:DateTime64(3, 'UTC')} AND event IN {activities:Array(String)}
"""


def touches(start: dt.datetime, end: dt.datetime) -> Touches:
    """Every touchpoint of a stretch of time."""
    by_person: defaultdict[uuid.UUID, list[Touch]] = defaultdict(list)
    bounds: dict[str, object] = {"start": start, "end": end}
    for who, at, source, medium, campaign, click_id in _read(
        "who, moment, source, medium, campaign, click_id",
        _WEB,
        bounds | {"visits": VISITS, "ids": list(CLICK_IDS)},
    ):
        place = CLICK_IDS[click_id] if click_id and not source else (source, medium)
        by_person[who].append(Touch(at, channel_of(*place), campaign, "visit", place[0]))
    machines = 0
    clicks = _read(
        "who, moment, channel, campaign, campaign_id, is_human",
        _CLICKS,
        bounds | {"human": HUMAN, "clicked": CLICKED, "judged": end + JUDGED_WITHIN},
    )
    # Costs go by what a campaign is called now.
    names = campaign_names({row[4] for row in clicks})
    for who, at, channel, named_then, campaign_id, is_human in clicks:
        campaign = names.get(campaign_id, named_then)
        if is_human:
            by_person[who].append(Touch(at, channel, campaign, "click", ""))
        else:
            machines += 1
    for who, at, event, campaign in _read(
        "who, moment, event, campaign", _ACTIVITIES, bounds | {"activities": list(ACTIVITIES)}
    ):
        by_person[who].append(Touch(at, ACTIVITIES[event], campaign, "activity", ""))
    spelling = _spelling(by_person, set(names.values()))
    return Touches(
        {who: once([_spelled(row, spelling) for row in rows]) for who, rows in by_person.items()}, machines
    )


def _spelling(by_person: Mapping[uuid.UUID, list[Touch]], records: Collection[str]) -> dict[str, str]:
    """{name in small letters: how it is written}: as its record, or else as most often. Case tells none apart."""
    counted = Counter(touch.campaign for rows in by_person.values() for touch in rows)
    written = {name.lower(): name for name, _count in reversed(counted.most_common())}
    return written | {name.lower(): name for name in sorted(records)}


def _spelled(touch: Touch, spelling: Mapping[str, str]) -> Touch:
    name = spelling[touch.campaign.lower()]
    return touch if name == touch.campaign else touch._replace(campaign=name)


def _read(columns: str, inner: str, values: dict[str, object]) -> list[tuple[Any, ...]]:
    sql = f"SELECT {columns} FROM ({SURVIVING % inner})"
    rows: list[tuple[Any, ...]] = clickhouse.client().query(sql, parameters=values).result_rows
    return rows


def once(rows: list[Touch]) -> list[Touch]:
    """In time order, without what repeats a touchpoint of the last half hour."""
    kept: list[Touch] = []
    seen: dict[tuple[str, str], float] = {}
    clicked: dict[str, float] = {}
    for touch in sorted(rows):
        key = (touch.channel, touch.campaign)
        repeated = touch.at - seen.get(key, -SAME_VISIT * 2) <= SAME_VISIT
        if touch.kind == "visit":
            repeated = repeated or touch.at - clicked.get(touch.channel, -SAME_VISIT * 2) <= SAME_VISIT
        elif touch.kind == "click":
            clicked[touch.channel] = touch.at
        seen[key] = touch.at
        if not repeated or touch.kind == "activity":
            kept.append(touch)
    return kept
