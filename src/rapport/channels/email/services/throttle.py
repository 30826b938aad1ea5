"""How fast mail may go: providers that asked us to slow down rest, limits by the minute, and the warm-up of a domain.

All of it is in PostgreSQL, so that any number of senders share it. `grant` is asked within the transaction of a claim;
only the rows of providers with a limit, and of a domain that warms up, are locked until it ends. What waits gets a time
at which its turn can come, spread as the limit allows, so that a large campaign is not judged again every minute.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence

from django.db import connection

from rapport.channels.email import queries
from rapport.channels.email.classify import asks_to_slow_down
from rapport.channels.email.models import ProviderPace, SendingDomain, WarmupDay
from rapport.channels.email.services import receivers
from rapport.channels.models import SenderIdentity
from rapport.channels.protocol import Outcome, Result
from rapport.channels.registry import Wait

RESTS = tuple(dt.timedelta(minutes=minutes) for minutes in (1, 5, 15, 30, 60, 120, 240))
MINUTE, DAY = dt.timedelta(minutes=1), dt.timedelta(days=1)
MAX_DAYS = 60
_STRIKE = """
INSERT INTO channels_providerpace AS p (provider, strikes, rests_until, answer, used)
SELECT t.name, 1, %(now)s::timestamptz + (%(rests)s::interval[])[1], t.answer, 0
FROM unnest(%(names)s::text[], %(answers)s::text[]) AS t(name, answer)
ON CONFLICT (provider) DO UPDATE SET answer = excluded.answer,
    strikes = least(p.strikes + 1, 99),
    rests_until = %(now)s::timestamptz + (%(rests)s::interval[])[least(p.strikes + 1, %(longest)s)]
WHERE p.rests_until IS NULL OR p.rests_until <= %(now)s
"""

_struck: set[str] = set()
"""Providers that rested not long ago as far as this process has seen: their first acceptance ends the growth."""


class EmailPace:
    """The pace of the email channel; see `channels.registry.Pace`."""

    def grant(self, addresses: Sequence[str], *, marketing: bool, now: dt.datetime) -> list[Wait | None]:
        """For each address, in order: None, and a message may go there now; or until when it waits, and why."""
        receivers.note(addresses)
        named = receivers.providers_of(addresses)
        groups = [named[address] for address in addresses]
        waits = _by_provider(groups, now)
        domain = _warming(marketing=marketing)
        if domain is not None:
            free = [at for at, wait in enumerate(waits) if wait is None]
            for at, wait in zip(free, _by_plan(domain, len(free), now), strict=True):
                waits[at] = wait
        return waits

    def note(self, addresses: Sequence[str], outcomes: Sequence[Outcome], now: dt.datetime) -> None:
        """Learns from what providers answered."""
        answered = [
            address
            for address, outcome in zip(addresses, outcomes, strict=True)
            if _struck or asks_to_slow_down(outcome)
        ]
        named = receivers.providers_of(answered) if answered else {}
        strikes: dict[str, str] = {}
        accepted: set[str] = set()
        for address, outcome in zip(addresses, outcomes, strict=True):
            if asks_to_slow_down(outcome):
                strikes.setdefault(named[address], f"{outcome.code} {outcome.detail}".replace("\0", "")[:254])
            elif outcome.result is Result.ACCEPTED and _struck:
                accepted.add(named[address])
        if strikes:
            _strike(strikes, now)
        if calmed := (accepted & _struck) - strikes.keys():
            _struck.difference_update(calmed)
            resting = ProviderPace.objects.filter(provider__in=calmed, rests_until__lte=now)
            resting.update(strikes=0, rests_until=None)


def _strike(strikes: dict[str, str], now: dt.datetime) -> None:
    """Lets providers rest, longer each time; what several senders hear at once counts once."""
    names = sorted(strikes)
    _struck.update(names)
    with connection.cursor() as cursor:
        cursor.execute(
            _STRIKE,
            {
                "now": now,
                "names": names,
                "answers": [strikes[name] for name in names],
                "rests": list(RESTS),
                "longest": len(RESTS),
            },
        )


def _by_provider(groups: Sequence[str], now: dt.datetime) -> list[Wait | None]:
    paces = {row.provider: row for row in ProviderPace.objects.filter(provider__in=set(groups))}
    _struck.update(name for name, row in paces.items() if row.strikes)
    limited = [name for name, row in paces.items() if row.per_minute is not None]
    if limited:
        rows = ProviderPace.objects.filter(provider__in=limited).order_by("provider").select_for_update()
        paces |= {row.provider: row for row in rows}
    waits = [_turn(paces[group], now) if group in paces else None for group in groups]
    if limited:
        ProviderPace.objects.bulk_update([paces[name] for name in limited], ["minute", "used", "next_turn"])
    return waits


def _turn(pace: ProviderPace, now: dt.datetime) -> Wait | None:
    """The turn of one more message, counted in `pace`."""
    if pace.rests_until is not None and pace.rests_until > now:
        return Wait("throttled", pace.rests_until, {"provider": pace.provider, "answer": pace.answer})
    if pace.per_minute is None:
        return None
    if pace.minute is None or now - pace.minute >= MINUTE:
        pace.minute, pace.used = now, 0
    if pace.used < pace.per_minute:
        pace.used += 1
        return None
    step = MINUTE / max(pace.per_minute, 1)
    pace.next_turn = max(pace.next_turn or now, pace.minute + MINUTE - step) + step
    because = {"provider": pace.provider, "per_minute": pace.per_minute}
    return Wait("throttled", pace.next_turn, because)


def _warming(*, marketing: bool) -> SendingDomain | None:
    """The domain whose plan limits this stream, if it has one."""
    rows = list(SendingDomain.objects.exclude(warmup_from=None))
    if not rows:
        return None
    stream = "marketing" if marketing else "transactional"
    address = SenderIdentity.objects.filter(stream=stream).values_list("address", flat=True).first() or ""
    host = address.rpartition("@")[2].lower()
    fitting = [row for row in rows if host == row.name or host.endswith("." + row.name)]
    return max(fitting, key=lambda row: len(row.name), default=None)


def _by_plan(domain: SendingDomain, count: int, now: dt.datetime) -> list[Wait | None]:
    """As many as today's share has left go, the others wait for the days whose shares have room for them."""
    today = now.date()
    share = queries.share_of(domain, today)
    if share is None or not count:
        return [None] * count
    SendingDomain.objects.select_for_update().get(pk=domain.pk)
    days: dict[dt.date, WarmupDay] = {
        row.day: row for row in WarmupDay.objects.filter(domain=domain, day__gte=today)
    }
    current = days.setdefault(today, WarmupDay(domain=domain, day=today))
    going = min(count, max(0, share - current.used))
    current.used += going
    waits: list[Wait | None] = [None] * going
    because = {"domain": domain.name, "share": share}
    for day, number in _later(domain, days, today, count - going):
        start = dt.datetime.combine(day, dt.time(), dt.UTC)
        waits += [Wait("warmup", start, because)] * number
    WarmupDay.objects.bulk_create(
        days.values(),
        update_conflicts=True,
        unique_fields=["domain", "day"],
        update_fields=["used", "waiting"],
    )
    return waits


def _later(
    domain: SendingDomain, days: dict[dt.date, WarmupDay], today: dt.date, count: int
) -> Iterable[tuple[dt.date, int]]:
    """The days after today that `count` messages wait for, and how many each; counted as waiting there."""
    planned: dict[dt.date, int] = defaultdict(int)
    for distance in range(1, MAX_DAYS):
        if count <= 0:
            break
        day = today + distance * DAY
        row = days.setdefault(day, WarmupDay(domain=domain, day=day))
        share = queries.share_of(domain, day)
        number = (
            count if share is None or distance == MAX_DAYS - 1 else min(count, max(0, share - row.waiting))
        )
        row.waiting += number
        planned[day] = number
        count -= number
    return planned.items()
