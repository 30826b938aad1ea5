"""Sending domains: added with the sender, checked, signed for, rotated, removed."""

from __future__ import annotations

import datetime as dt
from typing import Any

import dkim
import pytest
from django.core.exceptions import ValidationError

from rapport.channels import queries
from rapport.channels.email import queries as email
from rapport.channels.email.models import DkimKey, SendingDomain
from rapport.channels.email.services import checking, domains, senders
from rapport.channels.email.services.composing import composer
from rapport.channels.models import SenderIdentity
from rapport.channels.protocol import Content
from rapport.channels.tests.nameserver import NameServer
from rapport.channels.tests.test_checks import nameserver  # noqa: F401 - a fixture
from rapport.core.access import system
from rapport.core.clock import VirtualClock
from rapport.core.models import AuditEntry, User

pytestmark = pytest.mark.django_db
NOW = dt.datetime(2026, 11, 29, 12, tzinfo=dt.UTC)
CLOCK = VirtualClock(NOW)
ACTOR = system("test")


@pytest.fixture
def domain() -> SendingDomain:
    senders.set_sender(actor=ACTOR, name="Shop", address="news@Shop.example", clock=CLOCK)
    return SendingDomain.objects.get()


def publish(nameserver: NameServer, key: DkimKey) -> None:  # noqa: F811
    name = f"{key.selector}._domainkey.{key.domain.name}"
    nameserver.zone[name, "TXT"] = [f"v=DKIM1; k=rsa; p={key.public}"]


def mail(address: str = "news@shop.example") -> bytes:
    sender = queries.sender(marketing=True)
    content = Content("1", "Ada", "ada@example.org", "Hi", "<p>x</p>", "x", NOW)
    return composer(sender, {})(content).payload


def test_the_first_sender_serves_both_streams_and_brings_its_domain(domain: SendingDomain) -> None:
    assert {row.stream: row.address for row in SenderIdentity.objects.all()} == {
        "marketing": "news@Shop.example",
        "transactional": "news@Shop.example",
    }
    assert (domain.name, domain.keys.count()) == ("shop.example", 1)


def test_streams_have_senders_of_their_own(domain: SendingDomain) -> None:
    senders.set_sender(actor=ACTOR, stream="transactional", name="", address="orders@tx.shop.example")
    assert queries.sender(marketing=True).address == "news@Shop.example"
    assert queries.sender(marketing=False).address == "orders@tx.shop.example"
    assert queries.sender(marketing=False).name == "My business"
    assert SendingDomain.objects.count() == 2


def test_a_key_signs_once_it_is_published_and_never_before(
    domain: SendingDomain,
    nameserver: NameServer,  # noqa: F811
) -> None:
    checking.check_domain(actor=ACTOR, domain=domain, clock=CLOCK)
    assert b"DKIM-Signature" not in mail()
    key = domain.keys.get()
    publish(nameserver, key)
    checking.check_domain(actor=ACTOR, domain=domain, clock=CLOCK)
    record = f"v=DKIM1; k=rsa; p={key.public}".encode()
    assert dkim.verify(mail(), dnsfunc=lambda name, timeout=5: record)
    assert b"s=rapport202611;" in mail()


def test_keys_rotate_without_a_gap(domain: SendingDomain, nameserver: NameServer) -> None:  # noqa: F811
    publish(nameserver, domain.keys.get())
    checking.check_domain(actor=ACTOR, domain=domain, clock=CLOCK)
    second = domains.make_key(actor=ACTOR, domain=domain, clock=CLOCK)
    with pytest.raises(ValidationError, match="waits to be published"):
        domains.make_key(actor=ACTOR, domain=domain, clock=CLOCK)
    checking.check_domain(actor=ACTOR, domain=domain, clock=CLOCK)
    assert b"s=rapport202611;" in mail()
    publish(nameserver, second)
    checking.check_domain(actor=ACTOR, domain=domain, clock=CLOCK)
    assert b"s=rapport202611-2;" in mail()
    assert [key.state for key in domain.keys.order_by("pk")] == ["retired", "signing"]


def test_private_keys_are_sealed_and_in_no_log(domain: SendingDomain) -> None:
    key = domain.keys.get()
    assert key.private.startswith("gAAAA")
    assert key.private not in str(list(AuditEntry.objects.values_list("data", flat=True)))


def test_a_domain_that_mail_is_sent_from_stays(domain: SendingDomain) -> None:
    with pytest.raises(ValidationError, match="news@Shop"):
        domains.remove_domain(actor=ACTOR, domain=domain)
    senders.set_sender(actor=ACTOR, stream="marketing", name="", address="a@other.example")
    senders.set_sender(actor=ACTOR, stream="transactional", name="", address="a@other.example")
    domains.remove_domain(actor=ACTOR, domain=domain)
    assert list(SendingDomain.objects.values_list("name", flat=True)) == ["other.example"]


def test_what_is_no_domain_is_refused() -> None:
    for text in ("", "localhost", "a b.example", "-x.example", "x" * 64 + ".example"):
        with pytest.raises(ValidationError):
            domains.normalised(text)
    assert domains.normalised("news@Bücher.Example.") == "xn--bcher-kva.example"


def test_checks_that_fail_are_told_to_operators(domain: SendingDomain, nameserver: NameServer) -> None:  # noqa: F811
    assert email.problems() == []
    checking.check_all(CLOCK)
    assert email.problems() == [
        "shop.example: The key is not published. Publish this text under the name shown."
    ]


@pytest.fixture
def page(client: Any) -> Any:
    client.force_login(User.objects.create_user("a@example.org", "correct horse battery", roles=["admin"]))
    return client


def test_the_pages_lead_from_the_first_sender_to_a_signed_domain(page: Any, nameserver: NameServer) -> None:  # noqa: F811
    page.post("/settings/senders/", {"name": "Shop", "address": "news@shop.example", "reply_to": ""})
    domain = SendingDomain.objects.get()
    address = f"/settings/sending-domains/{domain.pk}/"
    assert b"rapport" in page.get(address).content
    publish(nameserver, domain.keys.get())
    page.post(f"{address}check/")
    assert b"Signs" in page.get(address).content
    page.post(f"{address}keys/")
    assert b"Waits to be published" in page.get(address).content
    answer = page.post(f"{address}warmup/", {"start": "2026-12-01", "first": 50, "growth": 50, "target": 10})
    assert answer.status_code == 422
    page.post(f"{address}warmup/", {"start": "2026-12-01", "first": 50, "growth": 50, "target": 10_000})
    domain.refresh_from_db()
    assert domain.warmup_from == dt.date(2026, 12, 1)
    assert b"shop.example" in page.get("/settings/senders/").content


@pytest.mark.parametrize("address", ["", "nobody", "a@localhost", "a@b..c"])
def test_a_sender_that_cannot_be_is_told_next_to_the_field(page: Any, address: str) -> None:
    answer = page.post("/settings/senders/", {"name": "", "address": address, "reply_to": ""})
    assert answer.status_code == 422
    assert not SenderIdentity.objects.exists()


def test_the_api_sets_senders_and_shows_what_to_publish(api: Any, nameserver: NameServer) -> None:  # noqa: F811
    assert api("PUT", "/senders/marketing", {"address": "news@shop.example"})[0] == 200
    status, listed = api("GET", "/sending-domains")
    (row,) = listed["data"]
    assert (status, row["name"], row["keys"][0]["state"]) == (200, "shop.example", "new")
    assert "private" not in str(row)
    status, checked = api("POST", f"/sending-domains/{row['id']}/check")
    states = {record["record"]: record["state"] for record in checked["records"]}
    assert (states["spf"], states["dkim"], checked["passed"]) == ("right", "missing", False)
    assert api("DELETE", f"/sending-domains/{row['id']}")[0] == 422
    assert api("POST", "/sending-domains", {"name": "no domain"})[0] == 422
    assert api("PUT", f"/sending-domains/{row['id']}/warmup", {"start": None, "first": 0})[0] == 422
