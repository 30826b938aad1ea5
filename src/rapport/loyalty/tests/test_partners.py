"""Partners book points with a key of their own: once, within their limits, under their own name only."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from rapport.core import crypto
from rapport.core.clock import SYSTEM
from rapport.core.models import ApiKey
from rapport.loyalty.models import Account, EarningPartner, Program
from rapport.loyalty.queries import partners as queries
from rapport.loyalty.services.personal_data import erase
from rapport.loyalty.tests.conftest import held

Join = Callable[..., Account]
Call = Callable[..., tuple[int, Any]]


@pytest.fixture
def bakery(program: Program) -> EarningPartner:
    return EarningPartner.objects.create(
        program=program,
        key="bakery",
        name="Bakery",
        point_price="0.02",
        most_points=100,
        most_a_day=150,
        most_a_month=300,
    )


@pytest.fixture
def call(bakery: EarningPartner, client: Client) -> Call:
    """As the partner's system does."""
    secret = crypto.token("rk")
    bakery.api_key = ApiKey.objects.create(
        name="Bakery", prefix=secret[:8], digest=crypto.digest(secret), grants={"loyalty.partner": "all"}
    )
    bakery.save()

    def ask(body: Any = None, path: str = "partners/bakery/entries") -> tuple[int, Any]:
        method, headers = "POST" if body else "GET", {"authorization": f"Bearer {secret}"}
        content = json.dumps(body) if body else ""
        answer = client.generic(
            method, f"/api/v1/loyalty/{path}", content, content_type="application/json", headers=headers
        )
        return answer.status_code, answer.json()

    return ask


def test_a_partner_books_once_and_within_its_limits(join: Join, call: Call) -> None:
    members = [join(card_number=number) for number in ("A1", "B2", "C3")]
    for account, number in zip(members, ("A1", "B2", "C3"), strict=True):
        Account.objects.filter(pk=account.pk).update(card_number=number)
    booking = {"card_number": "A1", "points": 100, "key": "r-1"}
    status, first = call(booking)
    assert (status, call(booking)[1]["id"]) == (201, first["id"])
    assert call(booking | {"points": 99})[0] == 409
    assert call(booking | {"key": "r-2", "points": 101})[0] == 422
    assert call(booking | {"key": "r-2", "points": 51})[0] == 422
    assert call(booking | {"key": "r-2", "points": 50})[0] == 201
    assert call({"card_number": "B2", "points": 100, "key": "r-3"})[0] == 201
    assert call({"card_number": "C3", "points": 51, "key": "r-4"})[0] == 422
    assert call({"card_number": "ZZ", "points": 1, "key": "r-5"})[0] == 404
    assert [row["points"] for row in call()[1]["data"]] == [100, 50, 100]
    assert "account" not in first


def test_what_a_partner_takes_back_is_owed_when_it_was_spent(join: Join, call: Call, page: Any) -> None:
    account = join(card_number="A1")
    Account.objects.filter(pk=account.pk).update(card_number="A1")
    call({"card_number": "A1", "points": 100, "key": "r-1"})
    spend = {"kind": "spend", "points": "60", "note": "-", "key": "s"}
    page.post(f"/loyalty/accounts/{account.pk}/points/", spend)
    back = {"reverses": "r-1", "key": "back"}
    assert [call(back)[0], call(back)[0], call(back | {"key": "again"})[0]] == [201, 201, 422]
    assert held(account) == (0, 0, 60)
    assert page.get("/loyalty/programs/loyalty/liability/").context["total"] == 0


def test_what_was_taken_back_stays_so_when_its_member_is_forgotten(join: Join, call: Call) -> None:
    account = join(card_number="A1")
    Account.objects.filter(pk=account.pk).update(card_number="A1")
    call({"card_number": "A1", "points": 100, "key": "r-1"})
    back = {"reverses": "r-1", "key": "back"}
    call(back)
    assert account.person_id
    erase([account.person_id])
    assert [call(back)[0], call(back | {"key": "again"})[0]] == [201, 422]


def test_a_partner_that_has_ended_stays_with_what_it_owes(
    join: Join, call: Call, bakery: EarningPartner, page: Any
) -> None:
    Account.objects.filter(pk=join(card_number="A1").pk).update(card_number="A1")
    call({"card_number": "A1", "points": 100, "key": "r-1"})
    EarningPartner.objects.update(archived_at=SYSTEM.now())
    address = "/loyalty/programs/loyalty/partners/"
    assert [row.price for row in page.get(address).context["figures"]] == [2]
    assert page.get(f"{address}?partner=bakery").context["form"]["ended"].value() is True


def test_the_statement_of_a_partner_has_an_index(bakery: EarningPartner) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
    assert "loyalty_entry_partner" in queries.entries_of(bakery).explain()


def test_a_partner_does_nothing_else(join: Join, call: Call, bakery: EarningPartner) -> None:
    account = join(100)
    EarningPartner.objects.create(program=bakery.program, key="other", name="Other")
    assert call({"card_number": "A1", "points": 1, "key": "k"}, "partners/other/entries")[0] == 404
    assert call(path="partners/other/entries")[0] == 404
    spend = {"kind": "spend", "points": 1, "key": "k"}
    assert call(spend, f"accounts/{account.pk}/entries")[0] in {403, 404}
    EarningPartner.objects.filter(key="bakery").update(api_key=None)
    assert call()[0] == 404


def test_partners_by_their_page(page: Any, program: Program) -> None:
    form = {"name": "Bakery", "key": "bakery", "point_price": "0.02", "most_points": "10", "most_a_day": "0",
            "most_a_month": "0"}  # fmt: skip
    address = "/loyalty/programs/loyalty/partners/"
    assert page.post(address, form).status_code == 302
    assert page.post(address, form).status_code == 422
    assert page.post(f"{address}?partner=bakery", form | {"name": "Baker"}).status_code == 302
    assert "Baker" in page.get(address).content.decode()
    assert page.post(f"{address}?partner=bakery", form | {"ended": "on"}).status_code == 302
    assert not page.get(address).context["figures"]
