"""What a device reports of a message stands on the delivery and in the person's timeline, once."""

from __future__ import annotations

import json

from rapport.channels.incoming import Receipt, ReceiptKind
from rapport.channels.push import reports
from rapport.channels.registry import came_in
from rapport.messaging.models import Delivery, Engagement
from rapport.messaging.tests import driving


def test_a_click_on_a_push_message_counts_as_a_persons(client, order, consenting, clock):
    consenting("Ada")
    send = order(channel="push")
    delivery = Delivery.objects.get(send=send)
    body = json.dumps({"token": reports.signed(str(delivery.pk)), "event": "clicked"})
    for _ in range(2):
        assert client.post("/client/v1/reports", body, content_type="text/plain").status_code == 204
    driving.judge_all()
    click = Engagement.objects.get()
    assert (click.kind, click.times, click.human_reasons) == ("click", 2, ["device_report"])
    assert click.human_probability == 0.99


def test_nothing_is_noted_on_another_channels_delivery(order, consenting, clock):
    consenting("Ada")
    delivery = Delivery.objects.get(send=order(channel="push"))
    came_in("inbox", [Receipt(ReceiptKind.READ, clock.now(), reference=str(delivery.pk))], clock.now())
    driving.judge_all()
    assert not Engagement.objects.exists()
