"""The consent ledger: what somebody said last counts, however and whenever we hear of it."""

from __future__ import annotations

import datetime as dt
import itertools

import pytest
from django.core.exceptions import PermissionDenied

from rapport.core import access
from rapport.core.models import AuditEntry, OutboxEvent
from rapport.governance import queries
from rapport.governance.models import Consent, ConsentRecord
from rapport.governance.services import consent, joining
from rapport.governance.services.consent import ConsentChange
from rapport.people.models import ChangeSet, Person

pytestmark = pytest.mark.postgres

DAY = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)


def fact(person, state="granted", day=0, **changes):
    given = {
        "person_id": person.pk,
        "purpose": "newsletter",
        "channel": "email",
        "state": state,
        "at": DAY + dt.timedelta(days=day),
        "source": "shop",
        "event_message_id": f"m{day}{state}",
    }
    return ConsentChange(**(given | changes))


def record(entries):
    return consent.record_many(actor=access.system("stream"), entries=entries)


def state_of(person):
    return [(row.purpose.key, row.channel, row.state) for row in queries.consents_of(person.pk)]


def test_a_recorded_consent_is_the_state_with_a_ledger_line_an_audit_line_and_an_event(actor, person):
    ada = person(email="ada@example.com")
    line = consent.record(
        actor=actor,
        person_id=ada.pk,
        purpose="offers",
        channel="email",
        state="granted",
        at=DAY,
        source="desk",
    )
    assert state_of(ada) == [("offers", "email", "granted")]
    assert line.actor == actor.label
    assert AuditEntry.objects.get(action="consent.granted").object_id == str(ada.pk)
    assert b"Consent Granted" in bytes(OutboxEvent.objects.get().payload)
    assert ChangeSet.objects.get().people == [ada.pk]


def test_the_newest_moment_wins_in_every_order_of_arrival(person):
    statements = [("granted", 1), ("withdrawn", 2), ("granted", 3), ("withdrawn", 3)]
    for order in itertools.permutations(statements):
        ada = person()
        for state, day in order:
            record([fact(ada, state, day)])
        assert state_of(ada) == [("newsletter", "email", "withdrawn")], order


def test_one_batch_gives_the_same_state_as_one_by_one(person):
    ada = person()
    done = record([fact(ada, "withdrawn", 1), fact(ada, "granted", 2), fact(ada, "granted", 2)])
    assert (done.added, done.changed) == (2, {ada.pk})
    assert state_of(ada) == [("newsletter", "email", "granted")]


def test_a_repeated_event_adds_nothing(person):
    ada = person()
    record([fact(ada)])
    assert record([fact(ada)]) == consent.Recorded(0, set(), [])
    assert ConsentRecord.objects.count() == 1


def test_an_event_that_is_in_the_stream_already_is_not_emitted_again(actor, person):
    ada = person()
    given = {"purpose": "offers", "channel": "email", "state": "granted", "at": DAY, "source": "shop"}
    consent.record(actor=actor, person_id=ada.pk, event_message_id="m1", **given)
    assert consent.record(actor=actor, person_id=ada.pk, event_message_id="m1", **given) is None
    assert not OutboxEvent.objects.exists()


def test_what_is_unknown_is_refused_with_its_reason_and_the_rest_is_kept(person):
    ada = person()
    done = record([fact(ada), fact(ada, purpose="spying"), fact(ada, channel="pigeon")])
    assert done.added == 1
    assert [reason.split(";")[0] for _fact, reason in done.refused] == [
        "There is no purpose 'spying'.",
        "There is no channel 'pigeon'",
    ]


def test_a_moment_in_the_future_cannot_outvote_a_later_withdrawal(actor, person):
    ada = person()
    record([fact(ada, at=DAY + dt.timedelta(days=40000))])
    now = dt.datetime.now(dt.UTC) + dt.timedelta(seconds=1)
    record([fact(ada, "withdrawn", at=now)])
    assert state_of(ada) == [("newsletter", "email", "withdrawn")]


def test_a_person_decides_for_himself_only(person):
    ada, bob = person(), person()
    given = {
        "purpose": "offers",
        "channel": "email",
        "state": "withdrawn",
        "at": DAY,
        "source": "preferences",
    }
    consent.record(actor=access.for_person(str(ada.pk)), person_id=ada.pk, **given)
    with pytest.raises(PermissionDenied):
        consent.record(actor=access.for_person(str(ada.pk)), person_id=bob.pk, **given)


def test_a_merge_joins_the_consents_and_its_undoing_parts_them(person):
    ada, shade = person(), person()
    record([fact(ada, "granted", 1), fact(shade, "withdrawn", 2)])
    assert joining.merge([(ada.pk, shade.pk)]) == {shade.pk: {}}
    Person.objects.filter(pk=shade.pk).update(merged_into=ada)
    assert state_of(ada) == [("newsletter", "email", "withdrawn")]
    assert not Consent.objects.filter(person=shade).exists()
    joining.unmerge((ada.pk, shade.pk))
    assert state_of(ada) == [("newsletter", "email", "granted")]
    assert state_of(shade) == [("newsletter", "email", "withdrawn")]


def test_any_number_of_facts_takes_the_same_number_of_statements(person, django_assert_max_num_queries):
    many = [fact(person(), day=day) for day in range(20)]
    with django_assert_max_num_queries(6):
        assert record(many).added == 20


def test_clickhouse_is_shown_what_is_granted(person):
    ada = person()
    record([fact(ada), fact(ada, "withdrawn", purpose="offers")])
    assert consent.granted_column([ada.pk]) == {ada.pk: ["newsletter/email"]}


def test_a_chain_of_merges_ends_with_the_last_survivor(person):
    ada, shade, ghost = person(), person(), person()
    record([fact(ghost)])
    assert set(joining.merge([(shade.pk, ghost.pk), (ada.pk, shade.pk)])) == {ghost.pk, shade.pk}
    assert state_of(ada) == [("newsletter", "email", "granted")]


NEVER_SET, FUTURE = (
    dt.datetime(1, 1, 1, tzinfo=dt.timezone(dt.timedelta(hours=14))),
    dt.datetime(2150, 1, 1, tzinfo=dt.UTC),
)


@pytest.mark.parametrize("at", [NEVER_SET, FUTURE])
def test_nobody_grants_on_a_day_that_cannot_be_and_everybody_withdraws(person, at):
    ann = person(email="ann@example.org")
    record([fact(ann)])
    assert "1970" in record([fact(ann, purpose="offers", at=at)]).refused[0][1]
    record([fact(ann, "withdrawn", at=at)])
    assert Consent.objects.get(person=ann).state == "withdrawn"
    assert ConsentRecord.objects.get(state="withdrawn").at.year == dt.datetime.now(dt.UTC).year
