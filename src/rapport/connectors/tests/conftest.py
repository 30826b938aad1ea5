from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from rapport.commerce.models import Order
from rapport.commerce.services.orders import projection
from rapport.connectors.models import Connector
from rapport.connectors.services import setup
from rapport.connectors.tests import shopify_shop, woo_shop
from rapport.core import access, jobs
from rapport.core.access import Actor
from rapport.core.clock import SYSTEM, Clock, VirtualClock
from rapport.promotions.models import Coupon
from rapport.transfers.feeds.services import taking


@pytest.fixture
def maker(user: Any) -> Actor:
    return access.for_user(user)


@pytest.fixture(autouse=True)
def _loopback(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The counterparts are on this machine, and have no pace of their own."""
    settings.OUTBOUND_ALLOW = ["127.0.0.1"]
    monkeypatch.setattr("rapport.connectors.shopify.client.RATE", 0)


@pytest.fixture
def shopify(live: Any) -> Iterator[shopify_shop.Shop]:
    with shopify_shop.running() as shop:
        yield shop


@pytest.fixture
def connected(shopify: shopify_shop.Shop, maker: Actor) -> Connector:
    values = {
        "shop": shopify.api.url,
        "access_token": shopify_shop.TOKEN,
        "client_secret": shopify_shop.SECRET,
        "consent_purpose": "newsletter",
    }
    return setup.connect(actor=maker, kind="shopify", name="", values=values)


@pytest.fixture
def woo(live: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[woo_shop.Shop]:
    monkeypatch.setattr("rapport.connectors.woocommerce.client.RATE", 0)
    with woo_shop.running() as shop:
        yield shop


@pytest.fixture
def mugs(woo: woo_shop.Shop, maker: Actor) -> Connector:
    values = {"shop": woo.api.url, "consumer_key": woo_shop.KEY, "consumer_secret": woo_shop.SECRET}
    values["consent_purpose"] = "newsletter"
    return setup.connect(actor=maker, kind="woocommerce", name="", values=values)


@pytest.fixture
def work(live: Any) -> Callable[..., None]:
    """Runs what is due, also what calls from outside brought, through to orders."""

    def run(clock: Clock = SYSTEM) -> None:
        jobs.run_due("connectors.record", "connectors.backfill", "connectors", clock=clock)
        while taking.run_once(clock):
            pass
        jobs.run_due("connectors.record", "connectors", clock=clock)
        live.settle(clock)
        while projection.run_once(clock):
            pass

    return run


def block_codes(minutes: int = 5) -> None:
    """As when their persons are forgotten."""
    Coupon.objects.update(blocked=True)
    look_after(minutes)


def look_after(minutes: int = 5) -> None:
    """What is due is looked for every minute."""
    later = VirtualClock(SYSTEM.now() + dt.timedelta(minutes=minutes))
    jobs.run_due("connectors.due", clock=later)
    jobs.run_due("connectors.write", clock=later)


def order(external_id: str) -> Order:
    return Order.objects.get(external_id=external_id)
