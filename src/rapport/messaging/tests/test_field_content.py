"""Channels whose content are fields: written, previewed, and sent like any other."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from rapport.channels.protocol import Message, Outcome, Result
from rapport.channels.registry import ADAPTERS, CHANNELS, Adapter, ChannelKind, ContentField
from rapport.content.models import Template
from rapport.governance.models import Purpose
from rapport.messaging.tests import driving
from rapport.messaging.tests.test_calls import clock, receipt

__all__ = ["clock", "receipt"]


class Loft:
    """A channel whose messages are fields."""

    key, capacity = "pigeon", 2

    def __init__(self) -> None:
        self.taken: list[Message] = []

    def deliver(self, messages: Any) -> list[Outcome]:
        self.taken += messages
        return [Outcome(Result.ACCEPTED) for _message in messages]

    def close(self) -> None:
        return


@pytest.fixture
def loft(db: None) -> Iterator[Loft]:
    loft = Loft()
    fields = (
        ContentField("title", "Title", limit=20, required=True),
        ContentField("body", "Body", "text"),
        ContentField("pace", "Pace", "choice", choices=(("slow", "Slow"), ("fast", "Fast"))),
    )

    def compose(_sender: Any, _settings: Any) -> Any:
        return lambda content: Message("", content.address, json.dumps(dict(content.fields)).encode())

    kind = ChannelKind("pigeon", "Pigeon", "phone", fields)
    adapter = Adapter("loft", "pigeon", "Loft", lambda settings: loft, compose, environment=dict)
    with CHANNELS.temporarily(kind), ADAPTERS.temporarily(adapter):
        yield loft


DRAFT = {
    "name": "Pigeon post",
    "field_title": "Hi {{ data.who }}",
    "field_body": "See https://shop.example/a",
    "field_pace": "fast",
}
TO = {"to": {"phone": "+441632960000"}, "channel": "pigeon", "purpose": "receipt"}


def test_a_channel_of_fields_is_written_previewed_and_sent(
    page: Any, api: Any, receipt: Purpose, loft: Loft, clock: Any
) -> None:
    page.post("/templates/new/", {"name": "Pigeon post", "channel": "pigeon"})
    template = Template.objects.get(name="Pigeon post")
    address = f"/templates/{template.pk}/"
    assert "Pigeon" in page.get(address).content.decode()
    saved = page.post(f"{address}draft/", DRAFT)
    assert "Draft kept" in saved.content.decode()
    call = TO | {"template": template.key, "data": {"who": "Ada"}}
    assert api("POST", "/messages", call)[0] == 202
    driving.run_once(clock, 10, loft)
    sent = json.loads(loft.taken[0].payload)
    assert (sent["title"], sent["pace"]) == ("Hi Ada", "fast")
    assert "/e/c/" in sent["body"]


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"title": ""},
        {"title": "x" * 21},
        {"title": "x", "pace": "warp"},
        {"title": "x", "hue": "red"},
        {"title": "{{ x"},
    ],
)
def test_fields_that_the_channel_cannot_take_are_refused(
    api: Any, receipt: Purpose, loft: Loft, fields: dict[str, str]
) -> None:
    call = {
        "content": fields or {"body": "x"},
        "to": {"phone": "+441632960000"},
        "channel": "pigeon",
        "purpose": "receipt",
    }
    assert api("POST", "/messages", call)[0] == 422
