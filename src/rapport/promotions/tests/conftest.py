from __future__ import annotations

import datetime as dt
import itertools
import json
import uuid
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from rapport.core import crypto
from rapport.core.access import Actor
from rapport.core.clock import VirtualClock
from rapport.core.models import ApiKey
from rapport.core.permissions import grants_of_role
from rapport.people.models import Person
from rapport.promotions.models import Coupon, Promotion
from rapport.promotions.services import promotions
from rapport.promotions.services.baskets import Basket, BasketLine
from rapport.promotions.services.claims import Bearer, Claim

START = dt.datetime(2026, 3, 2, 9, tzinfo=dt.UTC)
_numbers = itertools.count(1)


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock(START)


def basket(*amounts: str, currency: str = "GBP", shipping: str = "0", codes: Any = ()) -> Basket:
    """One line of a product for each amount: P1, P2 …"""
    lines = [BasketLine(f"P{at}", price=Decimal(amount)) for at, amount in enumerate(amounts, 1)]
    return Basket(currency, lines, Decimal(shipping), codes)


def claim(code: object, person: Person | None = None, order: str = "", cart: str = "", **more: Any) -> Claim:
    """A code for twenty pounds of goods."""
    given = more.pop("basket", None) or basket("20.00")
    return Claim(
        str(code), given, more.pop("bearer", Bearer(person.pk if person else None)), "main", order, cart
    )


Make = Callable[..., Promotion]


@pytest.fixture
def make(db: None, actor: Actor) -> Make:
    """`make(percent=10, person_limit=1)`: a promotion of ten percent."""

    def create(key: str = "", **values: Any) -> Promotion:
        gift = {"kind": "percent", "percent": Decimal(10)} if "kind" not in values else {}
        key = key or f"p{next(_numbers)}"
        return promotions.create(actor=actor, key=key, values={"name": key.title(), **gift, **values})

    return create


@pytest.fixture
def add(actor: Actor) -> Callable[..., Coupon]:
    """`add(promotion, "SPRING", max_uses=1)`."""

    def create(promotion: Promotion, code: str = "", **more: Any) -> Coupon:
        code = code or f"CODE{next(_numbers)}"
        return promotions.add_code(actor=actor, promotion=promotion, code=code, **more)

    return create


@pytest.fixture
def somebody(db: None) -> Callable[..., Person]:
    def create(name: str = "Ada") -> Person:
        return Person.objects.create(id=uuid.uuid4(), name=name, first_seen_at=START, last_seen_at=START)

    return create


@pytest.fixture
def api(client: Any, db: None) -> Callable[..., tuple[int, Any]]:
    """Calls the API with a key of an administrator: (status, answer)."""
    secret = crypto.token("rk")
    grants = grants_of_role("admin")
    ApiKey.objects.create(name="t", prefix=secret[:8], digest=crypto.digest(secret), grants=grants)

    def call(method: str, path: str, body: Any = None, **headers: str) -> tuple[int, Any]:
        answer = client.generic(
            method,
            f"/api/v1{path}",
            json.dumps(body) if body is not None else "",
            content_type="application/json",
            headers={"authorization": f"Bearer {secret}", **headers},
        )
        return answer.status_code, json.loads(answer.content) if answer.content else None

    return call
