"""Fraud signals are events of whom they are about: of late only, and once a day."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from typing import Any

import pytest

from rapport.core.access import Actor
from rapport.core.clock import VirtualClock
from rapport.core.models import OutboxEvent
from rapport.promotions.models import Coupon, Promotion
from rapport.promotions.services import redeeming, suspicions, tries
from rapport.promotions.services.claims import Bearer
from rapport.promotions.services.refusals import Refused
from rapport.promotions.tests.conftest import claim


def _signs() -> list[tuple[str, str, int, str]]:
    rows = [json.loads(line) for row in OutboxEvent.objects.all() for line in bytes(row.payload).splitlines()]
    return sorted(
        (row["properties"]["sign"], row["person_id"], row["properties"]["count"], row["message_id"])
        for row in rows
        if row["event"] == suspicions.EVENT
    )


def test_signs_are_events_of_those_they_are_about(
    make: Callable[..., Promotion],
    add: Callable[..., Coupon],
    somebody: Any,
    actor: Actor,
    clock: VirtualClock,
) -> None:
    code, people = add(make()), [somebody(name) for name in ("Ada", "Bob", "Cy", "Dora")]
    for person, address in zip(people, ("home", "home", "home", "far"), strict=True):
        bearer = Bearer(person.pk, address=address)
        redeeming.redeem(actor=actor, claim=claim(code, order=f"A-{person}", bearer=bearer), clock=clock)
    for _try in range(suspicions.TRIES):
        guess = claim("WRONG", people[3], "A-9")
        with pytest.raises(Refused) as refused:
            redeeming.redeem(actor=actor, claim=guess, clock=clock)
        tries.note(actor, guess, refused.value, clock.now())
    assert suspicions.emit(clock=clock) == 4
    seen = _signs()
    at_home = sorted(("shared_address", str(person.pk), 3) for person in people[:3])
    assert [sign[:3] for sign in seen] == [*at_home, ("wrong_codes", str(people[3].pk), 5)]
    suspicions.emit(clock=clock)
    assert {row[3] for row in _signs()} == {row[3] for row in seen}
    clock.advance(dt.timedelta(hours=4))
    assert suspicions.emit(clock=clock) == 0
