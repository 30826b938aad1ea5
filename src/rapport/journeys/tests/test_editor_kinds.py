"""The editor draws every trigger and every step there is, and sends back what was there."""

from __future__ import annotations

from typing import Any

import pytest
from django.urls import reverse

from rapport.journeys.registry import STEP_KINDS
from rapport.journeys.services import journeys
from rapport.journeys.services.triggers import KINDS
from rapport.journeys.tests.test_editor_pages import Inputs

TRIGGERS: dict[str, dict[str, Any]] = {
    "event": {"event": "Paid", "key": "order_id"},
    "segment_entered": {"segment": "vip"},
    "segment_left": {"segment": "vip"},
    "form": {"form": "contact"},
    "message": {"channel": "email"},
    "journey": {"journey": "5c0e7f0e-0000-4000-8000-000000000000", "when": "goal"},
    "date": {"trait": "birthday", "yearly": True, "offset": -3, "time": "09:00"},
    "schedule": {
        "segment": "vip",
        "unit": "week",
        "every": 2,
        "weekdays": [1, 3],
        "time": "08:00",
        "per_hour": 500,
    },
    "api": {},
}
WINDOW = {"from": "08:00", "until": "20:00", "otherwise": "skip"}
STEPS: dict[str, dict[str, Any]] = {
    "send": {"channel": "email", "template": "x", "purpose": "y", "window": WINDOW},
    "send_best": {
        "messages": [{"channel": "email", "template": "x"}, {"channel": "sms", "template": "y"}],
        "purpose": "z",
    },
    "reach": {"purpose": "z", "channels": ["sms", "email"]},
    "decide": {"options": {"a": {}, "b": {"if": {"segment": "vip"}}}, "by": "rules", "explore": 0.2},
    "experiment": {"experiment": "x", "variants": ["a", "b"]},
    "list": {"list": "x", "do": "remove"},
    "ask_consent": {"purpose": "x", "channel": "email", "for": {"days": 3}},
    "points": {"program": "x", "points": 50, "reason": "thanks"},
    "coupon": {"promotion": "x"},
    "notify": {"about": "x", "text": "y", "to": ["owner"]},
    "task": {"about": "x", "to": ["owner"]},
    "approval": {"about": "x", "for": {"hours": 4}},
    "webhook": {"endpoint": "x", "properties": {"a": 1}, "for": {"days": 1}},
    "journey": {"journey": "5c0e7f0e-0000-4000-8000-000000000000", "wait": True, "for": {"days": 9}},
}  # fmt: skip
ELSEWHERE = {"if", "share", "end", "wait", "wait_until", "wait_event", "set_traits", "emit"}
END = {"a": {"type": "end"}}


def unchanged(page: Any, actor: Any, definition: dict[str, Any], part: str) -> None:
    row = journeys.create(actor=actor, name="All", definition=definition)
    html = page.get(reverse("journeys:sheet", args=[row.pk]), {"part": part}).content.decode()
    data: dict[str, Any] = {"op": "set", "part": part, "revision": "1"}
    for name, value in Inputs(html).sent:
        if name not in {"csrfmiddlewaretoken", "revision", "part", "op"}:
            data.setdefault(name, []).append(value)
    answer = page.post(reverse("journeys:draft", args=[row.pk]), data)
    assert answer.status_code == 200
    row.refresh_from_db()
    assert row.draft == definition


@pytest.mark.parametrize("kind", KINDS)
def test_the_sheet_of_a_trigger_sends_back_what_was_there(page: Any, actor: Any, kind: str) -> None:
    trigger = {"type": kind, **TRIGGERS[kind]}
    unchanged(page, actor, {"trigger": trigger, "start": "a", "steps": END}, "")


@pytest.mark.parametrize("kind", sorted(kind.name for kind in STEP_KINDS if kind.name not in ELSEWHERE))
def test_the_sheet_of_a_step_sends_back_what_was_there(page: Any, actor: Any, kind: str) -> None:
    step = {"type": kind, **STEPS[kind]}
    unchanged(page, actor, {"trigger": {"type": "api"}, "start": "s", "steps": {"s": step}}, "s")


def test_every_year_can_be_taken_back(page: Any, actor: Any) -> None:
    trigger = {"type": "date", "trait": "renewal_date", "time": "09:00"}
    row = journeys.create(
        actor=actor, name="All", definition={"trigger": trigger, "start": "a", "steps": END}
    )
    html = page.get(reverse("journeys:sheet", args=[row.pk]), {"part": ""}).content.decode()
    sent = dict(Inputs(html).sent)
    assert sent.pop("s/trigger/yearly") == "1"
    page.post(reverse("journeys:draft", args=[row.pk]), {**sent, "op": "set", "part": "", "revision": "1"})
    row.refresh_from_db()
    assert row.draft["trigger"] == {**trigger, "yearly": False}
