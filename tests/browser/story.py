"""Who appears in the newcomer's story: the visitor of the shop, the owner in Rapport, and the reader of the mail."""

from __future__ import annotations

import re
import time
import uuid
from collections.abc import Callable
from typing import Any

import httpx
from playwright.sync_api import Browser, Page, expect

from tests.browser.product import Product, person_agent


def soon(condition: Callable[[], Any], what: str, seconds: float = 15.0) -> Any:
    """The condition's value as soon as it is true; fails saying `what` did not happen."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if value := condition():
            return value
        time.sleep(0.1)
    raise AssertionError(f"not within {seconds:.0f} s: {what}")


class Visitor:
    """Somebody who comes to the shop, first nameless, then with an account."""

    def __init__(self, product: Product, browser: Browser) -> None:
        self.name = "Grace Hopper"
        self.email = f"grace-{uuid.uuid4().hex[:8]}@example.com"
        self.seen: list[str] = []
        self._page = browser.new_context(base_url=product.url, user_agent=person_agent(browser)).new_page()

    def enters_and_lets_the_shop_note_his_visit(self) -> None:
        self._page.goto("/shop/")
        assert self._page.context.cookies() == [] or "rapport_aid" not in self._cookies()
        self._page.get_by_role("button", name="Yes, you may").click()
        soon(lambda: "rapport_aid" in self._cookies(), "the tracker knows the visitor")

    def looks_at_products(self, count: int = 2) -> None:
        for number in range(count):
            self._page.goto("/shop/")
            self._page.locator("main a[href*='/shop/p/']").nth(number * 2).click()
            self._page.wait_for_url("**/shop/p/**")
            self.seen.append(self._page.locator("h1").inner_text())

    def signs_up_for_the_newsletter(self) -> None:
        self._page.get_by_role("link", name="Sign up").first.click()
        self._page.get_by_label("Your name").fill(self.name)
        self._page.get_by_label("Email address").fill(self.email)
        self._page.get_by_label("Password").fill("a quiet evening")
        self._page.get_by_role("checkbox").check()
        self._page.get_by_role("button", name="Open an account").click()
        expect(self._page.get_by_text(f"Hello, {self.name}")).to_be_visible()

    def orders(self) -> None:
        self._page.locator("main a[href*='/shop/p/']").first.click()
        self._page.get_by_role("button", name="Add to basket").click()
        self._page.get_by_role("link", name="To the checkout").click()
        self._page.get_by_label("Address", exact=True).fill("1 Harbour Road\nBristol")
        self._page.get_by_role("button", name="Place the order").click()
        expect(self._page.get_by_role("heading", name="Thank you")).to_be_visible()

    def _cookies(self) -> set[str]:
        return {cookie["name"] for cookie in self._page.context.cookies()}


class Owner:
    """The owner: looks at people and campaigns on the pages, makes segments and campaigns as his programs would."""

    def __init__(self, product: Product, browser: Browser) -> None:
        self.page: Page = product.sign_in(browser).pages[0]
        key = product.run(
            "key", "create", "--kind", "api", "--name", f"Story {uuid.uuid4().hex[:6]}", "--role", "owner"
        )
        self._api = httpx.Client(
            base_url=f"{product.url}/api/v1", headers={"Authorization": f"Bearer {key}"}, timeout=30
        )
        self._campaigns: dict[str, str] = {}
        self._segments: dict[str, str] = {}

    def asks(self, method: str, path: str, **body: Any) -> Any:
        """The API's answer; fails with the problem it states."""
        answer = self._api.request(method, path, json=body or None)
        assert answer.is_success, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json()

    def finds_in_the_people_list(self, email: str) -> None:
        """Opens the profile from the list as soon as the person is there."""

        def listed() -> bool:
            self.page.goto(f"/people/?q={email}")
            return self.page.get_by_text(email).first.is_visible()

        soon(listed, f"{email} is in the people list")
        self.page.locator("main a[href*='/people/']", has_text="Grace").first.click()
        self.page.goto(self.person_path(email))

    def person_path(self, email: str) -> str:
        people = self.asks("GET", f"/people?identifier=email:{email}")
        return f"/people/{people['data'][0]['id']}/"

    def reads_on_the_profile(self, email: str, *texts: str) -> None:
        """Each text is on the profile within seconds."""
        path = self.person_path(email)

        def missing() -> list[str]:
            self.page.goto(path)
            self.page.wait_for_timeout(400)
            content = " ".join(self.page.locator("main").inner_text().split())
            return [text for text in texts if text.casefold() not in content.casefold()]

        soon(lambda: not missing(), f"{texts} on {path}")

    def makes_a_segment(self, name: str, definition: dict[str, Any]) -> str:
        self._segments[name] = self.asks("POST", "/segments", name=name, definition=definition)["id"]
        return self._segments[name]

    def sends_a_campaign(self, name: str, segment: str) -> None:
        """Fills in the campaign's form as a newcomer would and stays on its page."""
        self.page.goto("/campaigns/new/")
        self.page.get_by_label("Name").first.fill(name)
        self.page.get_by_label("Segment").first.select_option(label=segment)
        self.page.get_by_label("Purpose").first.select_option(label="Newsletter")
        self.page.get_by_label("Template").first.select_option(label="Newsletter")
        self.page.get_by_role("button", name="Review and send").click()
        self.page.get_by_role("button", name="Send to 1 person").click()
        self.page.wait_for_url(re.compile(r"/campaigns/[\w-]+-[\w-]+/$"))
        self._campaigns[name] = self.page.url

    def orders_a_campaign(self, name: str, segment: str) -> None:
        """As his programs would, which the page does not let him do where nobody would receive it."""
        template = self.asks("GET", "/templates")["data"][0]["id"]
        values = {
            "segment": self._segments[segment],
            "template": template,
            "purpose": "newsletter",
            "channel": "email",
        }
        campaign = self.asks("POST", "/campaigns", name=name, **values)["id"]
        self.asks("POST", f"/campaigns/{campaign}/send")
        self._campaigns[name] = f"/campaigns/{campaign}/"

    def sees_results(self, campaign: str, *labels: str) -> None:
        """Each of these figures of the campaign's page is above nought."""
        path = "/campaigns/" + self._campaigns[campaign].rstrip("/").rsplit("/", 1)[-1]

        def counted() -> bool:
            row = self.asks("GET", path)["results"]
            return all(row[label] for label in labels)

        soon(counted, f"{labels} of {campaign} are counted", seconds=40)
        self.page.goto(self._campaigns[campaign])
        expect(self.page.get_by_role("heading", level=1)).to_contain_text(campaign)

    def asks_why(self, campaign: str, *texts: str) -> None:
        """Opens "Why?" beside the delivery and reads the reasons there."""
        self.page.goto(self._campaigns[campaign] + "deliveries/")
        self.page.locator("main tbody a").first.click()
        why = self.page.locator("#panel")
        expect(why.get_by_role("heading", name="Why").first).to_be_visible()
        for text in texts:
            expect(why.get_by_text(text).first).to_be_visible()


class Reader:
    """The same person at the mailbox."""

    def __init__(self, owner: Owner, email: str) -> None:
        self.page, self._email = owner.page, email

    def opens_the_mail(self, subject: str) -> None:
        def arrived() -> bool:
            self.page.goto(f"/mailbox/?to={self._email}")
            return self.page.get_by_role("link", name=subject).first.is_visible()

        soon(arrived, f"“{subject}” is in the mailbox", seconds=30)
        # Whoever opens within two seconds of sending is a machine.
        self.page.wait_for_timeout(2500)
        self.page.get_by_role("link", name=subject).first.click()
        expect(self.page.frame_locator("iframe").locator("body")).to_be_visible()

    def clicks_the_first_link(self) -> str:
        """Where the link leads."""
        with self.page.context.expect_page() as opened:
            self.page.frame_locator("iframe").locator("a[href]:visible").first.click()
        opened.value.wait_for_load_state()
        address = opened.value.url
        opened.value.close()
        return address

    def unsubscribes_with_one_click(self) -> None:
        self.page.get_by_role("button", name="Unsubscribe").click()
        self.page.wait_for_load_state()

    def newest_subject(self) -> str:
        """That of the mail that came last, as soon as there is one."""

        def arrived() -> bool:
            self.page.goto(f"/mailbox/?to={self._email}")
            return self.page.locator(".mail-subject").first.is_visible()

        soon(arrived, f"a mail for {self._email} is in the mailbox", seconds=40)
        return self.page.locator(".mail-subject").first.inner_text()
