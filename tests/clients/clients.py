"""The five clients behind one call each: `tell(host, key, calls)` makes the calls and returns when they are sent.

A call is (type, fields in the form of Segment's Node client). Nothing of the clients themselves is replaced.
"""

from __future__ import annotations

import datetime as dt
import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page
from segment.analytics.client import Client

HERE = Path(__file__).parent
Call = tuple[str, dict[str, Any]]


@dataclass(slots=True)
class Given:
    """What a browser client needs besides."""

    browser: Browser
    site: str


class SegmentPython:
    name = "segment-python"
    calls = ("identify", "track", "page", "screen", "group", "alias")

    def tell(self, host: str, key: str, calls: list[Call], _given: Given, **options: Any) -> None:
        client = Client(key, host=host, upload_interval=0.1, **options)
        for kind, fields in calls:
            given = {_snake(name): value for name, value in fields.items()}
            if "timestamp" in given:
                given["timestamp"] = dt.datetime.fromisoformat(given["timestamp"])
            getattr(client, kind)(**given)
        client.flush()
        client.shutdown()


class Node:
    """A client for Node, in a process of its own."""

    calls = ("identify", "track", "page", "screen", "group", "alias")

    def __init__(self, name: str) -> None:
        self.name = name

    def tell(
        self, host: str, key: str, calls: list[Call], given: Given, clock: int = 0, **options: Any
    ) -> None:
        request = {"host": host, "writeKey": key, "calls": calls, "clock": clock, "options": options}
        done = subprocess.run(
            [Path(sys.executable).with_name("node"), HERE / "js" / f"{self.name}.mjs"],
            input=json.dumps(request), text=True, capture_output=True, timeout=60, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr


class InBrowser:
    """A client in a page of a real Chromium. `clock` sets the page's clock wrong by so many milliseconds."""

    calls = ("identify", "track", "page", "group", "alias")
    load = call = ""

    def tell(
        self,
        host: str,
        key: str,
        calls: list[Call],
        given: Given,
        clock: int = 0,
        in_turn: bool = False,
        **options: Any,
    ) -> None:
        """`in_turn`: each call is made once the one before it has been answered."""
        context = given.browser.new_context(locale="en-GB", timezone_id="Europe/London")
        context.add_init_script(SHIFTED.replace("SHIFT", str(clock)))
        page = context.new_page()
        page.goto(f"{given.site}/shop?utm_source=mail&utm_campaign=spring")
        page.evaluate(self.load, [host, key, options])
        for number, (kind, fields) in enumerate(calls, 1):
            page.evaluate(self.call, [kind, fields])
            if in_turn:
                self.sent(page, number)
        self.sent(page, len(calls))
        context.close()

    def sent(self, page: Page, count: int) -> None:
        """Returns when the client has been answered for so many calls."""
        page.wait_for_function("count => window.answered >= count", arg=count, timeout=60_000)


SHIFTED = """{
  const Real = Date;
  window.Date = class extends Real {
    constructor(...given) { given.length ? super(...given) : super(Real.now() + SHIFT); }
    static now() { return Real.now() + SHIFT; }
  };
  // How many events the server took, as the page itself could see it: neither client tells for all calls.
  window.answered = 0;
  const took = (address, body) => {
    const path = new URL(address, location.href).pathname;
    const one = /\\/v1\\/(p|t|i|g|a|s|page|track|identify|group|alias)$/.test(path);
    window.answered += one ? 1 : /\\/v1\\/(b|batch)$/.test(path) ? JSON.parse(body).batch.length : 0;
  };
  const fetched = window.fetch;
  window.fetch = async (address, options) => {
    const answer = await fetched(address, options);
    if (answer.ok) took(address, options?.body);
    return answer;
  };
  const { open, send } = XMLHttpRequest.prototype;
  XMLHttpRequest.prototype.open = function (method, address, ...rest) {
    this.address = address;
    return open.call(this, method, address, ...rest);
  };
  XMLHttpRequest.prototype.send = function (body) {
    this.addEventListener('load', () => { if (this.status === 200) took(this.address, body); });
    return send.call(this, body);
  };
}"""


class SegmentBrowser(InBrowser):
    name = "segment-browser"
    calls = ("identify", "track", "page", "screen", "group", "alias")
    load = """([host, key, options]) => {
        const [protocol, rest] = host.split('://');
        const api = { protocol, apiHost: rest + '/v1', ...options.api };
        window.client = AnalyticsNext.AnalyticsBrowser.load(
            { writeKey: key, cdnURL: host }, options.settingsOnly ? {} : { integrations: { 'Segment.io': api } });
    }"""
    call = """async ([kind, {userId, traits, event, properties, category, name, groupId, previousId, timestamp,
                           messageId, context, integrations}]) => {
        const more = JSON.parse(JSON.stringify({ timestamp, context, integrations }));
        const args = { identify: [userId, traits], track: [event, properties], page: [category, name, properties],
                       screen: [category, name, properties], group: [groupId, traits],
                       alias: [userId, previousId] }[kind];
        const made = client[kind](...args, more);
        await Promise.race([made, new Promise(done => setTimeout(done, 50))]);
    }"""


class RudderBrowser(InBrowser):
    name = "rudder-browser"
    load = """([host, key, options]) => new Promise(done => {
        window.client = new rudderanalytics.RudderAnalytics();
        client.load(key, host, { configUrl: host, logLevel: 'ERROR', sendAdblockPage: false,
            queueOptions: { minRetryDelay: 500, maxRetryDelay: 2000 }, onLoaded: done, ...options });
    })"""
    call = """([kind, {userId, traits, event, properties, category, name, groupId, previousId, timestamp, context,
                      integrations}]) => {
        const more = JSON.parse(JSON.stringify({ originalTimestamp: timestamp, ...context, integrations }));
        const args = { identify: [userId, traits], track: [event, properties], page: [category, name, properties],
                       group: [groupId, traits], alias: [userId, previousId] }[kind];
        client[kind](...args, more);
    }"""


def _snake(name: str) -> str:
    return "".join(f"_{character.lower()}" if character.isupper() else character for character in name)


CLIENTS = {
    client.name: client
    for client in (
        SegmentPython(),
        Node("segment-node"),
        Node("rudder-node"),
        SegmentBrowser(),
        RudderBrowser(),
    )
}
