from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable
from typing import Any

import pytest

from rapport.channels.models import SenderIdentity
from rapport.content.models import Template
from rapport.content.services import templates
from rapport.core.clock import VirtualClock
from rapport.core.models import Workspace
from rapport.people.models import Person

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
def new_person(db: None) -> Callable[..., Person]:
    """Makes a person with an email address."""

    def make(name: str, *, email: str | None = None, **traits: Any) -> Person:
        return Person.objects.create(
            id=uuid.uuid4(),
            name=name.title(),
            email=f"{name}@example.org" if email is None else email,
            traits=traits,
            first_seen_at=START,
            last_seen_at=START,
        )

    return make


@pytest.fixture
def template(actor: Any, db: None) -> Template:
    Workspace.objects.update_or_create(id=1, defaults={"name": "Shop", "time_zone": "Europe/London"})
    for stream in SenderIdentity.Stream.values:
        SenderIdentity.objects.update_or_create(stream=stream, defaults={"address": "shop@example.com"})
    return templates.create_template(
        actor=actor, name="Sale", subject="Hi {{ person.first_name }}", mjml=MJML
    )


@pytest.fixture
def api(api_as: Callable[[str], Any], template: Template) -> Any:
    """Where a shop may send, and has a template."""
    return api_as("owner")
