"""The clients that run in a page, each in a real Chromium."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, Page

HERE = Path(__file__).parent
NODE = Path(sys.executable).with_name("node")
Call = tuple[str, dict[str, Any]]
FAULTS = ("500", "429", "dropped")


@dataclass(slots=True)
class Given:
    """What a browser client needs besides."""

    browser: Browser
    site: str


class InBrowser:
    """A client in a page. `clock` sets the page's clock wrong by so many milliseconds."""

    calls: tuple[str, ...] = ("identify", "track", "page", "group", "alias")
    # After which faults it sends the same event again, and whether a call may say when it happened.
    retries: tuple[str, ...] = FAULTS
    is_dated = True
    # How many calls at a time it keeps without dropping any.
    at_once = 50
    scripts: tuple[str, ...] = ()
    load = call = ""

    def tell(
        self,
        host: str,
        key: str,
        calls: list[Call],
        given: Given,
        clock: int = 0,
        in_turn: bool = False,
        at_once: int = 1,
        **options: Any,
    ) -> set[str]:
        """Gives the hosts that were asked. `in_turn`: `at_once` calls wait for the answers of those before."""
        context = given.browser.new_context(locale="en-GB", timezone_id="Europe/London")
        context.add_init_script(SHIFTED.replace("SHIFT", str(clock)))
        page, hosts = context.new_page(), set()
        page.on("request", lambda request: hosts.add(urlsplit(request.url).netloc))
        page.goto(f"{given.site}/shop?utm_source=mail&utm_campaign=spring")
        for script in self.scripts:
            page.add_script_tag(url=f"{given.site}/clients/{script}")
        self.start(page, host, key, options)
        count = 0
        for start in range(0, len(calls), at_once):
            lot = calls[start : start + at_once]
            page.evaluate(f"calls => Promise.all(calls.map({self.call}))", lot)
            count += len(lot)
            if in_turn:
                self.sent(page, count)
        self.sent(page, count)
        context.close()
        return hosts

    def start(self, page: Page, host: str, key: str, options: dict[str, Any]) -> None:
        page.evaluate(self.load, [host, key, options])

    def sent(self, page: Page, count: int) -> None:
        """Returns when the client has been answered for so many calls."""
        page.wait_for_function("count => window.answered >= count", arg=count, timeout=60_000)


SHIFTED = """{
  const Real = Date;
  window.Date = class extends Real {
    constructor(...given) { given.length ? super(...given) : super(Real.now() + SHIFT); }
    static now() { return Real.now() + SHIFT; }
  };
  // How many events the server took, as the page itself could see it: no client tells for all calls.
  window.answered = 0;
  const took = (address, body) => {
    const path = new URL(address, location.href).pathname;
    const one = /\\/(v1|api\\/s)\\/(p|t|i|g|a|s|page|track|identify|group|alias)$/.test(path);
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
  // A beacon is answered when the browser has it in its list of what was loaded.
  const beacon = navigator.sendBeacon.bind(navigator), beacons = [];
  navigator.sendBeacon = (address, body) => {
    const taken = beacon(address, body);
    if (taken) beacons.push([address, new Response(body).text()]);
    return taken;
  };
  const answered = async ({ initiatorType }) => {
    if (initiatorType !== 'beacon') return;
    const [address, body] = beacons.shift();
    took(address, await body);
  };
  new PerformanceObserver(list => list.getEntries().forEach(answered)).observe({ type: 'resource' });
}"""


class SegmentBrowser(InBrowser):
    name = "segment-browser"
    calls = ("identify", "track", "page", "screen", "group", "alias")
    scripts = ("@segment/analytics-next/dist/umd/index.js",)
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


class Snippet(SegmentBrowser):
    """Segment's snippet as its package writes it, which loads the client from the host."""

    scripts = ()

    def __init__(self, name: str, package: str) -> None:
        self.name, self.package = name, package
        # The snippet of old has no screen call.
        self.calls = SegmentBrowser.calls if "5" in name else InBrowser.calls

    def start(self, page: Page, host: str, key: str, options: dict[str, Any]) -> None:
        place = urlsplit(host).netloc
        settings = {"host": place, "apiKey": key, "page": options.get("page", False)}
        code = "const [name, settings] = process.argv.slice(1); console.log(require(name).min(JSON.parse(settings)))"
        written = subprocess.run(
            [NODE, "-e", code, self.package, json.dumps(settings)],
            cwd=HERE, capture_output=True, text=True, timeout=30, check=True,
        ).stdout  # fmt: skip
        page.add_script_tag(content=written.replace(f"https://{place}", host))
        page.evaluate("Object.defineProperty(window, 'client', { get: () => window.analytics })")
        if settings["page"]:
            self.sent(page, 1)
            page.evaluate("window.answered = 0")


class AnalyticsSegment(InBrowser):
    """npm's `analytics` with its plug-in for Segment, which brings the snippet of old with it."""

    name = "analytics-segment"
    calls = ("identify", "track", "page", "group")
    scripts = ("analytics/dist/analytics.min.js", "@analytics/segment/dist/@analytics/segment.min.js")
    load = """([host, key, options]) => {
        const customScriptSrc = `${host}/analytics.js/v1/${key}/analytics.min.js`;
        const plugins = [analyticsSegment({ writeKey: key, customScriptSrc })];
        window.client = _analytics.init({ app: 'shop', plugins });
    }"""
    call = """([kind, {userId, traits, event, properties, category, name, groupId, timestamp}]) => {
        const more = JSON.parse(JSON.stringify({ timestamp }));
        if (kind === 'group') return void client.plugins.segment.group(groupId, traits);
        const args = { identify: [userId, traits], track: [event, properties],
                       page: [{ category, name, ...properties }] }[kind];
        client[kind](...args, more);
    }"""


class CustomerIo(SegmentBrowser):
    """customer.io's client does not look at the status it is answered with."""

    name = "customerio-browser"
    retries = ("dropped",)
    scripts = ("@customerio/cdp-analytics-browser/dist/umd/index.js",)
    load = """([host, key, options]) => {
        window.client = AnalyticsNext.AnalyticsBrowser.load({ writeKey: key, cdnURL: host + '/customerio' });
    }"""


class RudderBrowser(InBrowser):
    name = "rudder-browser"
    scripts = ("@rudderstack/analytics-js/dist/npm/modern/bundled/umd/index.js",)
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


class RudderBeacon(RudderBrowser):
    """The same client with beacons, of which a page hears nothing again."""

    name = "rudder-beacon"
    retries = ()
    at_once = 10

    def start(self, page: Page, host: str, key: str, options: dict[str, Any]) -> None:
        queue = {"maxItems": 10, "flushQueueInterval": 200}
        super().start(page, host, key, {"useBeacon": True, "beaconQueueOptions": queue, **options})


class Jitsu(InBrowser):
    """Jitsu's client says itself when something happened, and sends an event once."""

    name = "jitsu-browser"
    calls = ("identify", "track", "page", "group")
    retries = ()
    is_dated = False
    load = """async ([host, key, options]) => {
        const { jitsuAnalytics } = await import('/clients/@jitsu/js/dist/jitsu.es.js');
        window.client = jitsuAnalytics({ host, writeKey: `${key}:any`, ...options });
    }"""
    call = """([kind, {userId, traits, event, properties, category, name, groupId}]) => {
        const args = { identify: [userId, traits], track: [event, properties],
                       page: [{ category, name, ...properties }], group: [groupId, traits] }[kind];
        client[kind](...args);
    }"""
