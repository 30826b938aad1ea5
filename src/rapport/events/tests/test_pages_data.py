"""Timelines and the pages under Data, on the real engines."""

from __future__ import annotations

import uuid

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.utils.html import escape

from rapport.core.models import AuditEntry, User
from rapport.events import queries
from rapport.events.catalogue import observe
from rapport.events.models import QuarantinedEvent, Source
from rapport.events.services import sources
from rapport.people.queries import find

ORDER = {
    "order_id": "1001",
    "total": 45.20,
    "currency": "GBP",
    "products": [{"name": "Mug", "quantity": 2}, {"name": "Tea"}],
}


def order(message: str = "an-order", user: str = "c-1", **more) -> dict:
    call = {
        "type": "track",
        "event": "Order Completed",
        "userId": user,
        "messageId": message,
        "properties": ORDER,
    }
    return call | more


def test_the_timeline_tells_an_order_in_words(page, live, actor):
    live.ingest([order()])
    html = page.get(f"/data/people/{find(actor, 'user_id:c-1').pk}/timeline/").content.decode()
    assert "Ordered 3 products for £45.20" in html


def test_the_timeline_in_its_own_tab_is_a_whole_page_and_older_events_too(page, live, actor):
    live.ingest([order(f"m{n}", timestamp=f"2026-01-02T10:{n:02}:00Z") for n in range(45)])
    address = f"/data/people/{find(actor, 'user_id:c-1').pk}/timeline/"
    first = page.get(address)
    part = page.get(address, headers={"HX-Request": "true"})
    assert "<title>Timeline" in first.content.decode()
    assert "<title>" not in part.content.decode()
    older = first.context["older"]
    assert "<title>Timeline" in page.get(address, {"before": older}).content.decode()


def test_the_timeline_holds_what_a_merged_visitor_did_before(page, live, actor):
    live.ingest([{"type": "page", "anonymousId": "browser-1", "properties": {"title": "Teapots"}}])
    live.ingest([order()])
    live.ingest([{"type": "identify", "userId": "c-1", "anonymousId": "browser-1", "traits": {}}])
    html = page.get(f"/data/people/{find(actor, 'user_id:c-1').pk}/timeline/").content.decode()
    assert "Viewed Teapots" in html
    assert "Ordered 3 products" in html


def test_the_timeline_is_grouped_by_day_newest_first(actor, live):
    live.ingest(
        [order("old", timestamp="2026-01-02T10:00:00Z"), order("new", timestamp="2026-03-04T10:00:00Z")]
    )
    timeline = queries.timeline(actor, find(actor, "user_id:c-1").pk)
    assert [event.message_id for event in timeline] == ["new", "old"]


def test_older_events_go_on_where_the_page_ended(actor, live):
    live.ingest([order(f"m{n}", timestamp=f"2026-01-02T10:00:0{n}Z") for n in range(6)])
    person = find(actor, "user_id:c-1").pk
    first = queries.timeline(actor, person, limit=4)
    rest = queries.timeline(actor, person, limit=4, before=queries.Cursor.parse(first[-1].cursor))
    assert [event.message_id for event in first + rest] == ["m5", "m4", "m3", "m2", "m1", "m0"]


def test_the_timeline_is_filtered_by_kind(actor, live):
    live.ingest([order(), {"type": "page", "userId": "c-1", "properties": {"title": "Teapots"}}])
    timeline = queries.timeline(actor, find(actor, "user_id:c-1").pk, kind="visits")
    assert [event.event for event in timeline] == ["Page Viewed"]


def test_events_nobody_described_are_of_the_other_kind(actor, live):
    live.ingest(
        [order(), {"type": "track", "event": "Quiz Won", "userId": "c-1", "properties": {"score": 7}}]
    )
    timeline = queries.timeline(actor, find(actor, "user_id:c-1").pk, kind="other")
    assert [event.sentence for event in timeline] == ["Quiz Won (score: 7)"]


def test_a_live_page_gets_only_what_came_since(page, live, actor):
    live.ingest([order()])
    person = find(actor, "user_id:c-1").pk
    newest = queries.timeline(actor, person)[0].arrival
    html = page.get(f"/data/people/{person}/timeline/?since={newest + 60_000}").content.decode()
    assert "Ordered" not in html


def test_an_event_can_be_seen_in_full(page, live, actor):
    live.ingest([order()])
    html = page.get(f"/data/people/{find(actor, 'user_id:c-1').pk}/events/an-order/").content.decode()
    assert escape('"order_id": "1001"') in html
    assert "c-1" in html


def test_the_event_of_somebody_else_is_not_found(page, live, actor):
    live.ingest([order(), order("other", user="c-2")])
    assert page.get(f"/data/people/{find(actor, 'user_id:c-1').pk}/events/other/").status_code == 404


def test_what_the_sender_says_is_escaped(page, live, actor):
    live.ingest([{"type": "page", "userId": "c-1", "properties": {"title": "<script>alert(1)</script>"}}])
    html = page.get(f"/data/people/{find(actor, 'user_id:c-1').pk}/timeline/").content.decode()
    assert "<script>alert" not in html


@pytest.mark.parametrize("query", ["source=shop", "event=order", "person=user_id:c-1", "person=ada"])
def test_live_events_are_filtered(page, live, query):
    live.ingest([{"type": "identify", "userId": "c-1", "traits": {"name": "Ada"}}], source="shop")
    live.ingest([order()], source="shop")
    live.ingest([{"type": "page", "anonymousId": "x", "properties": {"title": "Elsewhere"}}], source="site")
    html = page.get(f"/data/events/?{query}").content.decode()
    assert "Ordered 3 products" in html
    assert "Elsewhere" not in html


def test_event_names_are_listed_with_their_volume(page, live):
    live.ingest([order(), order("another")])
    observe.run_once()
    html = page.get("/data/names/", follow=True).content.decode()
    assert "Order Completed" in html
    assert "E-commerce" in html


def test_a_new_source_gets_a_key_and_an_audit_line(actor, db):
    source = sources.create_source(
        actor=actor, name="Shop", kind="website", allowed_origins=["https://a.example/"]
    )
    assert source.write_key.startswith("wk_")
    assert source.allowed_origins == ["https://a.example"]
    assert AuditEntry.objects.get(action="source.created").object_id == str(source.pk)


@pytest.mark.parametrize(
    "origin", ["shop.example", "https://a.example/path", "ftp://a.example", "javascript:x"]
)
def test_an_origin_that_is_none_is_refused(actor, db, origin):
    with pytest.raises(ValidationError):
        sources.create_source(actor=actor, name="Shop", allowed_origins=[origin])


def test_two_sources_cannot_have_one_name(actor, db):
    sources.create_source(actor=actor, name="Shop")
    with pytest.raises(ValidationError, match="Another source"):
        sources.create_source(actor=actor, name=" shop ")


def test_a_rotated_key_is_another_one(actor, db):
    source = sources.create_source(actor=actor, name="Shop")
    assert sources.rotate_key(actor=actor, source_id=source.pk).write_key != source.write_key


def test_a_marketer_may_not_make_sources(actor_in_role, db):
    with pytest.raises(PermissionDenied):
        sources.create_source(actor=actor_in_role("marketer"), name="Shop")


def test_the_source_page_shows_how_to_install(page, live, actor):
    source = sources.create_source(actor=actor, name="Shop", kind="website")
    html = page.get(f"/data/sources/{source.pk}/").content.decode()
    assert "/rapport.js" in html
    assert source.write_key in html


@pytest.mark.parametrize(
    "library",
    ["rapport.js", "segment.analytics", "@segment/analytics-node", "@segment/analytics-next",
     "@rudderstack/rudder-sdk-node", "@rudderstack/analytics-js", "curl"],
)  # fmt: skip
def test_each_client_s_snippet_has_the_host_and_the_key_filled_in(page, live, actor, settings, library):
    settings.PUBLIC_URL = "https://crm.example.org"
    source = sources.create_source(actor=actor, name="Shop", kind="server")
    html = page.get(f"/data/sources/{source.pk}/").content.decode()
    shown = next(part for part in html.split("<pre")[1:] if library in part.split("</pre>")[0])
    assert "https://crm.example.org" in shown
    assert source.write_key in shown
    assert "KEY" not in shown.split("</pre>")[0]


def test_a_source_waits_until_the_first_event_comes(page, live, actor):
    source = sources.create_source(actor=actor, name="Shop")
    url = f"/data/sources/{source.pk}/arrival/"
    before = page.get(url).content.decode()
    assert "Waiting for the first event" in before
    assert 'hx-trigger="every 2s"' in before
    context = {"library": {"name": "analytics-node", "version": "3.1.0"}}
    live.ingest([{"type": "track", "event": "Ping", "userId": "u1", "context": context}], source="Shop")
    after = page.get(url).content.decode()
    assert "Ping" in after
    assert "analytics-node 3.1.0" in after
    assert "hx-trigger" not in after


def test_what_could_not_be_taken_is_told_where_one_waits_for_it(page, live, actor):
    source = sources.create_source(actor=actor, name="Shop")
    QuarantinedEvent.objects.create(source=source, stage="capture", reason="No name.", payload=b"{}")
    html = page.get(f"/data/sources/{source.pk}/").content.decode()
    assert "1 event came and could not be taken" in html


def test_a_source_is_made_on_the_page(page, live):
    answer = page.post("/data/sources/new/", {"name": "Shop", "kind": "website", "allowed_origins": ""})
    assert answer.headers["Location"] == f"/data/sources/{Source.objects.get(name='Shop').pk}/"


def test_a_bad_origin_is_refused_beside_the_field(page, db):
    answer = page.post(
        "/data/sources/new/", {"name": "Shop", "kind": "website", "allowed_origins": "nonsense"}
    )
    assert answer.status_code == 422
    assert "is not a web origin" in answer.content.decode()


def test_a_source_switched_off_can_be_switched_on_again(page, live, actor):
    source = sources.create_source(actor=actor, name="Shop")
    page.post(f"/data/sources/{source.pk}/disable/")
    assert Source.objects.get(pk=source.pk).disabled_at
    page.post(f"/data/sources/{source.pk}/enable/")
    assert Source.objects.get(pk=source.pk).disabled_at is None


@pytest.fixture
def waiting(db):
    source = Source.objects.create(name="shop", write_key="wk_shop")
    payload = b'{"type": "track", "event": "Seen", "userId": "c-1", "messageId": "m-1"}'
    return QuarantinedEvent.objects.create(
        source=source, stage="capture", reason="No event name.", payload=payload
    )


def test_quarantine_shows_the_reason_and_the_payload(page, waiting):
    assert "No event name." in page.get("/data/quarantine/").content.decode()
    assert escape('"event": "Seen"') in page.get(f"/data/quarantine/{waiting.pk}/").content.decode()


def test_a_replayed_event_arrives_and_leaves_the_quarantine(page, waiting, live, actor):
    page.post("/data/quarantine/", {"action": "replay", "row": [waiting.pk]})
    live.settle()
    assert queries.timeline(actor, find(actor, "user_id:c-1").pk)[0].event == "Seen"
    assert "Nothing in quarantine" in page.get("/data/quarantine/").content.decode()


def test_a_discarded_event_leaves_the_quarantine_and_stays_on_record(page, waiting):
    page.post("/data/quarantine/", {"action": "discard", "row": [waiting.pk]})
    waiting.refresh_from_db()
    assert waiting.discarded_at


def test_only_who_may_edit_data_decides_about_quarantine(client, waiting):
    client.force_login(User.objects.create_user("b@example.org", "correct horse battery", roles=["marketer"]))
    answer = client.post("/data/quarantine/", {"action": "discard", "row": [waiting.pk]})
    assert answer.status_code == 403


@pytest.mark.parametrize("path", ["", "events/", "catalogue/", "quarantine/"])
@pytest.mark.parametrize(("role", "status"), [("viewer", 404), ("agent", 404), ("analyst", 200)])
def test_data_is_seen_only_by_roles_that_may(client, live, path, role, status):
    client.force_login(User.objects.create_user("b@example.org", "correct horse battery", roles=[role]))
    assert client.get(f"/data/{path}").status_code == status


def test_the_timeline_of_nobody_is_not_found(page, live):
    assert page.get(f"/data/people/{uuid.uuid4()}/timeline/").status_code == 404
