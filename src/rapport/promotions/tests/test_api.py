"""What a shop asks at its checkout, over the API."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from rapport.promotions.models import Coupon, FailedTry, Redemption
from rapport.promotions.tests.conftest import Make

Api = Callable[..., tuple[int, Any]]
CART = {"currency": "GBP", "shipping": 3.95, "products": [{"product_id": "P1", "quantity": 2, "price": 9.95}]}


def test_a_checkout_from_trial_to_cancellation(api: Api, live: Any) -> None:
    live.ingest([{"type": "identify", "userId": "u1", "traits": {"email": "ada@example.org"}}])
    gift = {"key": "spring", "name": "Spring", "kind": "percent", "percent": 15, "person_limit": 1}
    assert api("POST", "/promotions", gift)[0] == 201
    status, coupon = api("POST", "/coupons", {"promotion": "spring", "person": {"email": "ada@example.org"}})
    again = api("POST", "/coupons", {"promotion": "spring", "person": {"user_id": "u1"}})
    assert (status, again[1]["code"]) == (201, coupon["code"])
    code = coupon["code"].lower()
    given = {"cart": CART, "person": {"user_id": "u1"}}
    _, trial = api("POST", f"/coupons/{code}/trial", given)
    assert (trial["holds"], trial["discount"], trial["shares"]) == (True, "2.99", ["2.99"])
    _, reserved = api("POST", f"/coupons/{code}/reservation", given | {"cart_id": "c1"})
    assert reserved["state"] == "reserved"
    order = {"order_id": "A-1", "cart_id": "c1", "person": {"user_id": "u1"}}
    status, done = api("POST", f"/coupons/{code}/redemption", order)
    assert (status, done["state"], done["discount"]) == (201, "redeemed", "2.9900")
    assert api("POST", f"/coupons/{code}/redemption", order)[1]["id"] == done["id"]
    assert api("POST", f"/coupons/{code}/redemption/cancellation", {"order_id": "A-1"})[0] == 204
    assert [row["uses"] for row in api("GET", "/coupons?promotion=spring")[1]["data"]] == [0]
    assert Redemption.objects.get().state == "cancelled"


def test_a_refusal_says_why_and_is_kept_under_its_key(api: Api, make: Make) -> None:
    make("spring", kind="free_shipping", segment=None)
    api("POST", "/coupons", {"promotion": "spring", "code": "Spring-10"})
    cart = {"currency": "GBP", "total": 20}
    body = {"cart": cart, "order_id": "A-1"}
    for _ in range(2):
        status, refused = api("POST", "/coupons/spring10/redemption", body, **{"Idempotency-Key": "k"})
        assert (status, refused["reason"], refused["reasons"][0]["code"]) == (
            409,
            "no_shipping",
            "no_shipping",
        )
    assert FailedTry.objects.count() == 1


def test_guessing_ends_after_ten_wrong_codes(api: Api, make: Make) -> None:
    make("spring")
    api("POST", "/coupons", {"promotion": "spring", "code": "RIGHT"})
    body = {"cart": CART, "order_id": "A-1", "client": "203.0.113.7"}
    answers = [api("POST", f"/coupons/WRONG{n}/redemption", body)[0] for n in range(12)]
    assert (answers[:10], answers[-1]) == ([409] * 10, 429)
    assert api("POST", "/coupons/RIGHT/redemption", body)[1]["reason"] == "too_many_tries"
    assert api("POST", "/coupons/RIGHT/redemption", body | {"client": "198.51.100.1"})[0] == 201
    assert not FailedTry.objects.filter(code__contains="WRONG").exists()


def test_what_is_wrong_with_a_promotion_stands_at_its_field(api: Api) -> None:
    wrong = {"key": "Spring!", "name": "S", "kind": "percent", "percent": 15}
    assert api("POST", "/promotions", wrong)[1]["errors"][0]["pointer"] == "/body/key"
    status, problem = api("POST", "/promotions", wrong | {"key": "spring", "percent": 101, "budget": 5})
    assert status == 422
    assert {error["pointer"] for error in problem["errors"]} == {"/body/percent", "/body/currency"}
    assert not Coupon.objects.exists()


def test_a_time_without_a_zone_is_refused_beside_its_field(api: Api) -> None:
    gift = {
        "key": "spring",
        "name": "Spring",
        "kind": "percent",
        "percent": 15,
        "ends_at": "2030-01-01T00:00:00Z",
    }
    status, problem = api("POST", "/promotions", gift | {"starts_at": "2026-01-01T00:00:00"})
    assert (status, problem["errors"][0]["pointer"]) == (422, "/body/starts_at")
    assert problem["errors"][0]["detail"].startswith("Add the zone")
