"""Accounts of channels: set up, tested, changed at once, and keeping their secrets."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse

from rapport.channels import queries
from rapport.channels.models import ChannelAccount
from rapport.channels.registry import UnknownChannel
from rapport.channels.services import accounts, trials
from rapport.channels.services.connections import connected
from rapport.core.models import AuditEntry

pytestmark = pytest.mark.usefixtures("sender")


def set_up(actor: Any, url: str, **more: Any) -> ChannelAccount:
    values = {"adapter": "smtp", "name": "Our server", "values": {"url": url}} | more
    return accounts.create(actor=actor, **values)


def test_an_account_is_tested_and_its_health_is_kept(db: None, actor: Any, sink: Any) -> None:
    account = set_up(actor, sink.url)
    outcome = trials.send_test(actor=actor, account_id=account.pk, address="ada@example.org")
    assert (outcome.result.value, sink.recipients) == ("accepted", ["ada@example.org"])
    account.refresh_from_db()
    assert account.last_success_at is not None
    assert connected("email").account == account.pk


def test_secrets_are_encrypted_and_an_empty_one_keeps_the_present(db: None, actor: Any) -> None:
    url = "smtps://ada:pa55w0rd@mail.example.org"
    account = set_up(actor, url)
    assert "pa55w0rd" not in str(ChannelAccount.objects.values()[0])
    assert all("pa55w0rd" not in str(line.data) for line in AuditEntry.objects.all())
    accounts.change(actor=actor, account_id=account.pk, values={"url": "", "connections": "2"})
    account.refresh_from_db()
    kept = accounts.settings_of(account)
    assert (kept["url"], kept["connections"]) == (url, 2)


def test_messages_go_over_the_account_of_their_kind(db: None, actor: Any, sink: Any, settings: Any) -> None:
    settings.SMTP_URL = ""
    with pytest.raises(UnknownChannel, match="no account"):
        connected("email")
    both = set_up(actor, sink.url)
    marketing = set_up(actor, sink.url, stream="marketing")
    assert connected("email", marketing=True).account == marketing.pk
    assert connected("email", marketing=False).account == both.pk
    with pytest.raises(ValidationError, match="Another account"):
        set_up(actor, sink.url, stream="marketing")
    accounts.disable(actor=actor, account_id=marketing.pk)
    assert connected("email", marketing=True).account == both.pk
    assert [kind.key for kind in queries.usable_channels()][:1] == ["email"]


@pytest.mark.parametrize(
    ("values", "name"),
    [
        ({}, "url"),
        ({"url": "http://x"}, "url"),
        ({"url": "smtp://x", "port": 1}, "port"),
        ({"url": "smtp://x", "connections": "many"}, "connections"),
    ],
)
def test_what_cannot_work_is_refused_with_the_setting_named(
    db: None, actor: Any, values: Any, name: str
) -> None:
    with pytest.raises(ValidationError) as caught:
        accounts.create(actor=actor, adapter="smtp", name="x", values=values)
    assert name in caught.value.message_dict


def test_the_pages_show_no_secret_and_say_what_a_test_came_to(
    page: Any, db: None, actor: Any, sink: Any
) -> None:
    answer = page.post(
        reverse("channels:account-new", args=["smtp"]),
        {"name": "Our server", "stream": "both", "setting_url": f"{sink.url}&name=pa55w0rd"},
    )
    account = ChannelAccount.objects.get()
    assert answer.headers["Location"] == reverse("channels:account", args=[account.pk])
    tested = page.post(reverse("channels:account-test", args=[account.pk]), {"address": "ada@example.org"})
    assert "It was accepted" in tested.content.decode()
    for name, args in (("channels:accounts", []), ("channels:account", [account.pk])):
        body = page.get(reverse(name, args=args)).content.decode()
        assert "Our server" in body
        assert "pa55w0rd" not in body


def test_an_account_that_fails_says_so_and_can_be_taken_out(page: Any, db: None, actor: Any) -> None:
    account = set_up(actor, "smtp://127.0.0.1:1")
    tested = page.post(reverse("channels:account-test", args=[account.pk]), {"address": "ada@example.org"})
    assert "It was not accepted" in tested.content.decode()
    assert "Last attempt failed" in page.get(reverse("channels:accounts")).content.decode()
    page.post(reverse("channels:account-disabling", args=[account.pk]))
    account.refresh_from_db()
    assert account.disabled_at is not None


def test_what_a_colleague_saved_meanwhile_is_not_overwritten_unseen(page: Any, db: None, actor: Any) -> None:
    row = set_up(actor, "smtp://127.0.0.1:25")
    address = reverse("channels:account", args=[row.pk])
    form = page.get(address).context["form"]
    opened = {"stream": "both", "setting_connections": "4", "revision": form.revision}
    assert page.post(address, opened | {"name": "Theirs"}).status_code == 302
    assert page.post(address, opened | {"name": "Mine"}).status_code == 422
    row.refresh_from_db()
    assert row.name == "Theirs"


def test_the_api_takes_secrets_and_gives_none(api: Any, db: None, sink: Any) -> None:
    body = {"adapter": "smtp", "name": "API", "settings": {"url": f"{sink.url}&name=pa55w0rd"}}
    status, account = api("POST", "/channels/accounts", body)
    assert status == 201
    assert "pa55w0rd" not in str(account)
    assert (
        api("POST", f"/channels/accounts/{account['id']}/test", {"address": "a@example.org"})[1]["result"]
        == "accepted"
    )
    assert api("PATCH", f"/channels/accounts/{account['id']}", {"disabled": True})[1]["disabled_at"]
    assert api("POST", "/channels/accounts", {"adapter": "pigeon", "name": "x"})[0] == 422
    assert {"key": "email", "usable": False}.items() <= api("GET", "/channels")[1][0].items()
