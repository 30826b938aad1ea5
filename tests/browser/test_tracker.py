"""The tracker in a real browser against a journalling server: what it sends, and that it sends it once."""

from __future__ import annotations

import re

from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.capture import CaptureServer

UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")


def first(capture: CaptureServer, kind: str = "track") -> dict:
    return capture.wait(lambda: next((event for event in capture.kept if event["type"] == kind), None))


def test_a_track_call_arrives_in_segments_shape(page: Page, capture: CaptureServer) -> None:
    page.goto(f"{capture.site}/shop?q=tea&utm_source=mail&utm_campaign=spring#top")
    page.evaluate("analytics.track('Product Viewed', {sku: '22423', price: 12.75})")
    event = first(capture)
    assert event["event"] == "Product Viewed"
    assert event["properties"] == {"sku": "22423", "price": 12.75}
    assert UUID.fullmatch(event["messageId"])
    assert UUID.fullmatch(event["anonymousId"])
    assert event["userId"] is None
    assert event["timestamp"] == event["originalTimestamp"]


def test_the_context_says_where_it_happened(page: Page, capture: CaptureServer) -> None:
    page.goto(f"{capture.site}/shop?q=tea&utm_source=mail&utm_campaign=spring#top")
    page.evaluate(
        "analytics.track('Seen', {}, {context: {app: {name: 'shop'}}, integrations: {Mail: false}})"
    )
    event = first(capture)
    context, search = event["context"], "?q=tea&utm_source=mail&utm_campaign=spring"
    url = f"{capture.site}/shop{search}"
    assert context["page"] == {
        "path": "/shop", "referrer": "", "search": search, "title": "Page " + "/shop" + search, "url": url,
    }  # fmt: skip
    assert context["campaign"] == {"source": "mail", "name": "spring"}
    assert (context["locale"], context["timezone"]) == ("en-GB", "Europe/London")
    assert context["library"]["name"] == "rapport.js"
    assert context["app"] == {"name": "shop"}
    assert event["integrations"] == {"Mail": False}


def test_requests_need_no_preflight_and_carry_the_write_key(page: Page, capture: CaptureServer) -> None:
    page.goto(capture.site)
    page.evaluate("analytics.track('Seen')")
    first(capture)
    request = capture.requests[0]
    assert (request["path"], request["body"]["writeKey"]) == ("/v1/batch", "wk_test")
    assert request["headers"]["Content-Type"] == "text/plain"
    assert request["body"]["sentAt"] >= request["body"]["batch"][0]["timestamp"]
    assert capture.preflights == 0


def test_the_person_is_remembered_after_identify(page: Page, capture: CaptureServer) -> None:
    page.goto(capture.site)
    page.evaluate("analytics.identify('u1', {email: 'ada@example.com'}); analytics.identify({plan: 'pro'})")
    page.goto(f"{capture.site}/next")
    page.evaluate("analytics.track('Seen')")
    assert first(capture)["userId"] == "u1"
    assert page.evaluate("analytics.user().traits()") == {"email": "ada@example.com", "plan": "pro"}
    assert len({event["anonymousId"] for event in capture.kept}) == 1


def test_page_takes_category_name_and_properties(page: Page, capture: CaptureServer) -> None:
    page.goto(f"{capture.site}/a")
    page.evaluate("analytics.page('Docs', 'Start', {depth: 2})")
    event = first(capture, "page")
    assert (event["category"], event["name"]) == ("Docs", "Start")
    assert (
        event["properties"] | {"path": "/a", "depth": 2, "name": "Start", "category": "Docs"}
        == event["properties"]
    )


def test_group_and_alias_carry_their_ids(page: Page, capture: CaptureServer) -> None:
    page.goto(capture.site)
    page.evaluate("analytics.group('acme', {seats: 3}); analytics.alias('new', 'old')")
    group, alias = first(capture, "group"), first(capture, "alias")
    assert (group["groupId"], group["traits"]) == ("acme", {"seats": 3})
    assert (alias["userId"], alias["previousId"]) == ("new", "old")
    assert page.evaluate("analytics.group().traits()") == {"seats": 3}


def test_reset_and_another_user_get_another_anonymous_id(page: Page, capture: CaptureServer) -> None:
    page.goto(capture.site)
    ids = page.evaluate(
        """() => { const id = () => analytics.user().anonymousId(); const all = [id()];
        analytics.identify('u1'); all.push(id()); analytics.identify('u2'); all.push(id());
        analytics.reset(); all.push(id()); return all; }"""
    )
    assert ids[0] == ids[1]
    assert len(set(ids)) == 3
    assert page.evaluate("analytics.user().id()") is None


def test_a_chosen_anonymous_id_is_kept(page: Page, capture: CaptureServer) -> None:
    page.goto(capture.site)
    page.evaluate("analytics.setAnonymousId('device-7')")
    page.reload()
    page.evaluate("analytics.track('Seen')")
    assert first(capture)["anonymousId"] == "device-7"


def test_the_anonymous_id_is_a_first_party_cookie_for_a_year(
    page: Page, context: BrowserContext, capture: CaptureServer
) -> None:
    page.goto(capture.site)
    page.evaluate("analytics.user().anonymousId()")
    cookie = next(item for item in context.cookies() if item["name"] == "rapport_aid")
    days = (cookie["expires"] - page.evaluate("Date.now()") / 1000) / 86400
    assert cookie["sameSite"] == "Lax"
    assert 364 < days < 366


SNIPPET = """<script>
  window.analytics = []; analytics.methods = ['track', 'identify', 'page', 'ready', 'addSourceMiddleware'];
  analytics.factory = function (name) { return function () {
    if (window.analytics.initialized) return window.analytics[name].apply(window.analytics, arguments);
    var all = Array.prototype.slice.call(arguments); all.unshift(name);
    var buffered = {__t: 'bpc', p: '/buffered', u: location.origin + '/buffered', s: '', t: 'B', r: ''};
    if (name === 'page') all.push(buffered);
    analytics.push(all); return analytics; }; };
  analytics.methods.forEach(function (name) { analytics[name] = analytics.factory(name); });
  analytics._writeKey = 'wk_snippet'; analytics._loadOptions = {host: 'HOST'};
  window.held = analytics; analytics.identify('u9'); analytics.track('Early', {n: 1}); analytics.page();
  analytics.ready(function () { window.isReady = true; });
</script><script src="HOST/rapport.js" async></script>"""


def test_calls_queued_by_the_snippet_are_replayed_in_order(page: Page, capture: CaptureServer) -> None:
    capture.head = SNIPPET.replace("HOST", capture.host)
    page.goto(capture.site)
    capture.wait(lambda: len(capture.kept) == 3)
    assert capture.names() == ["identify", "Early", "page"]
    assert capture.requests[0]["body"]["writeKey"] == "wk_snippet"
    assert capture.kept[2]["context"]["page"]["path"] == "/buffered"
    assert page.evaluate("held === analytics && isReady")


def test_a_snippet_method_that_is_not_supported_does_not_hang_the_page(
    page: Page, capture: CaptureServer
) -> None:
    capture.head = SNIPPET.replace("HOST", capture.host)
    page.goto(capture.site)
    capture.wait(lambda: capture.kept)
    page.evaluate("analytics.addSourceMiddleware(() => {})")
    assert page.errors == []


def test_load_starts_a_tracker_without_a_key_in_its_tag(page: Page, capture: CaptureServer) -> None:
    capture.head = f'<script src="{capture.host}/rapport.js"></script>'
    page.goto(capture.site)
    page.evaluate("analytics.track('Before'); analytics.load('wk_late'); analytics.track('After')")
    capture.wait(lambda: len(capture.kept) == 2)
    assert capture.names() == ["Before", "After"]
    assert capture.requests[0]["body"]["writeKey"] == "wk_late"


def test_calls_promise_and_call_back_with_the_event(page: Page, capture: CaptureServer) -> None:
    page.goto(capture.site)
    promised = page.evaluate("analytics.track('A').then(result => result.event.event)")
    called = page.evaluate(
        "new Promise(done => analytics.track('B', {}, {}, result => done(result.event.event)))"
    )
    assert (promised, called) == ("A", "B")


def test_listeners_hear_each_call(page: Page, capture: CaptureServer) -> None:
    page.goto(capture.site)
    page.evaluate("window.heard = []; analytics.on('track', (...all) => heard.push(all))")
    page.evaluate("analytics.track('A', {n: 1})")
    assert page.evaluate("heard") == [["A", {"n": 1}]]


def test_the_page_view_is_recorded_by_itself_once(page: Page, capture: CaptureServer) -> None:
    capture.head = capture.tag(auto_page="on")
    page.goto(f"{capture.site}/a")
    page.evaluate("analytics.track('Seen')")
    capture.wait(lambda: len(capture.kept) == 2)
    assert capture.names() == ["page", "Seen"]


def test_a_single_page_application_records_each_address(page: Page, capture: CaptureServer) -> None:
    capture.head = capture.tag(auto_page="on", spa="on")
    page.goto(f"{capture.site}/a")
    page.evaluate("history.pushState({}, '', '/b'); history.pushState({}, '', '/b#part')")
    page.wait_for_timeout(50)
    page.go_back()
    page.go_back()
    capture.wait(lambda: len(capture.kept) == 3)
    assert [event["context"]["page"]["path"] for event in capture.kept] == ["/a", "/b", "/a"]
    assert capture.kept[1]["context"]["page"]["referrer"] == f"{capture.site}/a"


def test_links_and_forms_are_tracked_while_the_page_goes(page: Page, capture: CaptureServer) -> None:
    page.goto(f"{capture.site}/a")
    page.evaluate("analytics.trackLink(document.querySelectorAll('a'), 'Link', el => ({to: el.pathname}))")
    page.evaluate("analytics.trackForm(document.forms[0], 'Form')")
    page.click("#link")
    page.wait_for_url("**/other")
    page.go_back()
    page.evaluate("analytics.trackForm(document.forms[0], 'Form')")
    page.click("button")
    capture.wait(lambda: capture.names()[:2] == ["Link", "Form"])
    assert capture.kept[0]["properties"] == {"to": "/other"}


def test_the_tracker_never_throws_into_the_page(page: Page, capture: CaptureServer) -> None:
    page.goto(capture.site)
    page.evaluate(
        """() => { const loop = {}; loop.me = loop; analytics.track('Loop', loop); analytics.track();
        analytics.on('track', () => { throw new Error('host'); }); analytics.track('Fine', {n: 1});
        analytics.track('Odd', null, null);
        analytics.track('When', {}, {timestamp: 'never'}); analytics.push('x', 1);
        analytics.identify(null); analytics.page(null, null, null);
        analytics.group(null); analytics.trackLink(null); }"""
    )
    capture.wait(lambda: {"Fine", "Odd"} <= set(capture.names()))
    assert page.errors == []


def test_nothing_breaks_where_cookies_and_storage_are_blocked(page: Page, capture: CaptureServer) -> None:
    page.add_init_script(
        """const fail = () => { throw new DOMException('blocked', 'SecurityError'); };
        const no = { get: fail, set: fail };
        Object.defineProperty(window, 'localStorage', no);
        Object.defineProperty(Document.prototype, 'cookie', no);"""
    )
    page.goto(capture.site)
    page.evaluate("analytics.identify('u1'); analytics.track('Seen')")
    event = first(capture)
    assert event["userId"] == "u1"
    assert page.errors == []


def test_the_tracker_writes_nothing_on_the_console(page: Page, capture: CaptureServer) -> None:
    lines: list[str] = []
    page.on("console", lambda line: lines.append(line.text))
    page.goto(capture.site)
    page.evaluate("analytics.page(); analytics.track('Seen')")
    first(capture)
    expect(page.locator("h1")).to_be_visible()
    assert [line for line in lines if "favicon" not in line] == []
