"""What the check of a sending domain makes of DNS, asked of a real name server."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from rapport.channels.email import checks, wording
from rapport.channels.email.checks import Key, Result
from rapport.channels.email.dns import Dns
from rapport.channels.email.smtp import Server
from rapport.channels.tests.nameserver import NameServer

SERVER = Server.of("smtp+starttls://mail.shop.example:587")
KEY = Key("r1", "QUJD")
IP, REVERSE = "8.8.4.4", "4.4.8.8.in-addr.arpa"
RIGHT = {
    ("shop.example", "TXT"): ["google-site-verification=x", "v=spf1 a:mail.shop.example -all"],
    ("mail.shop.example", "A"): [IP],
    ("r1._domainkey.shop.example", "TXT"): ["v=DKIM1; k=rsa; p=QUJD"],
    ("_dmarc.shop.example", "TXT"): ["v=DMARC1; p=none"],
    ("shop.example", "MX"): ["10 mail.shop.example"],
    (REVERSE, "PTR"): ["mail.shop.example"],
}


@pytest.fixture
def nameserver(settings: Any) -> Iterator[NameServer]:
    running = NameServer()
    running.zone = dict(RIGHT)
    settings.DNS_SERVER = running.address
    yield running
    running.server.stop()
    running.server.server.server_close()


def results(domain: str = "shop.example", server: Server | None = SERVER) -> dict[str, Result]:
    read = checks.check(domain, [KEY], server, Dns(), lambda _server: "")
    return {result.record: result for result in read}


def test_a_domain_that_is_set_up_is_right(nameserver: NameServer) -> None:
    assert {record: result.state for record, result in results().items()} == dict.fromkeys(
        ("spf", "dkim", "dmarc", "mx", "ptr", "tls"), "right"
    )


def test_without_a_zone_everything_is_missing_with_the_words_to_copy(nameserver: NameServer) -> None:
    nameserver.zone = {}
    read = results(server=None)
    assert {result.state for result in read.values()} == {"missing"}
    assert read["dkim"].expected == "v=DKIM1; k=rsa; p=QUJD"
    assert read["dkim"].name == "r1._domainkey.shop.example"
    assert read["spf"].expected == "v=spf1 mx ~all"
    assert read["dmarc"].expected == "v=DMARC1; p=none"


@pytest.mark.parametrize(
    ("record", "name", "kind", "texts", "problem"),
    [
        ("spf", "shop.example", "TXT", ["v=spf1 -all"], "spf_not_us"),
        ("spf", "shop.example", "TXT", ["v=spf1 a:mail.shop.example +all"], "spf_open"),
        ("spf", "shop.example", "TXT", ["v=spf1 -all", "v=spf1 mx -all"], "spf_several"),
        ("spf", "shop.example", "TXT", ["v=spf1 ip4:300.1.1.1 -all"], "spf_syntax"),
        ("spf", "shop.example", "TXT", ["v=spf1 inlcude:x.example -all"], "spf_syntax"),
        ("spf", "shop.example", "TXT", ["v=spf1 include:nowhere.example -all"], "spf_syntax"),
        ("spf", "shop.example", "TXT", ["v=spf1 " + "a:mail.shop.example " * 11 + "-all"], "spf_lookups"),
        ("spf", "shop.example", "TXT", ["v=spf1 redirect=shop.example"], "spf_lookups"),
        ("spf", "shop.example", "TXT", ["v=spf1 -a:mail.shop.example -all"], "spf_not_us"),
        ("spf", "shop.example", "TXT", ["v=spf1 ip4:8.8.4.0/24 -all"], ""),
        ("spf", "shop.example", "TXT", ["v=spf1 mx ~all"], ""),
        ("spf", "shop.example", "TXT", ["v=spf1 a:mail.shop.example/24 x=1 ?all"], ""),
        ("dkim", "r1._domainkey.shop.example", "TXT", ["v=DKIM1; k=rsa; p=QUJE"], "dkim_other"),
        ("dkim", "r1._domainkey.shop.example", "TXT", ["v=DKIM1; p="], "dkim_revoked"),
        ("dkim", "r1._domainkey.shop.example", "TXT", ["p=QUJD", "p=QUJE"], "dkim_several"),
        ("dkim", "r1._domainkey.shop.example", "TXT", ["p=QU JD ; k = rsa"], ""),
        ("dkim", "r1._domainkey.shop.example", "TXT", ["hello"], "dkim_missing"),
        ("dmarc", "_dmarc.shop.example", "TXT", ["v=DMARC1; p=reject; rua=mailto:a@b.c"], ""),
        ("dmarc", "_dmarc.shop.example", "TXT", ["v=DMARC1; sp=none"], "dmarc_syntax"),
        ("dmarc", "_dmarc.shop.example", "TXT", ["v=DMARC1; p=none", "v=DMARC1; p=reject"], "dmarc_several"),
        ("mx", "shop.example", "MX", ["0 ."], "mx_null"),
        ("mx", "shop.example", "MX", ["10 gone.example"], "mx_nowhere"),
        ("mx", "shop.example", "MX", [], "mx_missing"),
        ("ptr", REVERSE, "PTR", ["other.example"], "ptr_not_back"),
        ("ptr", REVERSE, "PTR", [], "ptr_missing"),
        ("ptr", "mail.shop.example", "A", ["10.0.0.7"], "ptr_local"),
    ],
)
def test_what_is_wrong_is_named(
    nameserver: NameServer, record: str, name: str, kind: str, texts: list[str], problem: str
) -> None:
    nameserver.zone[name, kind] = texts
    assert results()[record].problem == problem
    assert problem in {"", *wording.PROBLEMS}


def test_includes_are_followed(nameserver: NameServer) -> None:
    nameserver.zone["shop.example", "TXT"] = ["v=spf1 include:_spf.relay.example ~all"]
    nameserver.zone["_spf.relay.example", "TXT"] = ["v=spf1 ip4:8.8.4.4 -all"]
    assert results()["spf"].state == "right"


def test_the_record_to_copy_keeps_what_stands_there(nameserver: NameServer) -> None:
    nameserver.zone["shop.example", "TXT"] = ["v=spf1 include:shop.example.net -all"]
    nameserver.zone["shop.example.net", "TXT"] = ["v=spf1 ip4:192.0.2.1 -all"]
    assert results()["spf"].expected == "v=spf1 a:mail.shop.example include:shop.example.net -all"


def test_a_domain_lives_under_the_dmarc_policy_of_the_one_above(nameserver: NameServer) -> None:
    assert results("news.shop.example")["dmarc"].name == "_dmarc.shop.example"


def test_a_key_longer_than_one_string_of_dns_is_put_together(nameserver: NameServer) -> None:
    public = "QUJD" * 100
    nameserver.zone["r1._domainkey.shop.example", "TXT"] = [f"v=DKIM1; k=rsa; p={public}"]
    assert checks.check("shop.example", [Key("r1", public)], None, Dns(), lambda _: "")[1].state == "right"


def test_a_name_server_that_fails_is_not_taken_for_missing_records(nameserver: NameServer) -> None:
    nameserver.fails = True
    read = results()
    assert {result.state for record, result in read.items() if record != "tls"} == {"unknown"}


def test_mail_servers_on_this_machine_are_not_judged(nameserver: NameServer) -> None:
    nameserver.zone["localhost", "A"] = ["127.0.0.1"]
    read = results(server=Server.of("smtp://localhost:25"))
    assert (read["ptr"].state, read["tls"].state, read["spf"].state) == ("unknown", "unknown", "right")


def test_where_a_provider_sends_its_words_count(nameserver: NameServer) -> None:
    del nameserver.zone["shop.example", "TXT"]
    read = {r.record: r for r in checks.check("shop.example", [], None, Dns(), lambda _: "", signs=False)}
    assert (read["spf"].problem, read["spf"].expected) == ("spf_by_provider", "")
    assert "dkim" not in read
