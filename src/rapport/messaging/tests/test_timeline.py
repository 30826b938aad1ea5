"""What the timeline shows of messages, and the ways from a profile to the form that answers; looking writes nothing."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
from django.urls import reverse

from rapport.core.access import Actor
from rapport.events.wording import Happening
from rapport.governance.models import Purpose
from rapport.messaging.models import Delivery
from rapport.messaging.services import timeline
from rapport.messaging.tests.test_thread import ada, came  # noqa: F401
from rapport.people.models import Person

pytestmark = pytest.mark.django_db


def happened(person: Person, name: str, clock: Any, **properties: Any) -> Happening:
    values = {"kind": "messages", "icon": "mail", "sentence": "It happened", "properties": properties}
    now, message_id = clock.now(), f"{name}:{person.pk}:{len(properties)}"
    return Happening(person.pk, message_id, now, now, name, "track", "Rapport", **values)


def test_messages_stand_with_their_words_and_those_of_others_do_not(
    ada: Person,  # noqa: F811
    consenting: Any, order: Any, work: Any, clock: Any, actor: Actor,
) -> None:  # fmt: skip
    bob, long = consenting("bob"), "See https://example.org/a?b=c now. " + "word " * 100
    order("1")
    work()
    ours, theirs = Delivery.objects.get(person=ada), Delivery.objects.get(person=bob)
    row = came(ada, clock.now(), subject="Hours?", text=long)
    sent, replied, forged, malformed = (
        happened(ada, "Message Sent", clock, delivery_id=str(ours.pk), channel="email"),
        happened(ada, "Message Replied", clock, message_id=str(row.pk)),
        happened(ada, "Message Sent", clock, delivery_id=str(theirs.pk)),
        happened(ada, "Message Sent", clock, delivery_id=["x"], a=1, b=2),
    )
    shown = timeline.records(actor, [sent, replied, malformed])
    assert set(shown) == {sent.message_id, replied.message_id}
    assert (shown[sent.message_id].subject, bool(shown[sent.message_id].text)) == ("Hi Ada", True)
    assert shown[replied.message_id].text.startswith("See now. word")
    assert len(shown[replied.message_id].text) <= timeline.MOST + 2
    assert str(row.pk) in shown[replied.message_id].goes_on_at
    assert timeline.records(actor, [dataclasses.replace(forged, message_id="f")]) == {}


def test_looking_at_the_form_writes_nothing_and_says_what_the_gate_would(
    ada: Person,  # noqa: F811
    page: Any, clock: Any,
) -> None:  # fmt: skip
    came(ada, clock.now())
    shown = page.get(reverse("messaging:person", args=[ada.pk]), {"channel": "email"}).content.decode()
    assert "It may be sent" in shown
    assert not Purpose.objects.filter(key="answers").exists()
    assert 'name="quotes" checked' in shown


@pytest.mark.parametrize("set_up", [True, False])
def test_an_address_leads_to_the_form_where_mail_can_be_sent(
    ada: Person,  # noqa: F811
    page: Any, settings: Any, set_up: bool,
) -> None:  # fmt: skip
    settings.SMTP_URL = settings.SMTP_URL if set_up else ""
    shown = page.get(reverse("people:profile", args=[ada.pk])).content.decode()
    assert ("?tab=messages&amp;channel=email" in shown) is set_up
    assert ("mailto:" in shown) is not set_up
    tab = page.get(reverse("people:profile", args=[ada.pk]), {"tab": "messages", "to": "x"}).content.decode()
    assert f"{reverse('messaging:person', args=[ada.pk])}?to=x" in tab
