"""A withdrawal is about the mailbox too: whoever else is written to at the same address gets no more of it."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from rapport.content.tests.conftest import START
from rapport.core import access
from rapport.governance import queries
from rapport.governance.models import AddressWithdrawal, Purpose
from rapport.governance.services import consent, personal_data
from rapport.messaging.models import Delivery, EarlierDelivery
from rapport.messaging.queries import headline
from rapport.messaging.services import claiming, sender, tokens
from rapport.messaging.tests import driving
from rapport.messaging.views import public
from rapport.people.models import Person
from rapport.people.services import merging

pytestmark = pytest.mark.django_db
SHARED = "family@example.org"


@pytest.fixture
def ada(consenting: Any) -> Person:
    return consenting("ada", email=SHARED)


@pytest.fixture
def bob(consenting: Any) -> Person:
    return consenting("bob", email=SHARED)


@pytest.fixture
def leave(rf: Any, order: Any, work: Any, sink: Any, ada: Person, bob: Person, clock: Any) -> None:
    """Ada leaves with one click; Bob is written to at the same address."""
    order("first", people=[ada])
    work()
    path = "/" + tokens.unsubscribe_url(Delivery.objects.get().pk).split("/", 3)[3]
    request = rf.post(path, {"List-Unsubscribe": "One-Click"})
    request.clock = clock
    assert public.unsubscribe(request, path.rpartition("/")[2]).status_code == 200
    sink.taken.clear()


def test_one_click_stops_the_next_campaign_to_the_mailbox(
    leave: None, order: Any, work: Any, sink: Any, bob: Person
) -> None:
    order("second", people=[bob])
    work()
    delivery = Delivery.objects.get(send__origin_id="second")
    assert (sink.taken, delivery.reason) == ([], "address_withdrawn")
    assert delivery.explanation["gate"]["address_withdrawal"]["source"] == "one-click"


def test_why_tells_what_stopped_it(leave: None, order: Any, work: Any, bob: Person, page: Any) -> None:
    order("second", people=[bob])
    work()
    body = page.get(f"/deliveries/{Delivery.objects.get(send__origin_id='second').pk}/").content.decode()
    assert "Another person with the same address" in body
    assert "one-click" in body


def test_another_purpose_still_reaches_it(
    leave: None, order: Any, work: Any, sink: Any, bob: Person, clock: Any, actor: Any
) -> None:
    offers = Purpose.objects.get(key="offers")
    say(actor, bob, clock.now(), purpose="offers")
    order("second", people=[bob], purpose=offers)
    work()
    assert sink.recipients == [SHARED]


def test_a_later_consent_for_this_very_address_lifts_it(
    leave: None, order: Any, work: Any, sink: Any, bob: Person, clock: Any, actor: Any
) -> None:
    clock.advance(dt.timedelta(days=1))
    say(actor, bob, clock.now())
    order("second", people=[bob])
    work()
    assert sink.recipients == [SHARED]


@pytest.mark.parametrize("case", ["earlier", "other address", "public key"])
def test_nothing_else_lifts_it(
    leave: None, order: Any, work: Any, sink: Any, bob: Person, clock: Any, actor: Any, case: str
) -> None:
    clock.advance(dt.timedelta(days=1))
    if case == "other address":
        Person.objects.filter(pk=bob.pk).update(email="bob@example.org")
    at = START if case == "earlier" else clock.now()
    say(actor, bob, at, evidence={"public_key": True} if case == "public key" else {})
    Person.objects.filter(pk=bob.pk).update(email=SHARED)
    order("second", people=[bob])
    work()
    assert (sink.taken, Delivery.objects.get(send__origin_id="second").reason) == ([], "address_withdrawn")


def test_the_address_is_the_one_the_message_went_to(
    client: Any, order: Any, work: Any, sink: Any, ada: Person, bob: Person
) -> None:
    order("first", people=[ada])
    work()
    Person.objects.filter(pk=ada.pk).update(email="ada@example.org")
    path = "/" + tokens.unsubscribe_url(Delivery.objects.get().pk).split("/", 3)[3]
    client.post(path)
    order("second", people=[bob])
    work()
    assert Delivery.objects.get(send__origin_id="second").reason == "address_withdrawn"


def test_it_survives_the_erasure_of_who_left(leave: None, ada: Person, actor: Any) -> None:
    personal_data.erase([ada.pk])
    assert AddressWithdrawal.objects.count() == 1
    assert SHARED not in str(AddressWithdrawal.objects.values())


def test_it_holds_between_the_claim_and_the_hand_over(
    order: Any, ada: Person, bob: Person, clock: Any, channel: Any, sink: Any, actor: Any
) -> None:
    order("first", people=[bob])
    claimed, _judged = claiming.claim(10, clock.now(), "email", marketing=True)
    say(actor, ada, clock.now(), state="withdrawn")
    sender.Run(driving.connection_of(channel), clock).send(claimed)
    assert sink.taken == []
    driving.run_once(clock, 10, channel)
    assert Delivery.objects.get().reason == "address_withdrawn"


@pytest.mark.parametrize(
    "written",
    [
        "Family@Example.ORG",
        "\u00a0family@example.org\n",
        "family@ｅｘａｍｐｌｅ.org",
        "family@example。org",
        "family@EXAMPLE.org",
    ],
)
def test_it_holds_for_the_address_in_any_spelling(
    leave: None, order: Any, work: Any, sink: Any, bob: Person, written: str
) -> None:
    Person.objects.filter(pk=bob.pk).update(email=written)
    order("second", people=[bob])
    work()
    assert (sink.taken, Delivery.objects.get(send__origin_id="second").reason) == ([], "address_withdrawn")


@pytest.mark.parametrize(
    ("first", "other"), [("a@bücher.example", "a@xn--bcher-kva.example"), ("a@faß.de", "A@XN--FA-HIA.de")]
)
def test_it_holds_for_both_forms_of_an_international_domain(
    ada: Person, bob: Person, actor: Any, first: str, other: str
) -> None:
    Person.objects.filter(pk=ada.pk).update(email=first)
    say(actor, ada, START + dt.timedelta(days=1), state="withdrawn")
    Person.objects.filter(pk=bob.pk).update(email=other)
    assert queries.withdrawn_by_others(bob.pk)


def test_who_became_somebody_else_since_the_claim_is_judged_again(
    order: Any, ada: Person, bob: Person, clock: Any, channel: Any, sink: Any, actor: Any
) -> None:
    Purpose.objects.filter(key="newsletter").update(basis=Purpose.Basis.LEGITIMATE_INTEREST)
    order("first", people=[bob])
    claimed, _judged = claiming.claim(10, clock.now(), "email", marketing=True)
    Person.objects.filter(pk=ada.pk).update(email="other@example.org")
    say(actor, ada, clock.now(), state="withdrawn")
    merging.merge_people(actor=actor, survivor_id=ada.pk, absorbed_id=bob.pk, rule="by hand")
    sender.Run(driving.connection_of(channel), clock).send(claimed)
    assert sink.taken == []


def test_what_went_out_under_another_id_before_a_merge_counts_for_the_survivor(
    order: Any, ada: Person, bob: Person, work: Any, sink: Any, actor: Any
) -> None:
    Purpose.objects.filter(key="newsletter").update(basis=Purpose.Basis.LEGITIMATE_INTEREST)
    order("first", people=[bob])
    work()
    merging.merge_people(actor=actor, survivor_id=ada.pk, absorbed_id=bob.pk, rule="by hand")
    Person.objects.filter(pk=ada.pk).update(email="other@example.org")
    assert headline.engagement(Person.objects.get(pk=ada.pk)) == ("0 of 1 message opened", "")
    second = order("second", people=[ada])
    key = f"notice:second:{second.template_version_id}:email"
    EarlierDelivery.objects.create(send=key, person_id=bob.pk, address_hash="of another address")
    work()
    assert len(sink.taken) == 1
    assert Delivery.objects.get(send=second).reason == "earlier"


def say(actor: Any, person: Person, at: dt.datetime, **more: Any) -> None:
    values = {"purpose": "newsletter", "channel": "email", "state": "granted", "evidence": {"form": "till"}}
    consent.record(actor=access.system("test"), person_id=person.pk, at=at, source="till", **values | more)
