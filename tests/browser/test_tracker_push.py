"""Web push in a real browser: the worker shows what it gets and reports it; permission is asked for by a click only."""

from __future__ import annotations

import json

from playwright.sync_api import BrowserContext, CDPSession, Page

from rapport.channels.push.views import STATIC
from tests.browser.capture import CaptureServer


def registered_worker(page: Page, context: BrowserContext, capture: CaptureServer) -> tuple[CDPSession, str]:
    """The worker of the site, installed, and its id for the developer tools."""
    capture.files["/rapport-worker.js"] = (STATIC / "push-worker.js").read_bytes()
    context.grant_permissions(["notifications"], origin=capture.site)
    page.goto(capture.site)
    cdp = context.new_cdp_session(page)
    registrations: list[str] = []
    cdp.on(
        "ServiceWorker.workerRegistrationUpdated",
        lambda event: registrations.extend(row["registrationId"] for row in event["registrations"]),
    )
    cdp.send("ServiceWorker.enable")
    page.evaluate(
        "navigator.serviceWorker.register('/rapport-worker.js').then(() => navigator.serviceWorker.ready)"
    )
    return cdp, registrations[-1]


def test_a_message_is_shown_and_reported(page: Page, context: BrowserContext, capture: CaptureServer) -> None:
    cdp, registration = registered_worker(page, context, capture)
    shown = {
        "title": "Back in stock", "body": "The blue one", "url": "/blue", "token": "t0",
        "report": f"{capture.host}/client/v1/reports",
    }  # fmt: skip
    message = {"origin": capture.site, "registrationId": registration, "data": json.dumps(shown)}
    cdp.send("ServiceWorker.deliverPushMessage", message)
    capture.wait(lambda: any(request["path"] == "/client/v1/reports" for request in capture.requests))
    report = next(request["body"] for request in capture.requests if request["path"] == "/client/v1/reports")
    assert report == {"token": "t0", "event": "shown"}
    titles = page.evaluate(
        "navigator.serviceWorker.ready.then(r => r.getNotifications()).then(all => all.map(n => [n.title, n.body]))"
    )
    assert titles == [["Back in stock", "The blue one"]]


def test_nothing_is_asked_without_a_click(page: Page, capture: CaptureServer) -> None:
    page.route(
        "**/rapport-push.js",
        lambda route: route.fulfill(
            body=(STATIC / "push.js").read_text(), headers={"Access-Control-Allow-Origin": "*"}
        ),
    )
    # As a page would by itself, when it has loaded: Playwright's own calls count as a click.
    page.add_init_script(
        """window.asks = 0;
        Notification.requestPermission = () => { asks += 1; return Promise.resolve('denied'); };
        addEventListener('load', () => analytics.notifications.subscribe().then(state => { window.state = state; }));"""
    )
    page.goto(capture.site)
    page.wait_for_function("window.state")
    assert (page.evaluate("state"), page.evaluate("asks")) == ("default", 0)
    page.evaluate(
        """void document.getElementById('link').addEventListener('click', event => {
            event.preventDefault(); analytics.notifications.subscribe(); })"""
    )
    page.click("#link")
    page.wait_for_function("asks === 1")
