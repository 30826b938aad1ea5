"""A journey is built with keyboard and mouse in a real browser, published, and somebody passes it."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.urls import reverse

from rapport.core.clock import SYSTEM, VirtualClock
from rapport.journeys.models import Enrolment, HeardEvent, Journey
from rapport.journeys.services import hearing, journeys, loop

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def ready(tab: Any) -> Any:
    flow = tab.locator("r-flow[data-ready]")
    flow.wait_for()
    return flow


def saved(tab: Any, row: Journey) -> dict[str, Any]:
    """The draft, once the page says that it is saved."""
    tab.locator(".flow-state", has_text="Saved").wait_for()
    row.refresh_from_db()
    steps: dict[str, Any] = row.draft["steps"]
    return steps


def add(tab: Any, place: Any, typed: str) -> None:
    place.focus()
    tab.keyboard.press("Enter")
    tab.get_by_placeholder("Search steps").wait_for()
    tab.keyboard.type(typed)
    tab.keyboard.press("Enter")


def build(tab: Any) -> Journey:
    tab.get_by_label("Name").first.fill("Cart left behind")
    tab.get_by_role("button", name="Start from nothing").click()
    ready(tab)
    tab.locator(".flow-start").click()
    tab.get_by_label("Event").first.fill("Cart Abandoned")
    tab.keyboard.press("Escape")
    add(tab, tab.locator(".flow-plus"), "wait for")
    tab.locator("#sheet-title", has_text="Wait for a while").wait_for()
    tab.get_by_label("Title").fill("Time to think")
    tab.keyboard.press("Escape")
    tab.locator(".flow-title", has_text="Time to think").wait_for()
    add(tab, tab.locator(".flow-plus").last, "condition")
    tab.get_by_role("button", name="Add a condition").click()
    tab.get_by_label("What it looks at").select_option("property")
    tab.locator("[name='s/if/0:name'][list=suggest-property]").fill("total")
    tab.get_by_label("Comparison").select_option("gte")
    tab.get_by_label("Value").fill("50")
    tab.keyboard.press("Escape")
    tab.locator(".flow-words", has_text="total is at least 50").wait_for()
    return Journey.objects.get()


def test_a_journey_is_built_published_and_passed(open_page: Any, new_person: Any) -> None:
    tab = open_page(reverse("journeys:new"))
    row = build(tab)
    add(tab, tab.locator("[data-after=if][data-branch=yes]"), "change")
    tab.get_by_role("button", name="Add a row").click()
    tab.locator("[name='s/traits_key']").fill("worth")
    tab.locator("[name='s/traits_value']").fill("1")
    tab.keyboard.press("Escape")
    tab.locator(".flow-words", has_text="Change worth").wait_for()
    assert saved(tab, row)["set_traits"]["traits"] == {"worth": 1}
    tab.get_by_role("link", name="Publish").click()
    tab.get_by_role("button", name="Publish").click()
    tab.locator(".toast", has_text="Version 1 is live.").wait_for()
    ada, clock = new_person("Ada"), VirtualClock(SYSTEM.now())
    HeardEvent.objects.create(
        shard=ada.pk.int % hearing.SHARDS, key="1", event="Cart Abandoned", person=ada.pk, at=clock.now(),
        properties=b'{"total": 80}',
    )  # fmt: skip
    loop.run_once(clock)
    clock.advance(dt.timedelta(days=1))
    loop.run_once(clock)
    assert Enrolment.objects.get().outcome == "completed"
    tab.reload()
    ready(tab)
    assert "Passed 1" in " ".join(tab.locator("[data-part=set_traits]").inner_text().split())
    assert "100%" in tab.locator(".flow-branch").first.inner_text()


STEPS = {
    "one": {"type": "wait", "for": {"days": 1}, "title": "One", "next": "two"},
    "two": {"type": "wait", "for": {"days": 2}, "title": "Two", "next": "three"},
    "three": {"type": "end", "title": "Three"},
}


@pytest.fixture
def written(actor: Any, db: None) -> Journey:
    definition = {"trigger": {"type": "api"}, "start": "one", "steps": STEPS}
    return journeys.create(actor=actor, name="Steps", definition=definition)


def test_steps_are_moved_copied_deleted_and_brought_back(open_page: Any, written: Journey) -> None:
    tab = open_page(reverse("journeys:journey", args=[written.pk]), size="narrow")
    ready(tab)
    tab.locator("[data-part=two]").focus()
    tab.keyboard.press("Alt+ArrowUp")
    tab.locator(".flow-item", has_text="Two").first.locator("xpath=self::*[following-sibling::*]").wait_for()
    assert saved(tab, written)["two"]["next"] == "one"
    tab.locator("[data-part=two]").focus()
    tab.keyboard.press("m")
    tab.locator("[data-picking]").wait_for()
    tab.locator("[data-after=one]").press("Enter")
    tab.locator("r-flow:not([data-picking]) [data-part=one] >> visible=true").wait_for()
    assert saved(tab, written)["one"]["next"] == "two"
    tab.locator("[data-part=two]").focus()
    tab.keyboard.press("Delete")
    tab.locator("[data-part=two]").wait_for(state="detached")
    assert saved(tab, written)["one"]["next"] == "three"
    tab.keyboard.press("Control+z")
    tab.locator("[data-part=two]").wait_for()
    assert saved(tab, written) == STEPS
    tab.locator("[data-part=one]").focus()
    tab.keyboard.press("Control+c")
    tab.locator(".toast", has_text="Copied.").wait_for()
    tab.keyboard.press("Control+v")
    tab.locator(".flow-card[data-part=one_2]").wait_for()
    assert saved(tab, written)["one"]["next"] == "one_2"
    tab.get_by_role("button", name="Undo").click()
    tab.locator("[data-part=one_2]").wait_for(state="detached")
    tab.locator("[data-part=two]").drag_to(tab.locator(".flow-plus").first)
    tab.locator(".flow-item").first.locator("[data-part=two]").wait_for()
    assert saved(tab, written)["two"]["next"] == "one"


def test_json_and_flow_show_one_draft_and_a_second_tab_overwrites_nothing(
    open_page: Any, written: Journey, actor: Any
) -> None:
    tab = open_page(reverse("journeys:journey", args=[written.pk]))
    ready(tab)
    tab.get_by_role("button", name="JSON").click()
    editor = tab.get_by_role("textbox", name="Definition as JSON")
    editor.click()
    tab.keyboard.press("Control+Home")
    tab.keyboard.type("x")
    tab.get_by_role("button", name="JSON").click()
    tab.get_by_text("This is not JSON:").wait_for()
    tab.keyboard.press("Control+z")
    tab.get_by_role("button", name="JSON").click()
    tab.locator("[data-part=one]").click()
    assert written.draft["steps"] == STEPS
    journeys.edit(actor=actor, journey_id=written.pk, definition={**written.draft, "stay": False})
    tab.get_by_label("Title").fill("Mine")
    tab.get_by_text("Load what was saved").wait_for()
    written.refresh_from_db()
    assert (written.draft["stay"], written.draft["steps"]) == (False, STEPS)
