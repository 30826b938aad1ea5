import json, pytest
from typing import Any
from django.urls import reverse
from rapport.journeys.models import Journey
from rapport.journeys.services import journeys
from rapport.demo.seeding.automations import _definition
from rapport.governance.models import Purpose
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

def test_look(open_page: Any, template, actor, publish, happen, new_person, purpose) -> None:
    d = _definition(str(template.pk), "newsletter")
    row = publish(d["steps"], d["trigger"], **{k: d[k] for k in ("entry", "goal")})
    for n in range(5):
        happen(new_person(f"P{n}"), "Cart Abandoned", value=20*n)
    logs = []
    tab = open_page(reverse("journeys:journey", args=[row.pk]))
    tab.on("console", lambda m: logs.append(m.text)); tab.on("pageerror", lambda e: logs.append(str(e)))
    tab.reload()
    tab.locator("r-flow[data-ready]").wait_for()
    tab.set_viewport_size({"width": 1440, "height": 1000})
    tab.screenshot(path="/tmp/rap/flow_1.png", full_page=True)
    tab.locator('[data-part="worth"]').click()
    tab.locator(".sheet-form").wait_for()
    tab.screenshot(path="/tmp/rap/flow_2.png", full_page=True)
    tab.keyboard.press("Escape")
    tab.locator('.flow-plus').nth(3).click()
    tab.screenshot(path="/tmp/rap/flow_3.png")
    tab.keyboard.type("wait un"); tab.keyboard.press("Enter")
    tab.locator(".sheet-form").wait_for()
    tab.wait_for_timeout(500)
    tab.screenshot(path="/tmp/rap/flow_4.png", full_page=True)
    tab.locator('.flow-start').click()
    tab.wait_for_timeout(500)
    tab.screenshot(path="/tmp/rap/flow_5.png")
    tab.set_viewport_size({"width": 390, "height": 844})
    tab.screenshot(path="/tmp/rap/flow_6.png")
    tab.keyboard.press("Escape")
    tab.screenshot(path="/tmp/rap/flow_7.png", full_page=True)
    tab.set_viewport_size({"width": 1440, "height": 1000})
    tab.locator('[data-do=json]').click()
    tab.wait_for_timeout(500)
    tab.emulate_media(color_scheme="dark")
    tab.screenshot(path="/tmp/rap/flow_8.png")
    tab.goto(reverse("journeys:publication", args=[row.pk]))
    tab.screenshot(path="/tmp/rap/flow_9.png", full_page=True)
    print("LOGS", logs)
