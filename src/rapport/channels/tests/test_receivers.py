"""Domains count to the provider whose mail servers take their mail; nothing that sends waits for DNS."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest

from rapport.channels.email.groups import provider_behind
from rapport.channels.email.models import ProviderPace, ReceivingDomain
from rapport.channels.email.services import limits, receivers
from rapport.channels.email.services.throttle import EmailPace
from rapport.channels.tests.nameserver import NameServer
from rapport.channels.tests.test_throttle import NOW, SLOW
from rapport.core.clock import VirtualClock

pytestmark = pytest.mark.django_db(transaction=True)  # domains are noted when a claim has ended


@pytest.fixture
def nameserver(settings: Any) -> Iterator[NameServer]:
    server = NameServer()
    settings.DNS_SERVER = server.address
    yield server
    server.server.stop()


@pytest.mark.parametrize(
    ("servers", "provider"),
    [
        (["aspmx.l.google.com", "alt1.aspmx.l.google.com"], "gmail.com"),
        (["smtp.google.com"], "gmail.com"),
        (["shop-example.mail.protection.outlook.com"], "outlook.com"),
        (["shop-example.n-v1.mx.microsoft"], "outlook.com"),
        (["mx01.hornetsecurity.com", "shop.mail.protection.outlook.com"], "hornetsecurity.com"),
        (["mx.shop.example"], ""),
        (["notgoogle.com"], ""),
        ([""], ""),
        ([], ""),
    ],
)
def test_a_mail_server_is_known_by_the_end_of_its_name(servers: list[str], provider: str) -> None:
    assert provider_behind(servers) == provider


def test_a_workspace_domain_rests_and_is_limited_with_its_provider(
    nameserver: NameServer, actor: Any
) -> None:
    nameserver.zone["shop.example", "MX"] = ["10 alt1.aspmx.l.google.com", "1 ASPMX.L.GOOGLE.COM"]
    nameserver.zone["own.example", "MX"] = ["10 mx.own.example"]
    pace = EmailPace()
    pace.grant(["a@shop.example", "b@own.example", "c@gmail.com"], marketing=True, now=NOW)
    assert receivers.look_up(VirtualClock(NOW)) == 3
    assert receivers.providers_of(["x@Shop.example", "own.example"]) == {
        "x@Shop.example": "gmail.com",
        "own.example": "own.example",
    }
    pace.note(["a@shop.example"], [SLOW], NOW)
    assert ProviderPace.objects.get().provider == "gmail.com"
    waits = pace.grant(["b@own.example", "c@gmail.com", "d@shop.example"], marketing=True, now=NOW)
    assert [wait is not None for wait in waits] == [False, True, True]
    assert limits.set_limit(actor=actor, provider="shop.example", per_minute=5).provider == "gmail.com"


def test_without_a_name_server_mail_goes_on_and_it_is_asked_again(nameserver: NameServer) -> None:
    nameserver.fails = True
    receivers.note(["a@shop.example", "a@localhost", "a@" + "x" * 300 + ".example"])
    assert receivers.look_up(VirtualClock(NOW)) == 0
    assert receivers.providers_of(["a@shop.example"]) == {"a@shop.example": "shop.example"}
    nameserver.fails, nameserver.zone = False, {("shop.example", "MX"): ["1 smtp.google.com"]}
    assert receivers.look_up(VirtualClock(NOW + dt.timedelta(hours=1))) == 0
    assert receivers.look_up(VirtualClock(NOW + dt.timedelta(hours=7))) == 1
    assert ReceivingDomain.objects.get().provider == "gmail.com"
    assert receivers.look_up(VirtualClock(NOW + dt.timedelta(days=2))) == 0
    assert receivers.look_up(VirtualClock(NOW + dt.timedelta(days=40))) == 1
