"""Several senders claim at the same time, and caps and addresses are still counted once."""

from __future__ import annotations

import datetime as dt
import threading
import uuid
from collections import Counter
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection, transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from rapport.content.tests.conftest import START
from rapport.messaging.models import Delivery, FrequencyCap, SendingPolicy
from rapport.messaging.services import claiming, sender
from rapport.messaging.services.gate import GateInput
from rapport.messaging.services.marketing_rules import Marketing, Policy, Received
from rapport.people.queries.contact import Contact

SIX_HOURS = dt.timedelta(hours=6)


@pytest.fixture
def other() -> Any:
    """Runs a function in a thread with a connection of its own."""
    with ThreadPoolExecutor(1) as threads:

        def run(function: Callable[[], Any]) -> Future[Any]:
            def work() -> Any:
                try:
                    return function()
                finally:
                    connection.close()

            return threads.submit(work)

        yield run


def claim(limit: int = 100) -> list[str]:
    claimed, _judged = claiming.claim(limit, START, "email", marketing=True)
    return [row.fact.contact.name for row in claimed if row.fact.contact]


def waits_for_lock() -> bool:
    """Whether another connection waits for an advisory lock, soon."""
    for _ in range(200):
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_sleep(0.01), count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
            )
            if cursor.fetchone()[1]:
                return True
    return False


@pytest.mark.django_db(transaction=True)
def test_a_sender_does_not_wait_for_another_that_decides_about_other_people(
    consenting: Any, order: Any, other: Any
) -> None:
    FrequencyCap.objects.create(messages=1, hours=168)
    for name in ("ada", "bob", "cleo", "dan"):
        consenting(name)
    order()
    with transaction.atomic():
        first = claim(2)
        second = other(claim).result(timeout=20)  # while the first has not committed
    assert (sorted(first + second), len(first)) == (["Ada", "Bob", "Cleo", "Dan"], 2)


@pytest.mark.django_db(transaction=True)
def test_two_senders_with_two_messages_to_one_person_keep_the_cap(
    consenting: Any, order: Any, other: Any
) -> None:
    FrequencyCap.objects.create(messages=1, hours=168)
    consenting("ada")
    order("first")
    order("second")
    with transaction.atomic():
        assert claim(1) == ["Ada"]
        second = other(claim)
        assert waits_for_lock()
    assert second.result(timeout=20) == []
    assert sorted(Delivery.objects.values_list("reason", flat=True)) == ["", "capped"]


@pytest.mark.django_db(transaction=True)
def test_two_senders_give_one_address_of_a_send_one_message(consenting: Any, order: Any, other: Any) -> None:
    consenting("ada", email="home@example.org")
    consenting("bob", email="home@example.org")
    order()
    with transaction.atomic():
        assert len(claim(1)) == 1
        second = other(claim)
        assert waits_for_lock()
    assert second.result(timeout=20) == []
    assert sorted(Delivery.objects.values_list("reason", flat=True)) == ["", "duplicate"]


@pytest.mark.django_db(transaction=True)
def test_many_senders_at_once_claim_everybody_once_and_nobody_above_the_cap(
    consenting: Any, order: Any
) -> None:
    FrequencyCap.objects.create(messages=2, hours=168)
    for number in range(12):
        consenting(f"p{number:02}")
    for number in range(4):
        order(str(number))
    start = threading.Barrier(4)

    def work() -> list[str]:
        try:
            start.wait(timeout=20)
            return [name for _ in range(30) for name in claim(3)]
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as threads:
        claims = [future.result(timeout=60) for future in [threads.submit(work) for _ in range(4)]]
    counted = Counter(name for names in claims for name in names)
    assert set(counted.values()) == {2}
    assert len(counted) == 12
    assert Counter(Delivery.objects.values_list("state", flat=True)) == {"claimed": 24, "skipped": 24}


@pytest.mark.django_db
def test_a_reminder_to_one_person_goes_out_beside_a_campaign_that_was_there_first(
    consenting: Any, order: Any, clock: Any
) -> None:
    for number in range(40):
        consenting(f"p{number:02}")
    order("campaign")
    clock.advance(dt.timedelta(minutes=1))
    reminder = order("reminder", people=[consenting("zoe")])
    claimed, _judged = claiming.claim(10, clock.now(), "email", marketing=True)
    assert reminder.pk in [claim.fact.send_id for claim in sender._in_turns(claimed)[:2]]


def test_lock_keys_are_in_one_order_for_everybody() -> None:
    assert claiming._keys(["a", "b", "c"]) == claiming._keys(["c", "a", "b"])
    assert len(set(claiming._keys(map(str, range(1000))))) == 1000


PEOPLE = [Contact(uuid.UUID(int=n), "", "", {}, f"{n % 3}@example.org", "", []) for n in range(5)]
RECEIVED = Received("email", "p", START - SIX_HOURS)
rows = st.tuples(
    st.sampled_from(PEOPLE), st.integers(1, 3), st.sampled_from(["consent", "contract"]), st.booleans()
)


@given(st.lists(rows, max_size=30), st.integers(1, 4), st.dictionaries(st.integers(0, 4), st.integers(0, 5)))
@settings(max_examples=200, deadline=None)
def test_a_batch_never_exceeds_the_cap_and_never_holds_back_what_it_allows(
    batch: list[Any], cap: int, before: dict[int, int]
) -> None:
    candidates = [fact(row, before) for row in batch]
    judged = claiming.judge(
        candidates, Policy(SendingPolicy(), "UTC", [FrequencyCap(messages=cap, hours=168)]), START
    )
    used, taken = Counter(before), set()
    for read, (_fact, verdict) in zip(candidates, judged, strict=True):
        number, place = read.contact.id.int, (read.send_id, read.address)
        fits = not read.is_marketing or used[number] < cap
        assert verdict.allowed == (not read.refusal and place not in taken and fits)
        if verdict.allowed:
            taken.add(place)
            used[number] += read.is_marketing


def fact(row: tuple[Contact, int, str, bool], before: dict[int, int]) -> GateInput:
    contact, send, basis, refused = row
    return GateInput(
        send_id=send, contact=contact, address=contact.address, occurrence="", data={},
        delivery_id=contact.id, fence=0, attempts=0, earlier="", purpose="p",
        basis=basis, consent=None, consent_at=None, consent_record=None, consent_source=None, suppressed=None,
        address_withdrawn_at=None, address_source=None,
        refusal="withdrawn" if refused else "", channel="email", expires_at=START + SIX_HOURS, cancelled=False,
        duplicate=False, marketing=Marketing((RECEIVED,) * before.get(contact.id.int, 0)),
    )  # fmt: skip
