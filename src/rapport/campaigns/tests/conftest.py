from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from rapport.campaigns.models import Campaign
from rapport.campaigns.services import campaigns, variants
from rapport.campaigns.services.audience import NAME
from rapport.campaigns.services.variants import Alternative, Terms
from rapport.channels.email.transport import EmailChannel
from rapport.content.models import Template
from rapport.content.services import templates
from rapport.content.tests.conftest import MJML, START, api, clock, new_person, template
from rapport.core import access, jobs
from rapport.core.access import Actor
from rapport.core.clock import VirtualClock
from rapport.core.models import User
from rapport.governance.models import Purpose
from rapport.messaging.tests import driving
from rapport.messaging.tests.conftest import channel, decide, purpose, sink
from rapport.people.models import Person
from rapport.segments.models import Membership, Segment

__all__ = ["api", "channel", "clock", "new_person", "purpose", "sink", "template"]


@pytest.fixture
def actor(user: User) -> Actor:
    """Somebody who is there: jobs ask for the rights of their requester again."""
    return access.for_user(user)


@pytest.fixture
def segment(db: None) -> Segment:
    return Segment.objects.create(key="all", name="All", definition={"all": []})


@pytest.fixture
def consenting(
    new_person: Callable[..., Person], segment: Segment, purpose: Purpose
) -> Callable[..., Person]:
    """Makes a member of the segment who agreed to the newsletter (unless told otherwise)."""

    def make(name: str, *, consent: str = "granted", **more: Any) -> Person:
        person = new_person(name, **more)
        Membership.objects.create(segment=segment, person=person, entered_at=START, definition_version=1)
        if consent:
            decide(person, purpose, consent)
        return person

    return make


@pytest.fixture
def campaign(template: Template, segment: Segment, purpose: Purpose) -> Campaign:
    return Campaign.objects.create(
        name="June", segment=segment, template=template, purpose=purpose, channel="email"
    )


@pytest.fixture
def work(channel: EmailChannel, clock: VirtualClock) -> Callable[[], None]:
    """What the worker does, until there is nothing left to do now."""

    def run() -> None:
        while jobs.run_once(clock, NAME):
            pass
        for _ in range(50):
            if not driving.run_once(clock, 100, channel):
                break

    return run


@pytest.fixture
def other(actor: Any) -> Template:
    return templates.create_template(actor=actor, name="Other", subject="Other", mjml=MJML)


@pytest.fixture
def order(actor: Any, campaign: Any, other: Template, clock: Any) -> Callable[..., None]:
    """`order(share=50)`: sent with a test."""

    def send(**terms: Any) -> None:
        variants.set_test(
            actor=actor, campaign=campaign, others=[Alternative(other)], terms=Terms(**terms), clock=clock
        )
        campaigns.send_campaign(actor=actor, campaign_id=campaign.pk, clock=clock)

    return send
