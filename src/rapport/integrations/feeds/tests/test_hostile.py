"""What hostile or broken senders try: none of it holds up others, and all of it can be forgotten."""

import json

import pytest

from rapport.integrations.feeds.services import taking
from rapport.integrations.feeds.tests.conftest import GENERIC
from rapport.integrations.models import Received

pytestmark = pytest.mark.django_db


def states():
    return list(Received.objects.order_by("pk").values_list("state", flat=True))


@pytest.mark.parametrize("poison", [r"a\u0000b", r"\ud800"])
def test_what_the_database_cannot_store_holds_up_nobody(webhook, send, poison):
    send(webhook, f'{{"event": "{poison}", "email": "{poison}", "user_id": "{poison}"}}'.encode())
    webhook.mapping = {"event": "event", "email": "email", "user_id": "user_id", "type": "event"}
    webhook.save()
    send(webhook, GENERIC.sample)
    taking.run_once()
    assert "waiting" not in states()
