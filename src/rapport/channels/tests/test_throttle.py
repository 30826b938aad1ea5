"""Providers that ask to slow down, limits by the minute and the warm-up of a domain, shared by all senders."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from typing import Any

import pytest

from rapport.channels.email.classify import classify
from rapport.channels.email.groups import group_of
from rapport.channels.email.models import ProviderPace, SendingDomain
from rapport.channels.email.queries import share_of
from rapport.channels.email.services import throttle
from rapport.channels.email.services.throttle import EmailPace
from rapport.channels.models import SenderIdentity
from rapport.channels.protocol import Outcome, Result
from rapport.core.models import User

pytestmark = pytest.mark.django_db
NOW = dt.datetime(2026, 11, 29, 12, tzinfo=dt.UTC)
MINUTE = dt.timedelta(minutes=1)
SLOW = classify("DOT", 421, b"4.7.28 Our system has detected an unusual rate of unsolicited mail")
FINE = Outcome(Result.ACCEPTED, "250")
PACE = EmailPace()


def grant(*addresses: str, now: dt.datetime = NOW, marketing: bool = True) -> list[str]:
    waits = PACE.grant(addresses, marketing=marketing, now=now)
    return [wait.reason if wait else "" for wait in waits]


def answer(address: str, outcome: Outcome, now: dt.datetime = NOW) -> None:
    PACE.note([address], [outcome], now)


def test_the_domains_of_one_provider_are_one() -> None:
    assert {group_of("a@googlemail.com"), group_of("b@GMAIL.com")} == {"gmail.com"}
    assert group_of("c@shop.example") == "shop.example"


def test_a_provider_that_asks_rests_with_all_its_domains_and_the_others_go_on() -> None:
    answer("a@gmail.com", SLOW)
    assert grant("b@googlemail.com", "c@yahoo.com") == ["throttled", ""]
    (wait, _other) = PACE.grant(["b@gmail.com", "c@yahoo.com"], marketing=True, now=NOW)
    assert wait is not None
    assert (wait.until - NOW, wait.because["provider"]) == (MINUTE, "gmail.com")
    assert grant("b@gmail.com", now=NOW + MINUTE) == [""]


def test_rests_grow_until_a_message_is_taken() -> None:
    now, rests = NOW, []
    for _ in range(9):
        answer("a@gmail.com", SLOW, now)
        row = ProviderPace.objects.get()
        rests.append(int((row.rests_until - now) / MINUTE))
        now = row.rests_until
    assert rests == [1, 5, 15, 30, 60, 120, 240, 240, 240]
    answer("b@gmail.com", FINE, now)
    answer("a@gmail.com", SLOW, now)
    assert ProviderPace.objects.get().rests_until == now + MINUTE


def test_what_several_senders_hear_at_once_counts_once() -> None:
    for _ in range(4):
        PACE.note(["a@gmail.com", "b@gmail.com"], [SLOW, SLOW], NOW)
    assert ProviderPace.objects.get().strikes == 1


def test_another_process_that_saw_nothing_calms_a_provider_too(monkeypatch: pytest.MonkeyPatch) -> None:
    answer("a@gmail.com", SLOW)
    monkeypatch.setattr(throttle, "_struck", set())
    assert grant("a@gmail.com", now=NOW + MINUTE) == [""]
    answer("a@gmail.com", FINE, NOW + MINUTE)
    assert ProviderPace.objects.get().strikes == 0


@pytest.mark.parametrize(
    "outcome",
    [classify("RCPT", 451, b"4.7.1 Greylisted"), classify("RCPT", 550, b"5.1.1 no such user"), FINE],
)
def test_nothing_else_lets_a_provider_rest(outcome: Outcome) -> None:
    answer("a@gmail.com", outcome)
    assert not ProviderPace.objects.exists()


def test_a_limit_spreads_what_exceeds_it() -> None:
    ProviderPace.objects.create(provider="gmail.com", per_minute=3)
    waits = PACE.grant([f"u{n}@gmail.com" for n in range(9)], marketing=True, now=NOW)
    assert [int((wait.until - NOW).total_seconds()) if wait else 0 for wait in waits] == [
        *(0, 0, 0),
        *(60, 80, 100, 120, 140, 160),
    ]
    assert grant("x@gmail.com", "y@yahoo.com", now=NOW + dt.timedelta(seconds=59)) == ["throttled", ""]
    assert grant("x@gmail.com", now=NOW + MINUTE) == [""]


@pytest.fixture
def warming() -> SendingDomain:
    SenderIdentity.objects.create(stream="marketing", address="news@mail.shop.example")
    SenderIdentity.objects.create(stream="transactional", address="orders@other.example")
    return SendingDomain.objects.create(
        name="shop.example",
        created_by="test",
        warmup_from=NOW.date(),
        warmup_first=10,
        warmup_growth=50,
        warmup_target=50,
    )


def test_the_share_grows_by_plan_until_there_is_no_limit(warming: SendingDomain) -> None:
    days = [NOW.date() + dt.timedelta(days=n) for n in range(-1, 6)]
    assert [share_of(warming, day) for day in days] == [10, 10, 15, 22, 33, None, None]


def test_what_exceeds_the_share_of_the_day_waits_for_the_days_that_have_room(warming: SendingDomain) -> None:
    waits = PACE.grant([f"u{n}@x.example" for n in range(100)], marketing=True, now=NOW)
    days = Counter((wait.until.date() - NOW.date()).days if wait else 0 for wait in waits)
    assert days == {0: 10, 1: 15, 2: 22, 3: 33, 4: 20}
    assert grant("v@x.example") == ["warmup"]
    assert grant("v@x.example", now=NOW + dt.timedelta(days=1)) == [""]
    assert grant("v@x.example", marketing=False) == [""]


def test_a_provider_at_rest_uses_nothing_of_the_share(warming: SendingDomain) -> None:
    answer("a@gmail.com", SLOW)
    assert grant(*(f"u{n}@gmail.com" for n in range(20))) == ["throttled"] * 20
    assert grant(*(f"u{n}@x.example" for n in range(11))) == [""] * 10 + ["warmup"]


def test_limits_are_set_by_any_domain_of_a_provider(api: Any) -> None:
    assert api("PUT", "/mailbox-providers/googlemail.com", {"per_minute": 3})[0] == 200
    assert grant(*(f"u{n}@gmail.com" for n in range(4))) == ["", "", "", "throttled"]
    assert api("GET", "/mailbox-providers")[1][0]["per_minute"] == 3
    assert api("PUT", "/mailbox-providers/gmail.com", {"per_minute": None})[1]["per_minute"] is None
    assert grant("v@gmail.com") == [""]
    assert api("PUT", "/mailbox-providers/gmail.com", {"per_minute": 0})[0] == 422
    assert api("PUT", "/mailbox-providers/nothing", {"per_minute": 1})[0] == 422


def test_limits_are_set_on_the_page(client: Any) -> None:
    client.force_login(User.objects.create_user("a@example.org", "correct horse battery", roles=["admin"]))
    SenderIdentity.objects.create(stream="marketing", address="news@shop.example")
    client.post("/settings/mailbox-providers/limit/", {"provider": "Gmail.com", "per_minute": "60"})
    refused = client.post("/settings/mailbox-providers/limit/", {"provider": "no", "per_minute": "60"})
    assert refused.status_code == 422
    assert refused.context["limit_form"].errors["provider"]
    answer("a@gmail.com", SLOW)
    shown = client.get("/settings/senders/").content.decode()
    assert "gmail.com" in shown
    assert "unusual rate" in shown
