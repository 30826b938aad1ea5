"""`rapport connect` reads a shop here and says how far it is."""

from __future__ import annotations

import pytest

from rapport.config import connecting
from rapport.connectors.tests import shopify_shop


@pytest.mark.django_db(transaction=True)
def test_on_the_command_line_it_is_read_at_once(clickhouse, settings):
    settings.OUTBOUND_ALLOW = ["127.0.0.1"]
    lines: list[str] = []
    with shopify_shop.running() as shop:
        shop.put("orders", shopify_shop.order())
        values = {"shop": shop.api.url, "access_token": shopify_shop.TOKEN, "client_secret": "s"}
        row = connecting.named("shopify", values, called="Mine", store="north")
        assert connecting.read(row, lines.append) == {"records": 1}
    assert "Orders: 1 of 1" in lines
    assert connecting.named("Mine", {}, called="", store="") == row
    assert connecting.listed()["connectors"][0]["store"] == "north"
