"""The conversation of a person: complete, in order, paged, quick, whole over merges, answered from the page."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import pytest
from django.urls import reverse

from rapport.channels.models import SenderIdentity
from rapport.core.access import Actor
from rapport.core.services import incarnations
from rapport.messaging.models import Delivery, InboundMessage
from rapport.messaging.queries import thread
from rapport.messaging.services import quotes
from rapport.people import queries as people
from rapport.people.models import Identifier, Person
from rapport.people.services import merging, unmerging

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada(consenting: Any, settings: Any, clock: Any) -> Person:
    settings.SMTP_URL = "smtp://127.0.0.1:1"
    incarnations.recognise(clock.now())
    SenderIdentity.objects.update_or_create(stream="transactional", defaults={"address": "shop@shop.example"})
    person: Person = consenting("ada")
    Identifier.objects.create(person=person, type="email", value=person.email, first_seen_at=clock.now())
    return person


def came(person: Person, at: dt.datetime, number: int = 1, **more: Any) -> InboundMessage:
    values = {
        "channel": "email",
        "provider_id": f"m{number}@x",
        "address": person.email,
        "text": f"Question {number}",
    }
    return InboundMessage.objects.create(person=person, received_at=at, recorded_at=at, **(values | more))


def test_both_directions_stand_in_order_and_page_without_gap(
    ada: Person, order: Any, work: Any, clock: Any
) -> None:
    came(ada, clock.now() - dt.timedelta(hours=1), 1)
    order("1")
    work()
    same = clock.now() + dt.timedelta(hours=1)
    rows = [came(ada, same, number) for number in range(2, 7)]
    whole = thread.conversation([ada.pk], limit=50)
    assert [entry.direction for entry in whole] == ["in"] * 5 + ["out", "in"]
    assert {entry.id for entry in whole[:5]} == {row.pk for row in rows}
    paged: list[thread.Entry] = []
    while page := thread.conversation(
        [ada.pk], before=thread.Place(paged[-1].at, paged[-1].id) if paged else None, limit=2
    ):
        paged += page
    assert [entry.id for entry in paged] == [entry.id for entry in whole]


def test_a_merged_person_has_one_conversation_and_parts_with_it(
    ada: Person, consenting: Any, actor: Actor, clock: Any
) -> None:
    bob = consenting("bob")
    came(ada, clock.now(), 1)
    came(bob, clock.now(), 2)
    merge = merging.merge_people(
        actor=actor, survivor_id=ada.pk, absorbed_id=bob.pk, rule="by hand", clock=clock
    )
    assert len(thread.conversation(people.family(ada.pk))) == 2
    unmerging.undo_merge(actor=actor, merge=merge, clock=clock)
    assert len(thread.conversation(people.family(ada.pk))) == 1


def form(page: Any, ada: Person, **more: str) -> dict[str, str]:
    shown = page.get(reverse("messaging:person", args=[ada.pk]))
    assert shown.status_code == 200
    return {"channel": "email", "seen": thread.newest_id([ada.pk]), "text": "At nine.", **more}


def test_two_tabs_and_a_double_click_send_once(page: Any, ada: Person, clock: Any) -> None:
    row = came(ada, clock.now())
    values, address = form(page, ada, to=str(row.pk)), reverse("messaging:answer", args=[ada.pk])
    for _tab in range(2):
        answer = page.post(address, values)
        assert (answer.status_code, "At nine." in answer.content.decode()) == (200, True)
    sent = Delivery.objects.get()
    assert (sent.data["subject"], sent.answer.inbound, sent.person) == ("Message", row, ada)
    assert sent.send.purpose.is_marketing is False


def test_a_newer_message_is_shown_before_an_answer_goes(page: Any, ada: Person, clock: Any) -> None:
    came(ada, clock.now())
    values, address = form(page, ada), reverse("messaging:answer", args=[ada.pk])
    came(ada, clock.now() + dt.timedelta(seconds=1), 2)
    answer = page.post(address, values)
    assert (answer.status_code, Delivery.objects.count()) == (422, 0)
    assert "newer message" in answer.content.decode()
    assert "At nine." in answer.content.decode()
    assert page.post(address, form(page, ada)).status_code == 200


def test_an_answer_taken_back_stands_in_the_form_again(page: Any, ada: Person, clock: Any) -> None:
    came(ada, clock.now())
    page.post(reverse("messaging:answer", args=[ada.pk]), form(page, ada, subject="Hours"))
    undone = page.post(reverse("messaging:answer-undo", args=[Delivery.objects.get().pk]))
    assert undone.status_code == 200
    again = page.get(reverse("messaging:person", args=[ada.pk])).content.decode()
    assert 'value="Hours"' in again
    assert ">At nine.</textarea>" in again


def test_the_form_says_what_the_gate_would(page: Any, ada: Person, clock: Any) -> None:
    came(ada, clock.now())
    address = reverse("messaging:person", args=[ada.pk])
    assert "no marketing" in page.get(address).content.decode()
    Person.objects.filter(pk=ada.pk).update(restricted_at=clock.now())
    assert "It would not be sent" in page.get(address).content.decode()


def test_the_api_lists_both_directions_and_answers(api: Any, ada: Person, clock: Any, page: Any) -> None:
    row = came(ada, clock.now(), subject="Opening", text="When?")
    body = {"reply_to": str(row.pk), "content": {"text": "At nine."}, "quote": True}
    status, sent = api("POST", "/messages", body, **{"Idempotency-Key": "k"})
    assert (status, sent["direction"], sent["subject"], sent["reply_to"]) == (
        202,
        "out",
        "Re: Opening",
        str(row.pk),
    )
    assert api("POST", "/messages", body, **{"Idempotency-Key": "k"})[1]["id"] == sent["id"]
    listed = api("GET", f"/people/{ada.pk}/messages?limit=1")[1]
    following = api("GET", f"/people/{ada.pk}/messages?limit=1&cursor={listed['next_cursor']}")[1]
    both = {entry["direction"]: entry for entry in listed["data"] + following["data"]}
    assert (both["in"]["text"], both["in"]["state"], following["next_cursor"]) == ("When?", "received", None)
    assert both["out"]["text"] == "At nine."
    assert len(api("GET", f"/people/{ada.pk}/messages?direction=in")[1]["data"]) == 1
    assert api("POST", "/messages", {"reply_to": str(uuid.uuid4()), "content": {"text": "x"}})[0] == 404
    assert api("POST", "/messages", {"content": {"text": "x"}})[0] == 422


def test_five_thousand_messages_open_as_ten_do(
    page: Any, ada: Person, clock: Any, order: Any, work: Any
) -> None:
    order("1")
    work()
    sent = Delivery.objects.get()
    rows = [
        Delivery(
            send=sent.send, person=ada, channel="email", occurrence=str(number), state="sent", context=sent.context,
            finished_at=clock.now() - dt.timedelta(minutes=number), handed_over_at=clock.now(),
        )
        for number in range(2_500)
    ]  # fmt: skip
    Delivery.objects.bulk_create(rows)
    InboundMessage.objects.bulk_create(
        InboundMessage(
            person=ada, channel="email", provider_id=f"b{number}", text="x" * 2_000,
            received_at=clock.now() - dt.timedelta(minutes=number), recorded_at=clock.now(),
        )
        for number in range(2_500)
    )  # fmt: skip
    address = reverse("messaging:person", args=[ada.pk])
    shown = page.get(address)
    assert shown.content.decode().count('class="thread-item') == 30


@pytest.mark.parametrize(
    ("text", "wording", "quoted"),
    [
        ("Yes\n\nOn Mon, 4 May 2026 at 10:00, Shop <a@b.c> wrote:\n> hi\n> there", "Yes", True),
        ("Danke!\n\nAm 3. Mai 2026 um 10:00 schrieb Shop <a@b.c>:\n\n> hallo", "Danke!", True),
        ("> hi\nanswer within\n> there\nand more", "> hi\nanswer within\n> there\nand more", False),
        ("On Monday my parcel wrote:\nnothing", "On Monday my parcel wrote:\nnothing", False),
    ],
)
def test_what_is_quoted_is_folded_and_nothing_is_lost(text: str, wording: str, quoted: bool) -> None:
    read, rest = quotes.apart(text)
    assert (read, bool(rest)) == (wording, quoted)
    assert read in text
    assert rest in text
