"""The pages of the ledger and of the sending policy, seen by somebody who is signed in."""

from __future__ import annotations

from typing import Any

import pytest
from django.urls import reverse

from rapport.messaging.models import Delivery, SendingPolicy

pytestmark = pytest.mark.django_db


@pytest.fixture
def sent(consenting: Any, order: Any, work: Any) -> Any:
    consenting("ada")
    consenting("bob", consent="")
    send = order()
    work()
    return send


def test_the_ledger_of_a_send_names_its_origin(page: Any, sent: Any) -> None:
    body = page.get(reverse("messaging:deliveries", args=[sent.pk])).content.decode()
    assert all(word in body for word in ("Ada", "There is no consent", "Notice 1", "/notices/1/"))


def test_why_names_consent_and_gate(page: Any, sent: Any) -> None:
    delivery = Delivery.objects.get(state="sent")
    body = page.get(reverse("messaging:delivery", args=[delivery.pk])).content.decode()
    assert all(word in body for word in ("Notice 1", "by form", "allowed", "Europe/London"))


def test_the_profile_shows_messages_of_every_origin(page: Any, sent: Any) -> None:
    person = Delivery.objects.get(state="sent").person
    body = page.get(reverse("messaging:person", args=[person.pk])).content.decode()
    assert all(word in body for word in ("Notice 1", "/notices/1/", "Sent"))


def test_sending_limits_are_saved_and_half_a_quiet_time_is_refused(page: Any) -> None:
    limits = {
        "quiet_from": "21:00",
        "quiet_until": "08:00",
        "spacing_hours": "3",
        "legal_hours": "on",
        "lateness_hours": "24",
    }
    assert page.post("/settings/sending/", limits).status_code == 302
    assert SendingPolicy.objects.get().spacing_hours == 3
    assert page.post("/settings/sending/", {**limits, "quiet_until": ""}).status_code == 422
