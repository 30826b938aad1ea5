"""What comes in from nobody known is kept, waits, and becomes somebody's: by hand, or when their address is known."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.http import Http404
from django.urls import reverse

from rapport.core.access import Actor
from rapport.core.models import OutboxEvent
from rapport.core.permissions import Reach
from rapport.messaging.models import InboundMessage, Mailbox
from rapport.messaging.services import mailbox_intake, personal_data, unmatched
from rapport.messaging.tests.mails import mail
from rapport.people import queries as people
from rapport.people.models import Identifier, Person
from rapport.people.services.changes import IDENTIFIERS

pytestmark = pytest.mark.django_db


@pytest.fixture
def take(db: None, clock: Any) -> Any:
    box = Mailbox.objects.create(name="Box", host="imap.example", username="shop", created_by="test")

    def run(number: int = 1, address: str = "Who@Nowhere.Example") -> InboundMessage:
        raw = mail(
            "Hello", From=f"Who <{address}>", Subject=f"Note-{number}", Message_ID=f"<u{number}@x.example>"
        )
        mailbox_intake.take(mailbox=box, raw=raw, received_at=clock.now(), clock=clock)
        return InboundMessage.objects.get(provider_id=f"u{number}@x.example")

    return run


def replied() -> list[Any]:
    events = [json.loads(bytes(row.payload)) for row in OutboxEvent.objects.order_by("pk")]
    return [event["person_id"] for event in events if event["event"] == "Message Replied"]


def test_it_waits_and_all_of_its_address_becomes_the_new_persons(take: Any, actor: Actor, page: Any) -> None:
    first, second = take(1), take(2)
    assert (first.person, first.address, replied()) == (None, "who@nowhere.example", [])
    assert b"Note-1" in page.get(reverse("messaging:unmatched")).content
    answer = page.post(reverse("messaging:match", args=[first.pk]), {"new": "yes"})
    person = Person.objects.get(name="Who")
    assert answer.headers["Location"] == reverse("people:profile", args=[person.pk]) + "?tab=messages"
    second.refresh_from_db()
    assert (second.person, person.email) == (person, "who@nowhere.example")
    assert replied() == [str(person.pk)] * 2
    assert take(3).person == person


def test_an_existing_person_gets_the_address_beside_their_own(
    take: Any, actor: Actor, live: Any, clock: Any
) -> None:
    live.ingest([{"type": "identify", "userId": "u1", "traits": {"email": "ada@example.org"}}])
    ada = Person.objects.get()
    row = take()
    unmatched.match(actor=actor, message_id=row.pk, person_id=ada.pk, clock=clock)
    ada = people.person_for(actor, ada.pk)
    assert ada.email == "ada@example.org"
    assert ada.identifiers.filter(type="email", value="who@nowhere.example").exists()
    with pytest.raises(ValidationError):
        unmatched.match(actor=actor, message_id=row.pk, person_id=ada.pk, clock=clock)
    unmatched.unmatch(actor=actor, message_id=row.pk, clock=clock)
    assert InboundMessage.objects.get().person is None


def test_who_gets_an_address_later_gets_what_came_from_it(take: Any, new_person: Any, clock: Any) -> None:
    row, ada = take(), new_person("ada")
    Identifier.objects.create(person=ada, type="email", value=row.address, first_seen_at=clock.now())
    unmatched.adopt({ada.pk: {"trait:city"}}, clock.now())
    assert replied() == []
    unmatched.adopt({ada.pk: {IDENTIFIERS}}, clock.now())
    unmatched.adopt({ada.pk: {IDENTIFIERS}}, clock.now())
    row.refresh_from_db()
    assert (row.person, replied()) == (ada, [str(ada.pk)])


def test_what_is_put_aside_leaves_the_list_and_is_found_again(take: Any, page: Any) -> None:
    row, address = take(), reverse("messaging:unmatched")
    page.post(reverse("messaging:dismissal", args=[row.pk]))
    assert b"Note-1" not in page.get(address).content
    assert b"Note-1" in page.get(f"{address}?aside=yes").content
    page.post(reverse("messaging:dismissal", args=[row.pk]) + "?undo=yes")
    assert b"Note-1" in page.get(address).content


def test_only_who_sees_everybody_sees_them(take: Any) -> None:
    take()
    grants = {"messages.view": Reach.ALL, "people.view": Reach.OWN, "messages.answer": Reach.OWN}
    agent = Actor("user", "1", "Agent", grants)
    with pytest.raises(Http404):
        unmatched.match(actor=agent, message_id=InboundMessage.objects.get().pk, person_id=None)


def test_erasing_a_person_takes_what_waits_from_their_address(take: Any, new_person: Any, clock: Any) -> None:
    row, ada = take(), new_person("ada")
    Identifier.objects.create(person=ada, type="email", value=row.address, first_seen_at=clock.now())
    assert personal_data.export([ada.pk])["messages"][0]["text"] == "Hello"
    personal_data.erase([ada.pk])
    assert not InboundMessage.objects.exists()
