"""The editor's requests: what the sheet shows is what it sends back, and nothing is overwritten unseen."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from rapport.journeys.models import Journey
from rapport.journeys.services import journeys

CONDITION = {
    "any": [
        {"trait": "city", "op": "is", "value": "Köln"},
        {"not": {"segment": "vip"}},
        {
            "not": {
                "all": [{"property": "total", "op": "gte", "value": 50.5}, {"answer": "a.x", "op": "exists"}]
            }
        },
        {"trait": "tags", "op": "one_of", "value": ["1", 2, True]},
    ]
}
DRAFT: dict[str, Any] = {
    "trigger": {"type": "event", "event": "Cart Abandoned", "where": CONDITION, "key": "cart_id"},
    "entry": {"again": "after", "days": 7},
    "audience": {"trait": "plan", "op": "is_not", "value": "free"},
    "stay": True,
    "goal": {"event": "Order Completed"},
    "exits": [{"event": "Support Requested"}, {"event": "Left", "where": {"segment": "vip"}}],
    "late": {"hours": 2.5, "then": "end"},
    "start": "a",
    "steps": {
        "a": {"type": "wait", "for": {"days": 2, "minutes": 5}, "title": "Zeit", "note": "why\nnot", "next": "b"},
        "b": {"type": "wait_until", "time": "09:00", "weekdays": [0, 6], "next": "c"},
        "c": {"type": "share", "shares": {"x": 1, "y": 2.5}, "next": {"x": "d", "y": "e"}},
        "d": {"type": "set_traits", "traits": {"n": 1, "s": "1", "t": True, "z": ""}, "next": "e"},
        "e": {"type": "if", "if": CONDITION, "next": {"yes": "f", "no": "g"}},
        "f": {"type": "wait_event", "event": "X", "for": {"hours": 1}, "where": {"not": {"not": {"segment": "q"}}}},
        "g": {"type": "send", "channel": "email", "template": "gone", "purpose": "gone", "unheard": [1]},
    },
}  # fmt: skip


class Inputs(HTMLParser):
    """What a browser would send of a form."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.sent: list[tuple[str, str]] = []
        self._select = self._area = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        name = given.get("name") or ""
        if tag == "input" and name and (given.get("type") != "checkbox" or "checked" in given):
            self.sent.append((name, given.get("value") or ""))
        if tag == "select":
            self._select = name
        if tag == "option" and self._select and "selected" in given:
            self.sent.append((self._select, given.get("value") or ""))
        if tag == "textarea":
            self._area = name
            self.sent.append((name, ""))

    def handle_data(self, data: str) -> None:
        if self._area:
            self.sent[-1] = (self._area, self.sent[-1][1] + data)

    def handle_endtag(self, tag: str) -> None:
        self._select = "" if tag == "select" else self._select
        self._area = "" if tag == "textarea" else self._area


@pytest.fixture
def written(actor: Any, db: None) -> Journey:
    return journeys.create(actor=actor, name="Cart", definition=DRAFT)


@pytest.fixture
def send(page: Any, written: Journey) -> Callable[..., Any]:
    """`send(op, …)`: one change; (status, answer)."""

    def go(op: str, pairs: Iterator[tuple[str, str]] | None = None, **given: str) -> Any:
        written.refresh_from_db()
        data: dict[str, list[str]] = {"op": [op], "revision": [str(written.revision)]}
        for name, value in [*(pairs or ()), *given.items()]:
            data.setdefault(name, []).append(value)
        data |= {"revision": [given["revision"]]} if "revision" in given else {}
        answer = page.post(reverse("journeys:draft", args=[written.pk]), data)
        written.refresh_from_db()
        return answer.status_code, answer.json()

    return go


@pytest.mark.parametrize("part", ["", *DRAFT["steps"]])
def test_a_sheet_that_is_sent_back_untouched_changes_nothing(page, written, send, part):
    html = page.get(reverse("journeys:sheet", args=[written.pk]), {"part": part}).content.decode()
    sent = [pair for pair in Inputs(html).sent if pair[0] != "csrfmiddlewaretoken"]
    assert send("set", sent, part=part)[0] == 200
    assert written.draft == DRAFT


def test_conditions_are_built_by_buttons(written, send):
    steps = {"a": {"type": "if"}}
    journeys_before = {**DRAFT, "steps": steps}
    send("replace", text=json.dumps(journeys_before))
    send("set", part="a", action="clause:s/if")
    clause = {"trait": "", "op": "is", "value": ""}
    assert written.draft["steps"]["a"]["if"] == clause
    given = {"s/if:k": "all", "s/if:n": "1", "s/if/0:k": "trait", "s/if/0:name": "age", "s/if/0:op": "gt"}
    send("set", part="a", action="group:s/if", **given, **{"s/if/0:value": "30"})
    assert written.draft["steps"]["a"]["if"] == {
        "all": [{"trait": "age", "op": "gt", "value": 30}, {"any": [clause]}]
    }


def test_what_somebody_else_saved_is_not_overwritten(written, send):
    assert send("insert", after="a", branch="next", kind="end", revision="99")[1]["is_stale"]
    assert written.draft == DRAFT
    status, answer = send("insert", after="a", branch="next", kind="wait")
    assert (status, answer["part"], written.draft["steps"]["a"]["next"]) == (200, "wait", "wait")


def test_a_name_of_a_published_step_is_not_given_again(page, publish, clock):
    row = publish({"wait": {"type": "wait", "for": {"days": 1}}})
    path = reverse("journeys:draft", args=[row.pk])
    answer = page.post(path, {"op": "delete", "step": "wait", "revision": row.revision}).json()
    answer = page.post(path, {"op": "insert", "kind": "wait", "revision": answer["revision"]}).json()
    assert answer["part"] == "wait_2"


def test_steps_are_copied_between_journeys_and_files_are_read(page, written, send):
    path = reverse("journeys:file", args=[written.pk])
    steps = page.get(path, {"step": "e"}).content.decode()
    status, answer = send("paste", after="a", branch="next", text=steps)
    assert (status, answer["part"], len(written.draft["steps"])) == (200, "e_2", 10)
    assert send("paste", after="a", branch="next", text="[]")[0] == 422
    file = SimpleUploadedFile("journey.json", page.get(path).content)
    page.post(reverse("journeys:new"), {"name": "Again", "file": file})
    assert Journey.objects.get(name="Again").draft == written.draft
