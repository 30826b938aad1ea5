"""Connectors in the settings, and over REST."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest

from rapport.connectors.models import Connector
from rapport.connectors.services import reading
from rapport.connectors.tests import shopify_shop
from rapport.connectors.tests.conftest import order
from rapport.core.models import Job
from rapport.core.services import keys
from rapport.events.models import Source


@pytest.fixture
def call(client, maker):
    """`call("post", "/api/…", {...})` with a key of the owner's."""
    _key, secret = keys.create(actor=maker, name="shop", role="admin", scopes=[])

    def ask(method, path, body=None):
        return client.generic(
            method.upper(), f"/api/v1/connectors{path}", json.dumps(body) if body is not None else "",
            content_type="application/json", headers={"authorization": f"Bearer {secret}"},
        )  # fmt: skip

    return ask


def test_a_connector_lives_over_rest(call, shopify, work):
    settings = {"shop": shopify.api.url, "access_token": "wrong", "client_secret": shopify_shop.SECRET}
    refused = call("post", "", {"kind": "shopify", "settings": settings})
    assert refused.status_code == 422
    assert "does not let us in" in refused.content.decode()
    settings["access_token"] = shopify_shop.TOKEN
    new = call("post", "", {"kind": "shopify", "settings": settings})
    assert new.status_code == 201
    assert shopify_shop.TOKEN not in new.content.decode()
    address = f"/{new.json()['id']}"
    shopify.put("orders", shopify_shop.order())
    assert call("post", f"{address}/backfills", {}).status_code == 202
    assert call("post", f"{address}/backfills", {}).status_code == 409
    work()
    shown = call("get", address).json()
    assert (shown["health"]["records"], shown["health"]["error_rate"], shown["advice"]) == (1, 0.0, "")
    assert [row["records"] for row in shown["resources"]] == [0, 0, 1, 0]
    assert call("post", f"{address}/records", {"resource": "carts", "external_id": "1"}).status_code == 422
    assert call("patch", address, {"disabled": True}).json()["disabled_at"]
    assert call("delete", address).status_code == 204
    assert order("#1001").total == Decimal(388)
    assert call("get", "").json()["data"] == []
    assert Source.objects.get(name="Acme").disabled_at


def test_the_pages_say_what_to_do(page, shopify, work):
    assert "Nothing is connected yet" in page.get("/settings/connectors/").content.decode()
    values = {"setting_shop": shopify.api.url, "setting_client_secret": "s", "setting_access_token": "wrong"}
    refused = page.post("/settings/connectors/new/shopify/", values)
    assert refused.status_code == 422
    assert "does not let us in" in refused.content.decode()
    values["setting_access_token"] = shopify_shop.TOKEN
    address = page.post("/settings/connectors/new/shopify/", values)["Location"]
    shopify.put("orders", shopify_shop.order(7, total_price="a lot"))
    page.post(f"{address}backfill/")
    assert "progress" in page.get(f"{address}progress/").content.decode()
    work()
    shown = page.get(address).content.decode()
    assert "Left out" in shown
    assert "a lot" not in shown
    assert shopify_shop.TOKEN not in shown
    shopify.put("orders", shopify_shop.order(7))
    page.post(f"{address}record/", {"resource": "orders", "external_id": "7"})
    work()
    assert "Left out" not in page.get(address).content.decode()
    assert page.post(f"{address}subscription/").status_code == 302
    assert shopify.hooks
    page.post(f"{address}deletion/")
    assert not Connector.objects.exists()


def test_stopped_it_goes_on_at_the_next_page(page, shopify, connected, maker, work):
    reading.order_backfill(actor=maker, connector_id=connected.pk)
    page.post(f"/settings/connectors/{connected.pk}/stop/")
    work()
    assert Job.objects.get(kind=reading.BACKFILL).state == "cancelled"
    page.post(f"/settings/connectors/{connected.pk}/backfill/")
    work()
    assert connected.resources.filter(backfilled_at=None).count() == 0
