"""What comes in over a connection is kept as what comes in by a call, and the worker keeps the connection open."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from rapport.channels.services import accounts
from rapport.channels.services.connections import connected_to
from rapport.channels.tests.centre import MessageCentre
from rapport.core.clock import VirtualClock
from rapport.messaging import queries
from rapport.messaging.models import InboundMessage
from rapport.messaging.services import listening

NUMBER = "+4915187654321"


VALUES = {"host": "127.0.0.1", "system_id": "shop", "password": "s3cret", "sender": "4711", "tls": ""}


@pytest.mark.django_db(transaction=True)
def test_a_message_over_smpp_is_kept_and_opens_the_window(
    actor: Any, settings: Any, clock: VirtualClock
) -> None:
    settings.OUTBOUND_ALLOW = ["127.0.0.1"]
    centre = MessageCentre()
    values = VALUES | {"port": centre.port}
    account = accounts.create(actor=actor, adapter="smpp", name="Centre", values=values)
    assert [listening.run_once(clock), listening.run_once(clock)] == [1, 1]
    assert centre.commands == ["bind_transceiver"]
    words = {"source_addr": "4915187654321", "source_addr_ton": 1, "short_message": b"Hi"}
    assert centre.deliver(destination_addr="4711", **words).status == 0
    row = InboundMessage.objects.get()
    assert (row.text, row.address, row.account_id, row.channel) == ("Hi", NUMBER, account.pk, "sms")
    day = dt.timedelta(hours=24)
    assert queries.has_written("sms", NUMBER, since=row.received_at - day)
    assert not queries.has_written("sms", NUMBER, since=row.received_at)
    connected_to(account).channel.close()
    centre.close()


@pytest.mark.django_db
def test_an_account_that_cannot_be_listened_on_stops_no_other(
    actor: Any, settings: Any, clock: VirtualClock
) -> None:
    settings.OUTBOUND_ALLOW = []
    accounts.create(actor=actor, adapter="smpp", name="Centre", values=VALUES | {"port": 2775})
    assert listening.run_once(clock) == 0
