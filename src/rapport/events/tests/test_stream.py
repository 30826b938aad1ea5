"""From accepted events to persons, ClickHouse and back."""

import datetime as dt
import json
import uuid
from unittest.mock import Mock

import pytest

from rapport.core import clickhouse as ch
from rapport.core.models import SpoolBlock
from rapport.core.services import spool
from rapport.events.models import QuarantinedEvent, Source
from rapport.events.services import envelope, log
from rapport.governance.models import ConsentRequest
from rapport.people.models import Merge, Person
from rapport.people.queries import find

pytestmark = pytest.mark.postgres


def track(event, **fields):
    return {"type": "track", "event": event, **fields}


def test_an_event_makes_its_person_and_reaches_clickhouse(live, actor):
    live.ingest([track("Product Viewed", anonymousId="a1", properties={"sku": "X"})])
    who = find(actor, "anonymous_id:a1")
    assert ch.rows("SELECT person_id, event, properties.sku::String AS sku FROM events") == [
        {"person_id": who.pk, "event": "Product Viewed", "sku": "X"}
    ]


def test_the_same_message_id_counts_once(live):
    for _ in range(2):
        live.ingest([track("Order Completed", userId="u1", messageId="m1")] * 2)
    assert ch.scalar("SELECT count() FROM events") == 1


def test_anonymous_history_joins_the_person_at_identify(live, actor):
    live.ingest([track("Product Viewed", anonymousId="a1")])
    live.ingest(
        [{"type": "identify", "anonymousId": "a1", "userId": "u1", "traits": {"email": "Ann@Example.org"}}]
    )
    assert find(actor, "user_id:u1") == find(actor, "anonymous_id:a1") == find(actor, "email:ann@example.org")


def test_a_second_device_merges_into_the_known_person_with_its_history(live, actor):
    live.ingest([{"type": "identify", "anonymousId": "a1", "userId": "u1"}])
    live.ingest([track("Product Viewed", anonymousId="a2")])
    live.ingest([{"type": "identify", "anonymousId": "a2", "userId": "u1"}])
    assert Merge.objects.get().rule == "shared identifier"
    owner = "SELECT survivor_id FROM person_override FINAL WHERE person_id IN (SELECT person_id FROM events)"
    assert ch.scalar(owner) == find(actor, "user_id:u1").pk


def test_two_accounts_on_one_device_stay_two_persons(live, actor):
    live.ingest([{"type": "identify", "anonymousId": "shared", "userId": "u1"}])
    live.ingest([{"type": "identify", "anonymousId": "shared", "userId": "u2"}])
    assert find(actor, "user_id:u1") != find(actor, "user_id:u2")


def test_placeholders_glue_nobody_together(live, actor):
    live.ingest([{"type": "identify", "userId": "null", "anonymousId": f"a{i}"} for i in range(3)])
    assert Person.objects.count() == 3


def test_the_newest_trait_wins_whatever_the_order_of_arrival(live, actor):
    new = {
        "type": "identify",
        "userId": "u1",
        "traits": {"city": "York"},
        "timestamp": "2026-02-02T00:00:00Z",
    }
    old = {
        "type": "identify",
        "userId": "u1",
        "traits": {"city": "Hull"},
        "timestamp": "2026-01-01T00:00:00Z",
    }
    live.ingest([new])
    live.ingest([old])
    assert find(actor, "user_id:u1").traits == {"city": "York"}


def test_a_consent_event_reaches_the_ledger_and_the_row_in_clickhouse(live, person):
    ann = person(email="ann@example.org")
    live.ingest(
        [track("Consent Granted", userId="user-1", properties={"purpose": "newsletter", "channel": "email"})]
    )
    assert ann.consents.get().state == "granted"
    assert ch.scalar("SELECT consents FROM people FINAL WHERE person_id = {p:UUID}", {"p": ann.pk}) == [
        "newsletter/email"
    ]


def test_blocks_that_wait_behind_one_another_are_stored_with_one_insert(live, actor):
    for number in range(3):
        spool.put("events", [line(f"m{number}")])
    assert spool.flush() == 1
    assert SpoolBlock.objects.count() == 0
    assert ch.scalar("SELECT count() FROM events") == 3


def test_a_block_that_may_have_been_sent_is_never_joined_with_another(live, monkeypatch):
    spool.put("events", [line("m1")])
    monkeypatch.setattr(spool, "_store", Mock(side_effect=ConnectionError))
    with pytest.raises(ConnectionError):
        spool.flush()
    first = SpoolBlock.objects.get()
    spool.put("events", [line("m2")])
    monkeypatch.undo()
    assert (spool.flush(), spool.flush(), spool.flush()) == (1, 1, 0)
    assert (first.sealed, first.rows) == (True, 1)


def line(message_id):
    return json.dumps(
        {
            "person_id": str(uuid.uuid4()),
            "at": "2026-01-01 10:00:00.000",
            "event": "P",
            "message_id": message_id,
        }
    ).encode()


def test_a_block_with_events_of_many_months_is_stored_whole(live):
    months = [f"{year}-{month:02}-05T10:00:00Z" for year in range(2010, 2022) for month in range(1, 13)]
    live.ingest([track("Old", userId="u1", timestamp=when, messageId=when) for when in months])
    assert ch.scalar("SELECT count() FROM events") == len(months)


def test_one_row_that_the_store_refuses_is_quarantined_and_the_others_are_stored(live):
    bad = line("bad").replace(b"2026-01-01 10:00:00.000", b"no time at all")
    spool.put("events", [line("m1"), bad, line("m2")])
    assert spool.flush() == 1
    assert ch.scalar("SELECT count() FROM events") == 2
    assert QuarantinedEvent.objects.get().stage == "store"


@pytest.mark.parametrize("channel", ["email", "sms"])
def test_a_public_write_key_cannot_overturn_a_withdrawal(live, person, channel):
    """Mail can ask whose mailbox it is; of a telephone nobody is asked."""
    ann = person(email="ann@example.org")
    Source.objects.create(name="page", kind="website", write_key="wk_page")
    consent = {"userId": "user-1", "properties": {"purpose": "newsletter", "channel": channel}}
    live.ingest([track("Consent Granted", **consent)], source="page")
    live.ingest([track("Consent Withdrawn", **consent)])
    live.ingest([track("Consent Granted", **consent)], source="page")
    assert ann.consents.get().state == "withdrawn"
    refused = [row.reason for row in QuarantinedEvent.objects.all()]
    assert [("cannot overturn" in reason) for reason in refused] == ([True] if channel == "sms" else [])
    assert ConsentRequest.objects.count() == (channel == "email")
    live.ingest([track("Consent Granted", **consent)], source="server")
    assert ann.consents.get().state == "granted"


def test_what_is_left_in_partitions_that_are_not_set_any_more_is_worked_off(live, settings):
    settings.EVENT_PARTITIONS = 8
    source = Source.objects.create(name="shop", write_key="wk_shop")
    calls = [track("Ping", userId=f"u{number}", messageId=f"m{number}") for number in range(12)]
    now = dt.datetime.now(dt.UTC)
    events = [envelope.accept(json.dumps(c).encode(), type_="", received=now, sent=None) for c in calls]
    log.append(source.pk, events, now)
    settings.EVENT_PARTITIONS = 1
    live.settle()
    assert ch.scalar("SELECT count() FROM events WHERE event = 'Ping'") == 12
