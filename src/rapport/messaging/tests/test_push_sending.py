"""A send over push, from the ledger to the devices: one delivery a person, and nothing to who has no device."""

from __future__ import annotations

import pytest

from rapport.channels.push import devices, vapid
from rapport.channels.push.channel import PushChannel
from rapport.channels.tests.push_service import PushService
from rapport.content.tests.conftest import START
from rapport.governance.models import Consent, ConsentRecord
from rapport.messaging.models import Delivery
from rapport.messaging.tests import driving


@pytest.fixture
def service(db, settings):
    running = PushService()
    settings.PUSH_SERVICES, settings.OUTBOUND_ALLOW = [running.url], ["127.0.0.1"]
    running.server_key = vapid.public_key()
    yield running
    running.close()


@pytest.fixture
def channel(service, clock):
    opened = PushChannel({"web": True, "contact": "mailto:ops@example.org"}, clock)
    yield opened
    opened.close()


def agree(person, purpose) -> None:
    line = ConsentRecord.objects.create(
        person=person, purpose=purpose, channel="push", state="granted", at=START, source="form", actor="test"
    )
    Consent.objects.create(
        person=person, purpose=purpose, channel="push", state="granted", at=START, record=line
    )


def test_one_delivery_reaches_all_devices(order, new_person, purpose, service, channel, clock):
    ada, bob = new_person("Ada"), new_person("Bob")
    for person in (ada, bob):
        agree(person, purpose)
    for name in ("phone", "laptop"):
        subscription = service.subscribe(name).as_json()
        devices.register(person_id=ada.pk, kind="web", token=subscription, now=clock.now())
    order(channel="push")
    driving.run_once(clock, 100, channel)
    states = {row.person_id: (row.state, row.reason) for row in Delivery.objects.all()}
    assert states == {ada.pk: ("sent", ""), bob.pk: ("skipped", "no_address")}
    assert Delivery.objects.get(person=ada).address == str(ada.pk)
    assert {got["path"] for got in service.received} == {"/phone", "/laptop"}
