from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from rapport.channels.email.transport import EmailChannel
from rapport.channels.tests.sink import Sink
from rapport.core.clock import VirtualClock
from rapport.core.models import Workspace
from rapport.governance.models import Consent, ConsentRecord, Purpose
from rapport.messaging.models import Campaign, Template
from rapport.messaging.services import audience, sender, templates
from rapport.people.models import Person
from rapport.segments.models import Membership, Segment

START = dt.datetime(2026, 6, 10, 12, 0, tzinfo=dt.UTC)
MJML = """<mjml><mj-body><mj-section><mj-column>
<mj-text>Hello {{ person.first_name }}</mj-text>
<mj-button href="https://shop.example/sale?who={{ person.id }}">Sale</mj-button>
<mj-text><a href="https://shop.example/about">About</a> <a href="{{ unsubscribe_url }}">Leave</a></mj-text>
</mj-column></mj-section></mj-body></mjml>"""


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock(START)


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
    found, _created = Purpose.objects.get_or_create(key="newsletter", defaults={"name": "Newsletter"})
    return found


@pytest.fixture
def segment(db: None) -> Segment:
    return Segment.objects.create(key="all", name="All", definition={"all": []})


@pytest.fixture
def consenting(segment: Segment, purpose: Purpose) -> Callable[..., Person]:
    """Makes a member of the segment who agreed to the newsletter (unless told otherwise)."""

    def make(name: str, *, consent: str = "granted", email: str | None = None, **traits: Any) -> Person:
        address = f"{name}@example.org" if email is None else email
        person = Person.objects.create(
            id=uuid.uuid4(),
            name=name.title(),
            email=address,
            traits=traits,
            first_seen_at=START,
            last_seen_at=START,
        )
        Membership.objects.create(segment=segment, person=person, entered_at=START, definition_version=1)
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
def template(actor: Any, db: None) -> Template:
    Workspace.objects.update_or_create(
        id=1, defaults={"name": "Shop", "sender_email": "shop@example.com", "time_zone": "Europe/London"}
    )
    return templates.create_template(
        actor=actor, name="Sale", subject="Hi {{ person.first_name }}", mjml=MJML
    )


@pytest.fixture
def campaign(template: Template, segment: Segment, purpose: Purpose) -> Campaign:
    return Campaign.objects.create(name="June", segment=segment, template=template, purpose=purpose)


@pytest.fixture
def work(channel: EmailChannel, clock: VirtualClock) -> Callable[[], None]:
    """What the worker does, until there is nothing left to do now."""

    def run() -> None:
        while audience.run_once(clock):
            pass
        for _ in range(50):
            if not sender.run_once(clock, 100, channel):
                break

    return run
