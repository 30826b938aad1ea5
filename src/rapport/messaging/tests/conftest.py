from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from rapport.channels.email.transport import EmailChannel
from rapport.channels.tests.sink import Sink
from rapport.content.models import Template
from rapport.content.services import templates
from rapport.content.tests.conftest import START, clock, new_person, template
from rapport.core.clock import VirtualClock
from rapport.core.services import incarnations
from rapport.governance.models import Consent, ConsentRecord, Purpose
from rapport.messaging.models import Send
from rapport.messaging.registry import SEND_ORIGINS, Description, SendOrigin
from rapport.messaging.services import sends
from rapport.messaging.tests import driving
from rapport.people.models import Person

__all__ = ["clock", "new_person", "template"]


@pytest.fixture
def sink() -> Iterator[Sink]:
    running = Sink().start()
    yield running
    running.controller.stop()


@pytest.fixture
def channel(sink: Sink) -> Iterator[EmailChannel]:
    opened = EmailChannel(sink.url, 3)
    yield opened
    opened.close()


@pytest.fixture
def purpose(db: None) -> Purpose:
    return Purpose.objects.get_or_create(key="newsletter", defaults={"name": "Newsletter"})[0]


@pytest.fixture
def consenting(new_person: Callable[..., Person], purpose: Purpose) -> Callable[..., Person]:
    """Makes a person who agreed to the newsletter (unless told otherwise)."""

    def make(name: str, *, consent: str = "granted", **more: Any) -> Person:
        person = new_person(name, **more)
        if consent:
            decide(person, purpose, consent)
        return person

    return make


def decide(person: Person, purpose: Purpose, state: str, at: dt.datetime = START) -> None:
    line = ConsentRecord.objects.create(
        person=person, purpose=purpose, channel="email", state=state, at=at, source="form", actor="test"
    )
    Consent.objects.update_or_create(
        person=person, purpose=purpose, channel="email", defaults={"state": state, "at": at, "record": line}
    )


@pytest.fixture
def origin() -> Iterator[SendOrigin]:
    """An origin that only the tests have."""
    test_origin = SendOrigin(
        "notice",
        "Notice",
        lambda pk: f"/notices/{pk}/",
        lambda ids: {pk: Description(f"Notice {pk}", {"notice_id": pk}) for pk in ids},
    )
    with SEND_ORIGINS.temporarily(test_origin):
        yield test_origin


@pytest.fixture
def order(
    actor: Any, origin: SendOrigin, template: Template, purpose: Purpose, clock: VirtualClock
) -> Callable[..., Send]:
    """Orders a send to everybody there is (or `people`), as an origin does."""

    def order_send(origin_id: str = "1", people: Any = None, **more: Any) -> Send:
        version = templates.publish(actor=actor, template_id=template.pk, clock=clock)
        values = {"purpose": purpose, "channel": "email", "origin": "notice", "version": version} | more
        send = sends.order(actor=actor, origin_id=origin_id, clock=clock, **values)
        persons = Person.objects.order_by("name") if people is None else people
        recipients = [sends.Recipient(person.pk, {"list": "everybody"}) for person in persons]
        sends.add_recipients(send=send, recipients=recipients, now=clock.now())
        sends.seal(send=send, now=clock.now())
        incarnations.recognise(clock.now())  # as every worker does when it starts
        return send

    return order_send


@pytest.fixture
def work(channel: EmailChannel, clock: VirtualClock) -> Callable[[], None]:
    """What the worker does, until there is nothing left to do now."""

    def run() -> None:
        for _ in range(50):
            if not driving.run_once(clock, 100, channel):
                break

    return run


@pytest.fixture
def api(api_as: Callable[[str], Any], template: Template) -> Any:
    """Where a shop may send, and has a template."""
    return api_as("owner")
