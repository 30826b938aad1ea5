"""Machines are told from people, with a reason."""

from __future__ import annotations

import uuid

import pytest

from rapport.messaging.models import Delivery, Engagement
from rapport.messaging.services import personal_data
from rapport.messaging.services.machines import judge

CHROME = "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/130.0 Safari/537.36"


@pytest.mark.parametrize(
    ("headers", "seconds", "reason", "human"),
    [
        ({"User-Agent": CHROME}, 60.0, "browser", True),
        ({"User-Agent": CHROME}, 1.0, "too_fast", False),
        ({"User-Agent": CHROME, "Sec-Purpose": "prefetch"}, 60.0, "prefetch", False),
        ({"User-Agent": ""}, 60.0, "no_user_agent", False),
        ({"User-Agent": "Mozilla/5.0"}, 60.0, "apple_privacy_proxy", False),
        ({"User-Agent": "Mozilla/5.0 (via ggpht.com GoogleImageProxy)"}, 3.0, "proxy_on_arrival", False),
        ({"User-Agent": "Mozilla/5.0 (via ggpht.com GoogleImageProxy)"}, 600.0, "image_proxy", True),
        ({"User-Agent": "BarracudaCentral"}, 600.0, "scanner", False),
    ],
)
def test_each_kind_is_known_by_its_reason(
    headers: dict[str, str], seconds: float, reason: str, human: bool
) -> None:
    humanity = judge(headers, seconds, kind="open")
    assert (humanity.reason, humanity.probability >= 0.5) == (reason, human)


@pytest.mark.django_db
def test_erasure_keeps_the_counts_and_forgets_the_person(consenting, order, work) -> None:
    ada = consenting("ada")
    order()
    work()
    assert personal_data.export([ada.pk])["deliveries"][0]["address"] == "ada@example.org"
    personal_data.erase([ada.pk, uuid.uuid4()])
    delivery = Delivery.objects.get()
    assert (delivery.state, delivery.person, delivery.address, delivery.explanation) == ("sent", None, "", {})
    assert not Engagement.objects.exists()
