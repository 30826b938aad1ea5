"""Where a browser's request came from, through whatever proxies: the network, never the whole address."""

from __future__ import annotations

import asyncio

import pytest
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from rapport.events.services.wire import request_context

ORIGIN = {b"origin": b"https://shop.example"}


@pytest.mark.parametrize(("host", "network"), [
    ("203.0.113.77", "203.0.113.0"), ("2001:db8:1:2::77", "2001:db8:1::"), ("2001:db8::1", "2001:db8::"),
    ("::ffff:203.0.113.77", "203.0.113.0"), ("fe80::1%eth0", "fe80::"), ("::1", "::"), ("unknown", None),
    ("<script>", None), ("203.0.113", None), ("", None), ("203.0.113.77, 10.0.0.1", None), ("_hidden", None),
])  # fmt: skip
def test_the_last_part_of_an_address_is_cut_off_and_what_is_none_is_left_out(host, network):
    assert request_context({"client": (host, 0)}, ORIGIN).get("ip") == network


@pytest.mark.parametrize(("peer", "lines", "network"), [
    ("127.0.0.1", ["203.0.113.77"], "203.0.113.0"), ("127.0.0.1", ["203.0.113.77:4711"], "203.0.113.0"),
    ("127.0.0.1", ["[2001:db8:1:2::77]:443"], "2001:db8:1::"),
    ("127.0.0.1", ["198.51.100.9, 203.0.113.77, 10.0.0.5"], "203.0.113.0"),  # the first one anybody can write
    ("127.0.0.1", ["198.51.100.9", "203.0.113.77"], "203.0.113.0"), ("127.0.0.1", ["unknown"], None),
    ("192.0.2.44", ["203.0.113.77"], "192.0.2.0"), ("127.0.0.1", [""], "127.0.0.0"),
])  # fmt: skip
def test_of_a_chain_of_proxies_the_last_address_that_is_not_ours_counts(peer, lines, network):
    seen = {}

    async def app(scope, _receive, _send):
        seen.update(request_context(scope, ORIGIN))

    headers = [(b"x-forwarded-for", line.encode()) for line in lines]
    scope = {"type": "http", "client": (peer, 1), "scheme": "http", "headers": headers}
    asyncio.run(ProxyHeadersMiddleware(app, "127.0.0.1, 10.0.0.0/8")(scope, None, None))
    assert seen.get("ip") == network
