"""How well people and machines are told apart on traces.

What public reports tell of scanners and proxies, and people composed by us to be as hard as they are.
"""

from __future__ import annotations

import datetime as dt
import json
import uuid
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from rapport.content.models import Link
from rapport.core.clock import VirtualClock
from rapport.messaging.models import Delivery, TrackingRequest
from rapport.messaging.services import evidence, judging, surroundings, tracking, tracking_requests
from rapport.messaging.services.tracking import Request
from rapport.messaging.tests import driving

pytestmark = pytest.mark.django_db
TRACES = json.loads((Path(__file__).parent / "traces.json").read_text(encoding="utf-8"))
START = dt.datetime(2026, 3, 2, 8, 0, tzinfo=dt.UTC)


def play(delivery: Delivery, seen: dict[str, Any]) -> None:
    clock = VirtualClock(START + dt.timedelta(seconds=seen["after"]))
    request = Request({"User-Agent": seen["agent"], **seen.get("headers", {})}, seen["address"])
    if seen["kind"] == "open":
        tracking.record_open(delivery_id=delivery.pk, request=request, clock=clock)
    elif seen["kind"] == "trap":
        tracking.record_trap(delivery_id=delivery.pk, request=request, clock=clock)
    else:
        tracking.record_click(
            delivery_id=delivery.pk,
            position=seen.get("link", 0),
            request=request,
            is_probe=seen["kind"] == "probe",
            clock=clock,
        )
    request = TrackingRequest.objects.latest("pk")
    if sign := seen.get("afterwards"):
        tracking_requests.add_sign([request.pk], sign, clock.now())


@pytest.fixture
def judged(consenting: Any, order: Any, work: Any) -> list[tuple[dict[str, Any], dict[str, Any], bool]]:
    """[(trace, request, judged to be human)], after everything was seen."""
    consenting("ada")
    order()
    work()
    first = Delivery.objects.get()
    version = first.send.template_version_id
    for position in range(9):
        Link.objects.get_or_create(
            template_version_id=version, position=position, defaults={"url": f"https://a.example/{position}"}
        )
    deliveries = [
        Delivery(send=first.send, channel="email", occurrence=str(n), state="sent", finished_at=START)
        for n in range(len(TRACES))
    ]
    Delivery.objects.bulk_create(deliveries)
    for delivery, trace in zip(deliveries, TRACES, strict=True):
        for seen in trace["requests"]:
            play(delivery, seen)
    driving.judge_all(VirtualClock(START + dt.timedelta(days=2)))
    return list(_judgements(deliveries))


def _judgements(deliveries: list[Delivery]) -> Iterator[tuple[dict[str, Any], dict[str, Any], bool]]:
    by_delivery: dict[uuid.UUID, list[TrackingRequest]] = {delivery.pk: [] for delivery in deliveries}
    for request in TrackingRequest.objects.order_by("pk"):
        by_delivery[request.delivery_id].append(request)
    around = surroundings.around(by_delivery, dict.fromkeys(by_delivery, START))
    for delivery, trace in zip(deliveries, TRACES, strict=True):
        for request, seen in zip(by_delivery[delivery.pk], trace["requests"], strict=True):
            if request.kind in judging.EVENTS:
                yield trace, seen, evidence.judge(request.kind, around.signs(request)).is_human


def test_machines_and_people_are_told_apart(
    judged: list[tuple[dict[str, Any], dict[str, Any], bool]],
) -> None:
    """The figures of docs/reference/human-or-machine.md. A wrong one is named, so that it can be understood."""
    counts = Counter((seen["human"], human) for _trace, seen, human in judged)
    wrong = sorted({trace["what"] for trace, seen, human in judged if seen["human"] != human})
    caught, missed, lost = counts[False, False], counts[False, True], counts[True, False]
    assert (caught, missed, counts[True, True], lost) == (91, 3, 48, 0), wrong
    assert caught / (caught + missed) >= 0.95, wrong
    assert lost / (lost + counts[True, True]) <= 0.2, wrong
