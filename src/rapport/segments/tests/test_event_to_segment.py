"""From the event pipeline into a segment, through merges, out by erasure, and over the API."""

import json

import msgspec
import pytest
from django.utils import timezone

from rapport.core.models import OutboxEvent
from rapport.people.models import Merge, Person
from rapport.people.services.merging import merge_people
from rapport.people.services.unmerging import undo_merge
from rapport.segments.models import ListEntry, Membership, Segment
from rapport.segments.services import lists, merging, personal_data
from rapport.segments.services.segments import create_segment
from rapport.segments.tests.conftest import compute

BUYER = {"did": "Order Completed", "at_least": 2, "within": "30d", "where": [{"property": "total", "gt": 50}]}


def order(user_id, total, number):
    return {"type": "track", "event": "Order Completed", "userId": user_id, "messageId": f"o{number}",
            "properties": {"order_id": f"{number}", "total": total}}  # fmt: skip


@pytest.fixture
def buyers(db, clickhouse, actor):
    segment = create_segment(actor=actor, name="Buyers", definition=BUYER)
    compute()
    return segment


def test_a_click_becomes_membership(buyers, live):
    live.ingest([order("u1", 60, 1), order("u1", 70, 2), order("u2", 60, 3), order("u2", 5, 4)])
    assert Membership.objects.filter(segment=buyers).count() == 1
    assert Segment.objects.get(pk=buyers.pk).size == 1


def test_entering_comes_back_as_an_event_of_the_person(buyers, live, clickhouse):
    live.ingest([order("u1", 60, 1), order("u1", 70, 2)])
    [row] = clickhouse.rows("SELECT person_id, properties FROM events WHERE event = 'Segment Entered'")
    assert row["properties"]["segment_key"] == "buyers"
    assert row["person_id"] == Membership.objects.get().person_id


def test_anonymous_orders_count_once_the_person_is_known(buyers, live):
    anonymous = order("", 60, 1) | {"anonymousId": "a1", "userId": None}
    live.ingest([anonymous, order("u1", 70, 2)])
    assert not Membership.objects.exists()
    live.ingest([{"type": "identify", "userId": "u1", "anonymousId": "a1", "messageId": "i1"}])
    assert Merge.objects.count() <= 1
    assert Membership.objects.count() == 1


def test_a_merge_carries_the_stay_over_silently(buyers, live, world):
    ada, old = world.person({}), world.person({})
    row = Membership.objects.create(
        segment=buyers, person_id=old, entered_at=timezone.now(), definition_version=1
    )
    Segment.objects.filter(pk=buyers.pk).update(size=1)
    snapshot = merging.merge([(ada, old)])
    assert Membership.objects.get().person_id == ada
    assert (Segment.objects.get(pk=buyers.pk).size, OutboxEvent.objects.count()) == (1, 0)
    merging.unmerge((ada, old), msgspec.json.decode(msgspec.json.encode(snapshot[old])))
    assert Membership.objects.get(person_id=old).entered_at == row.entered_at


def test_a_chain_of_merges_ends_with_the_last(buyers, world):
    a, b, c = (world.person({}) for _ in range(3))
    for person in (a, b):
        Membership.objects.create(
            segment=buyers, person_id=person, entered_at=timezone.now(), definition_version=1
        )
    merging.merge([(b, a), (c, b)])
    assert list(Membership.objects.values_list("person_id", flat=True)) == [c]


def test_an_undone_merge_parts_their_lists_too(actor, person):
    ada, old = person(), person()
    both, only = (lists.create_list(actor=actor, name=name) for name in ("Both", "Only"))
    lists.add_people(actor=actor, segment=both, person_ids=[ada.pk, old.pk], how="invited")
    lists.add_people(actor=actor, segment=only, person_ids=[old.pk], how="called")
    merge = merge_people(actor=actor, survivor_id=ada.pk, absorbed_id=old.pk, rule="by hand")
    assert sorted(ListEntry.objects.values_list("segment__name", "person_id")) == [
        ("Both", ada.pk), ("Only", ada.pk),
    ]  # fmt: skip
    undo_merge(actor=actor, merge=merge)
    apart = sorted([("Both", ada.pk), ("Both", old.pk), ("Only", old.pk)])
    assert sorted(ListEntry.objects.values_list("segment__name", "person_id")) == apart
    assert sorted(Membership.objects.values_list("segment__name", "person_id")) == apart
    assert ListEntry.objects.get(segment=only).how == "called"
    assert sorted(Segment.objects.values_list("name", "size")) == [("Both", 2), ("Only", 1)]


def test_erasure_leaves_nothing_behind(buyers, live, clickhouse, django_capture_on_commit_callbacks):
    live.ingest([order("u1", 60, 1), order("u1", 70, 2)])
    person = Person.objects.get()
    assert personal_data.export([person.pk])["segments"][0]["key"] == "buyers"
    with django_capture_on_commit_callbacks(execute=True):
        assert personal_data.erase([person.pk])["segments_membership"] == 1
    assert clickhouse.scalar("SELECT count() FROM segment_members FINAL WHERE member = 1") == 0
    assert Segment.objects.get(pk=buyers.pk).size == 0


@pytest.fixture
def api(client, db):
    from rapport.core.access import system
    from rapport.core.services import keys

    _key, secret = keys.create(actor=system("test"), name="test", role="marketer")

    def call(method, path, body=None):
        answer = client.generic(
            method, f"/api/v1/segments{path}", json.dumps(body) if body is not None else "",
            content_type="application/json", headers={"Authorization": f"Bearer {secret}"},
        )  # fmt: skip
        return answer.status_code, (answer.json() if answer.content else None)

    return call


def test_the_api_makes_computes_and_lists_members(api, world):
    ada, _bob = world.person({"country": "GB"}), world.person({})
    status, segment = api("POST", "", {"name": "British", "definition": {"trait": "country", "is": "GB"}})
    assert (status, segment["key"], segment["state"]) == (201, "british", "computing")
    compute()
    assert api("GET", f"/{segment['id']}")[1]["size"] == 1
    assert [m["person_id"] for m in api("GET", "/british/members")[1]["data"]] == [str(ada)]


def test_the_api_previews(api, world):
    world.person({"country": "GB"})
    assert api("POST", "/preview", {"definition": {"all": []}}) == (
        200,
        {"count": 1, "total": 1, "warnings": []},
    )


def test_the_api_refuses_with_a_pointer(api, world):
    status, problem = api("POST", "/preview", {"definition": {"all": [{"trait": "x", "gt": "y"}]}})
    assert status == 422
    assert problem["errors"][0]["pointer"] == "/body/definition/all/0/gt"


def test_the_api_changes_archives_and_publishes_the_schema(api, world):
    api("POST", "", {"name": "A", "definition": {"all": []}})
    assert api("PATCH", "/a", {"definition": {"any": []}})[1]["version"] == 2
    assert api("DELETE", "/a")[0] == 204
    assert api("GET", "")[1]["data"] == []
    assert "$defs" in api("GET", "/schema")[1]
