"""The person's answer decides: before it nothing is stored or sent, after a refusal nothing is kept."""

from __future__ import annotations

import pytest
from playwright.sync_api import BrowserContext, Page

from tests.browser.capture import CaptureServer

GPC = "Object.defineProperty(navigator, 'globalPrivacyControl', {value: true})"


def traces(page: Page, context: BrowserContext) -> list[str]:
    """The names of everything the tracker left in the browser."""
    return page.evaluate("Object.keys(localStorage)") + [cookie["name"] for cookie in context.cookies()]


@pytest.fixture
def asking(capture: CaptureServer) -> CaptureServer:
    capture.head = capture.tag(consent="required", auto_page="on")
    return capture


def use(page: Page) -> None:
    page.evaluate("analytics.identify('u1', {email: 'ada@example.com'}); analytics.track('Seen')")
    page.wait_for_timeout(800)


def test_before_the_answer_nothing_is_stored_or_sent(
    page: Page, context: BrowserContext, asking: CaptureServer
) -> None:
    page.goto(asking.site)
    use(page)
    page.goto(f"{asking.site}/other")
    page.wait_for_timeout(300)
    assert asking.requests == []
    assert traces(page, context) == []
    assert page.evaluate("analytics.consent()") == {"analytics": None, "gpc": False}


def test_with_consent_what_waited_on_this_page_is_sent(page: Page, asking: CaptureServer) -> None:
    page.goto(asking.site)
    use(page)
    page.evaluate("analytics.consent({analytics: true})")
    asking.wait(lambda: len(asking.kept) == 3)
    assert asking.names() == ["page", "identify", "Seen"]
    assert asking.kept[0]["context"]["consent"] == {
        "categoryPreferences": {"analytics": True},
        "explicit": True,
    }
    assert len({event["anonymousId"] for event in asking.kept}) == 1


def test_consent_is_remembered_on_the_next_page(page: Page, asking: CaptureServer) -> None:
    page.goto(asking.site)
    page.evaluate("analytics.consent({analytics: true})")
    asking.wait(lambda: len(asking.kept) == 1)
    page.goto(f"{asking.site}/other")
    asking.wait(lambda: len(asking.kept) == 2)


def test_after_a_refusal_nothing_is_kept(page: Page, context: BrowserContext, asking: CaptureServer) -> None:
    page.goto(asking.site)
    page.evaluate("analytics.consent({analytics: false})")
    use(page)
    assert asking.requests == []
    assert traces(page, context) == []
    assert page.evaluate("analytics.consent().analytics") is False


def test_a_withdrawal_the_server_did_not_hear_is_told_again_and_kept_nowhere(
    page: Page, context: BrowserContext, capture: CaptureServer
) -> None:
    page.goto(capture.site)
    capture.answers = [(503, {}), (503, {})]
    page.evaluate("""() => { analytics.page(); analytics.track('Seen');
        analytics.consent({analytics: false, purposes: [{purpose: 'profiling', granted: false}]}); }""")
    assert traces(page, context) == ["rapport_consent", "rapport_consent"]
    capture.wait(lambda: len(capture.kept) == 3)
    assert capture.names() == ["page", "Seen", "Consent Withdrawn"]
    assert [request["status"] for request in capture.requests] == [503, 503, 200]


def test_withdrawing_sends_the_withdrawal_and_wipes_the_browser(
    page: Page, context: BrowserContext, asking: CaptureServer
) -> None:
    page.goto(asking.site)
    page.evaluate("analytics.consent({analytics: true}); analytics.identify('u1')")
    asking.wait(lambda: len(asking.kept) == 2)
    page.evaluate("analytics.consent({analytics: false, purposes: [{purpose: 'profiling', granted: false}]})")
    page.evaluate("analytics.track('After')")
    asking.wait(lambda: len(asking.kept) == 3)
    page.wait_for_timeout(700)
    assert asking.names() == ["page", "identify", "Consent Withdrawn"]
    assert traces(page, context) == []


def test_withdrawing_in_one_tab_counts_in_the_other(
    page: Page, context: BrowserContext, asking: CaptureServer
) -> None:
    page.goto(asking.site)
    page.evaluate("analytics.consent({analytics: true})")
    other = context.new_page()
    other.goto(asking.site)
    page.evaluate("analytics.consent({analytics: false})")
    other.wait_for_function("analytics.consent().analytics === false")
    other.evaluate("analytics.track('After')")
    assert traces(other, context) == []


def test_a_purpose_is_recorded_as_a_consent_event(page: Page, capture: CaptureServer) -> None:
    page.goto(capture.site)
    page.evaluate(
        """const purpose = 'newsletter', channel = 'email';
        analytics.consent({purpose, channel, wording: 'Yes, write to me', form: 'sign-up'});
        analytics.consent({purpose: 'newsletter', channel: 'email', granted: false})"""
    )
    capture.wait(lambda: len(capture.kept) == 2)
    assert capture.names() == ["Consent Granted", "Consent Withdrawn"]
    assert capture.kept[0]["properties"] == {
        "purpose": "newsletter", "channel": "email", "wording": "Yes, write to me", "form": "sign-up",
    }  # fmt: skip
    assert capture.kept[1]["properties"] == {"purpose": "newsletter", "channel": "email"}


def test_where_collecting_is_the_default_a_refusal_is_remembered(
    page: Page, context: BrowserContext, capture: CaptureServer
) -> None:
    capture.head = capture.tag(auto_page="on")
    page.goto(capture.site)
    capture.wait(lambda: len(capture.kept) == 1)
    page.evaluate("analytics.consent({analytics: false})")
    page.goto(f"{capture.site}/other")
    page.wait_for_timeout(800)
    assert len(capture.kept) == 1
    assert set(traces(page, context)) == {"rapport_consent"}


def test_an_answer_known_before_the_script_counts_from_the_start(page: Page, capture: CaptureServer) -> None:
    stub = "<script>window.analytics = [['track', 'Early'], ['consent', {analytics: false}]]</script>"
    capture.head = stub + capture.tag(auto_page="on")
    page.goto(capture.site)
    page.wait_for_timeout(800)
    assert capture.requests == []


def test_off_collects_nothing_until_the_person_says_yes(
    page: Page, context: BrowserContext, capture: CaptureServer
) -> None:
    capture.head = capture.tag(consent="off", auto_page="on")
    page.goto(capture.site)
    use(page)
    assert traces(page, context) == []
    page.evaluate("analytics.consent({analytics: true})")
    capture.wait(lambda: capture.names() == ["page"])


def test_a_misspelt_consent_mode_asks(page: Page, capture: CaptureServer) -> None:
    capture.head = capture.tag(consent="requird", auto_page="on")
    page.goto(capture.site)
    use(page)
    assert capture.requests == []


def test_global_privacy_control_is_a_refusal(
    page: Page, context: BrowserContext, capture: CaptureServer
) -> None:
    page.add_init_script(GPC)
    capture.head = capture.tag(auto_page="on")
    page.goto(capture.site)
    use(page)
    assert capture.requests == []
    assert traces(page, context) == []
    assert page.evaluate("analytics.consent()") == {"analytics": False, "gpc": True}


def test_an_explicit_yes_after_global_privacy_control_counts(page: Page, capture: CaptureServer) -> None:
    page.add_init_script(GPC)
    capture.head = capture.tag(auto_page="on")
    page.goto(capture.site)
    page.evaluate("analytics.consent({analytics: true})")
    capture.wait(lambda: capture.names() == ["page"])
    page.goto(f"{capture.site}/other")
    capture.wait(lambda: len(capture.kept) == 2)
    assert {event["context"]["gpc"] for event in capture.kept} == {True}


def test_global_privacy_control_switched_on_later_wipes_the_browser(
    page: Page, context: BrowserContext, capture: CaptureServer
) -> None:
    page.goto(capture.site)
    page.evaluate("analytics.consent({analytics: true}); analytics.identify('u1')")
    capture.wait(lambda: capture.kept)
    page.add_init_script(GPC)
    page.goto(f"{capture.site}/other")
    assert traces(page, context) == []
    capture.wait(lambda: "Privacy Signal Received" in capture.names())
    objection = next(event for event in capture.kept if event.get("event") == "Privacy Signal Received")
    assert (objection["userId"], objection["context"]["gpc"]) == ("u1", True)
    page.goto(f"{capture.site}/third")
    page.wait_for_timeout(300)
    assert capture.names().count("Privacy Signal Received") == 1
