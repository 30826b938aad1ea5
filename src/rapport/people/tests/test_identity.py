"""Identity resolution: the same persons in any order, in any batches, however often, and by two workers at once."""

import datetime as dt
import random
import threading

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rapport.people import identity_types
from rapport.people.models import Identifier, IdentifierType, Merge, Person, SharedIdentifier
from rapport.people.queries import survivor_of
from rapport.people.services import identity
from rapport.people.services.merging import keep_apart
from rapport.people.services.unmerging import undo_merge
from rapport.people.tests import naive_identity

pytestmark = pytest.mark.postgres

START = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)


def sighting(number, *identifiers, explicit=False):
    at = START + dt.timedelta(minutes=number)
    return identity.Sighting(list(identifiers), at, f"m{number}", "test", explicit)


def run(sightings, size=100):
    for start in range(0, len(sightings), size):
        with transaction.atomic():
            identity.resolve(sightings[start : start + size])
    return owners()


def owners():
    owner_by_identifier = {}
    for identifier in Identifier.objects.select_related("person"):
        assert identifier.person.merged_into_id is None, (
            "an identifier belongs to somebody who was merged away"
        )
        owner_by_identifier[identifier.type, identifier.value] = identifier.person_id
    identifying = identity_types.refresh().identifying
    identified = {person for (kind, _value), person in owner_by_identifier.items() if kind in identifying}
    persons = Person.objects.filter(pk__in=owner_by_identifier.values())
    assert set(persons.filter(is_identified=True).values_list("pk", flat=True)) == identified
    return owner_by_identifier


def clear():
    Merge.objects.all().delete()
    Identifier.objects.all().delete()
    Person.objects.update(merged_into=None)
    Person.objects.all().delete()


# Each customer has one user id, two addresses and a few devices, so that no limit is reached, and any of them may
# come with any other in one event.
@st.composite
def streams(draw):
    sightings = []
    for number in range(draw(st.integers(3, 14))):
        customer = draw(st.integers(0, 2))
        pool = [
            ("user_id", f"u{customer}"),
            *(("email", f"{name}{customer}@example.org") for name in "ab"),
            *(("anonymous_id", f"d{customer}-{device}") for device in range(3)),
        ]
        chosen = draw(st.lists(st.sampled_from(pool), min_size=1, max_size=3, unique=True))
        chosen.sort(key=lambda identifier: naive_identity.STRENGTH.index(identifier[0]))
        sightings.append((number, chosen))
    return sightings


@pytest.mark.django_db
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    stream=streams(), seed=st.integers(0, 10_000), size=st.sampled_from([1, 2, 5, 100]), again=st.booleans()
)
def test_any_order_repetition_and_batching_give_the_persons_of_the_plain_model(stream, seed, size, again):
    clear()
    expected = naive_identity.persons([(START + dt.timedelta(minutes=n), f"m{n}", ids) for n, ids in stream])
    arrived = [*stream, *stream] if again else list(stream)
    random.Random(seed).shuffle(arrived)
    sightings = [sighting(number, *ids) for number, ids in arrived]
    assert run(sightings, size) == expected
    now = survivor_of({sighting.home_id for sighting in sightings})
    assert [now[sighting.home_id] for sighting in sightings] == [
        expected[sighting.identifiers[0]] for sighting in sightings
    ]


@pytest.mark.django_db
def test_the_known_customer_keeps_his_id_when_an_older_visit_turns_out_to_be_his():
    run([sighting(5, ("user_id", "u"))], 1)
    run([sighting(1, ("anonymous_id", "a")), sighting(6, ("user_id", "u"), ("anonymous_id", "a"))], 1)
    assert owners()["anonymous_id", "a"] == identity.person_id_for(("user_id", "u"))


@pytest.mark.django_db
def test_a_visitor_who_signs_in_keeps_his_id():
    run([sighting(1, ("anonymous_id", "a")), sighting(2, ("user_id", "u"), ("anonymous_id", "a"))], 1)
    assert owners()["user_id", "u"] == identity.person_id_for(("anonymous_id", "a"))
    assert not Merge.objects.exists()


@pytest.mark.django_db
def test_a_shared_mailbox_stops_taking_people_in_at_its_limit():
    run([sighting(n, ("user_id", f"u{n}"), ("email", "info@example.org")) for n in range(4)], 1)
    assert len({person for (kind, _), person in owners().items() if kind == "user_id"}) == 4


@pytest.mark.django_db
def test_a_limit_per_week_counts_only_that_week():
    IdentifierType.objects.create(
        key="email", label="Email", normaliser="email", most=1, period="week", priority=50
    )
    identity_types.refresh(now=True)
    day = 24 * 60
    run([sighting(n * day, ("user_id", "u"), ("email", f"e{n}@example.org")) for n in (0, 3, 9)], 1)
    IdentifierType.objects.all().delete()
    identity_types.refresh(now=True)
    assert sorted(value for kind, value in owners() if kind == "email") == [
        "e0@example.org",
        "e9@example.org",
    ]


@pytest.mark.django_db
def test_a_type_that_is_not_unique_is_noted_for_everybody_and_joins_nobody():
    device = ("device_id", "tablet")
    result = run([sighting(n, ("user_id", f"u{n}"), device) for n in range(2)], 1)
    assert len(set(result.values())) == 2
    assert SharedIdentifier.objects.filter(type="device_id").count() == 2


@pytest.mark.django_db
def test_an_undone_merge_stays_undone_also_through_a_third(actor):
    a, b, c = ("email", "a@example.org"), ("email", "b@example.org"), ("anonymous_id", "c")
    run([sighting(1, a), sighting(2, b), sighting(3, a, b)], 1)
    undo_merge(actor=actor, merge=Merge.objects.get())
    run([sighting(4, a, b), sighting(5, a, c), sighting(6, c, b)], 1)
    current = owners()
    assert current[a] == current[c] != current[b]


@pytest.mark.django_db
def test_undoing_an_older_merge_takes_along_who_came_by_the_parted_side(actor):
    a, b, c = ("user_id", "a"), ("email", "b@example.org"), ("anonymous_id", "c")
    run([sighting(1, a), sighting(2, b), sighting(3, c), sighting(4, a, b), sighting(5, b, c)], 1)
    undo_merge(actor=actor, merge=Merge.objects.order_by("pk").first())
    current = owners()
    assert current[b] == current[c] != current[a]


@pytest.mark.django_db
def test_identifiers_linked_since_go_with_those_they_came_with(actor):
    a, b, new = ("user_id", "a"), ("email", "b@example.org"), ("anonymous_id", "new")
    run([sighting(1, a), sighting(2, b), sighting(3, a, b), sighting(4, b, new)], 1)
    undo_merge(actor=actor, merge=Merge.objects.get())
    current = owners()
    assert current[b] == current[new] != current[a]


@pytest.mark.django_db
def test_two_who_were_called_different_are_not_joined_by_the_stream(actor):
    a, b = ("email", "a@example.org"), ("email", "b@example.org")
    result = run([sighting(1, a), sighting(2, b)], 1)
    keep_apart(actor=actor, first_id=result[a], other_id=result[b], reason="brothers")
    assert len(set(run([sighting(3, a, b)], 1).values())) == 2


def in_a_thread(sightings, seed, failures):
    try:
        order = list(sightings)
        random.Random(seed).shuffle(order)
        for step in order:
            while True:
                try:
                    with transaction.atomic():
                        identity.resolve([step])
                    break
                except identity.Raced:
                    continue
    except Exception as error:
        failures.append(error)
    finally:
        connection.close()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("seed", range(4))
def test_two_workers_on_the_same_identifiers_come_to_the_same_persons(seed):
    chance = random.Random(seed)
    pool = [("user_id", "u"), *(("email", f"{n}@example.org") for n in range(4))]
    pool += [("anonymous_id", f"d{n}") for n in range(8)]
    stream = [(n, naive_order(chance.sample(pool, 2))) for n in range(40)]
    failures = []
    workers = [
        threading.Thread(target=in_a_thread, args=([sighting(n, *ids) for n, ids in stream], turn, failures))
        for turn in (seed, seed + 100)
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
    assert failures == []
    assert owners() == naive_identity.persons(
        [(START + dt.timedelta(minutes=n), f"m{n}", ids) for n, ids in stream]
    )


def naive_order(identifiers):
    return sorted(identifiers, key=lambda identifier: naive_identity.STRENGTH.index(identifier[0]))


@pytest.mark.django_db
@pytest.mark.parametrize("identifiers", [("email",), ("user_id",), ("email", "user_id")])
@pytest.mark.parametrize("first", [0, 1, 3, 9])
def test_a_visitor_who_gives_a_name_is_identified_in_any_order(first, identifiers):
    later = [(kind, "ada@example.org" if kind == "email" else "ada") for kind in identifiers]
    visitor = ("anonymous_id", "device")
    run([sighting(first, visitor), sighting(2, *later, visitor)], size=1)
    assert list(Person.objects.filter(merged_into=None).values_list("is_identified", flat=True)) == [True]
