"""What all marketing together brings: who got it beside the holdout of all marketing, since that began.

Of everybody who was known when the holdout began, so that marketing itself changes nobody's place in the comparison.
Whoever never agreed to marketing is among them on both sides: that makes the effect per person smaller, not wrong.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from rapport.core import clickhouse
from rapport.core.process_cache import kept_by_cost
from rapport.experiments.services.drawing import STEPS
from rapport.experiments.services.holdouts import settings_now
from rapport.experiments.statistics.sequential import Arm, Lift, lift

ALPHA, PLANNED = 0.05, 10_000
EVENT = "Order Completed"
_NOBODY = "toUUID('00000000-0000-0000-0000-000000000000')"
# The place of a person, as `drawing.place` gives it.
_PLACE = (
    "bitShiftRight(toUInt64(reinterpretAsUInt32(reverse(substring(MD5(concat({salt:String}, ':',"
    f" toString(person_id))), 1, 4)))) * {STEPS}, 32)"
)
_COUNT = f"""
    SELECT {_PLACE} < {{share:UInt32}} AS held, count() AS persons, countIf(orders > 0) AS buyers,
        sum(orders) AS orders_of_all, sum(orders * orders) AS squares
    FROM (
        SELECT person_id FROM people FINAL
        WHERE deleted = 0 AND is_identified = 1 AND first_seen_at < {{since:DateTime64(3, 'UTC')}}
    ) AS known LEFT JOIN (
        SELECT if(o.survivor_id = {_NOBODY}, e.person_id, o.survivor_id) AS person_id,
            uniqExact(ifNull(nullIf(toString(properties.order_id), ''), message_id)) AS orders
        FROM events AS e
        LEFT JOIN (SELECT person_id, survivor_id FROM person_override FINAL) AS o ON o.person_id = e.person_id
        WHERE event = {{event:String}} AND at >= {{since:DateTime64(3, 'UTC')}} AND at < {{until:DateTime64(3, 'UTC')}}
        GROUP BY person_id
    ) AS bought USING (person_id) GROUP BY held
"""


@dataclass(frozen=True, slots=True)
class Effect:
    """Buyers and orders per person of both sides; `buyers.altogether` is how many more bought than would have."""

    since: dt.datetime
    treated: Arm
    holdout: Arm
    buyers: Lift
    orders_treated: Arm
    orders_holdout: Arm
    orders: Lift


def effect(now: dt.datetime) -> Effect | None:
    """None while nobody is held back."""
    row = settings_now()
    if not row.share or row.since is None:
        return None
    return _effect(str(row.salt), row.share, row.since, now.replace(second=0, microsecond=0))


@kept_by_cost
def _effect(salt: str, share: int, since: dt.datetime, until: dt.datetime) -> Effect:
    values = {"salt": salt, "share": share, "since": since, "until": until, "event": EVENT}
    counted = {bool(row["held"]): row for row in clickhouse.rows(_COUNT, values)}
    empty = {"persons": 0, "buyers": 0, "orders_of_all": 0, "squares": 0}
    treated, holdout = (counted.get(is_held, empty) for is_held in (False, True))
    bought = [Arm.of_conversions(side["persons"], side["buyers"]) for side in (treated, holdout)]
    ordered = [Arm(side["persons"], side["orders_of_all"], side["squares"]) for side in (treated, holdout)]
    return Effect(
        since=since,
        treated=bought[0],
        holdout=bought[1],
        buyers=lift(bought[0], bought[1], alpha=ALPHA, planned=PLANNED),
        orders_treated=ordered[0],
        orders_holdout=ordered[1],
        orders=lift(ordered[0], ordered[1], alpha=ALPHA, planned=PLANNED),
    )
