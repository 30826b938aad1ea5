"""On-site messages: whom they are decided for, how often, what comes back, and that nothing dangerous is kept."""

from __future__ import annotations

import datetime as dt
import json
import re

import pytest
from django.core.exceptions import ValidationError

from rapport.content.onsite import decisions, queries, services, trials
from rapport.content.onsite.models import OnSiteExposure, OnSiteMessage
from rapport.content.web import visitors
from rapport.core.clock import VirtualClock
from rapport.core.models import OutboxEvent
from rapport.events.models import Source
from rapport.experiments.models import Exposure
from rapport.experiments.services import assignments, counting, experiments
from rapport.experiments.services.results import results
from rapport.people.queries.recognition import person_met
from rapport.segments.models import Membership, Segment

NOW = dt.datetime(2026, 3, 2, 9, tzinfo=dt.UTC)


@pytest.fixture
def message(db, actor):
    def make(name: str = "Offer", *, live: bool = True, **values):
        clock = VirtualClock(NOW)
        row = services.create(actor=actor, values={"name": name, "title": name, **values}, clock=clock)
        return services.launch(actor=actor, message_id=row.pk, clock=clock) if live else row

    return make


def names(person=None, now: dt.datetime = NOW) -> list[str]:
    return [shown["title"] for shown in decisions.decide(person.pk if person else None, now)]


def test_everybody_sees_what_is_live_most_important_first(message):
    message("low")
    message("high", priority=5)
    message("draft", live=False)
    assert names() == ["high", "low"]


def test_a_stopped_message_is_shown_to_nobody(message, actor):
    row = message()
    services.stop(actor=actor, message_id=row.pk)
    assert names() == []


def test_the_schedule_is_kept(message):
    message(starts_at=NOW + dt.timedelta(hours=1), ends_at=NOW + dt.timedelta(hours=2))
    assert [names(now=NOW + dt.timedelta(minutes=at)) for at in (59, 60, 119, 120)] == [
        [],
        ["Offer"],
        ["Offer"],
        [],
    ]


def test_a_segment_sees_its_own(message, person):
    ada, bob = person(email="ada@example.org"), person(email="bob@example.org")
    segment = Segment.objects.create(key="vip", name="VIP", kind="rules", definition={"all": []})
    Membership.objects.create(segment=segment, person=ada, entered_at=NOW, definition_version=1)
    message("for vips", segment="vip")
    assert (names(ada), names(bob), names()) == (["for vips"], [], [])


def test_texts_are_personal_only_for_who_is_recognised(message, person):
    ada = person(email="ada@example.org", first_name="Ada")
    message(title="Hi {{ person.first_name | default: 'there' }}")
    assert (names(ada), names()) == (["Hi Ada"], ["Hi there"])


def test_what_was_dismissed_or_shown_often_enough_stays_away(message, person):
    ada = person(email="ada@example.org")
    often, away = message("often", most_times=2), message("away")
    for row, what in ((often, "shown"), (often, "shown"), (away, "shown"), (away, "dismissed")):
        decisions.report(message_id=row.pk, person_id=ada.pk, what=what, now=NOW)
    assert names(ada) == []
    assert set(names()) == {"often", "away"}


def test_results_count_people_once_and_unknown_visitors_each_time(message, person, actor):
    ada, row = person(email="ada@example.org"), message()
    for person_id in (ada.pk, ada.pk, None, None):
        decisions.report(message_id=row.pk, person_id=person_id, what="shown", now=NOW)
    decisions.report(message_id=row.pk, person_id=ada.pk, what="clicked", now=NOW)
    row.refresh_from_db()
    assert queries.results([row])[row.pk] == {"shown": 3, "clicked": 1, "dismissed": 0}
    assert OutboxEvent.objects.exists()


def test_the_first_click_is_told_however_often_it_was_shown(message, person):
    ada, row = person(email="ada@example.org"), message()
    for what in ["shown"] * (decisions.MOST_EVENTS + 5) + ["clicked", "clicked", "dismissed"]:
        decisions.report(message_id=row.pk, person_id=ada.pk, what=what, now=NOW)
    lines = b"".join(bytes(event.payload) for event in OutboxEvent.objects.all())
    names_said = ("On-site Message Shown", "Message Clicked", "On-site Message Dismissed")
    assert [lines.count(f'"{name}"'.encode()) for name in names_said] == [decisions.MOST_EVENTS, 1, 1]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("url", "javascript:alert(1)"),
        ("url", "//evil.example"),
        ("image", "data:image/svg+xml,<svg/>"),
        ("color", "red;background:url(x)"),
        ("slot", "body, script"),
        ("pages", "shop"),
        ("title", "{{ person.name"),
        ("format", "popup"),
        ("body", "x" * 2001),
    ],
)
def test_what_could_do_harm_is_not_kept(message, field, value):
    with pytest.raises(ValidationError) as wrong:
        message(**{"format": "slot", "slot": "#offer", "label": "Go", field: value})
    assert field in wrong.value.message_dict


def test_who_may_only_look_changes_nothing(message, actor_in_role):
    row = message(live=False)
    with pytest.raises(Exception, match=r"onsite\.edit"):
        services.launch(actor=actor_in_role("viewer"), message_id=row.pk)


@pytest.fixture
def site(db):
    return Source.objects.create(name="site", kind="website", write_key="wk_site")


def test_the_tracker_asks_and_reports(client, site, message, live):
    row = message()
    live.ingest([{"type": "track", "event": "Seen", "anonymousId": "a1"}])
    answer = client.get("/client/v1/onsite", {"writeKey": "wk_site", "anonymousId": "a1"})
    (shown,) = answer.json()["messages"]
    assert (shown["title"], shown["most"], shown["pages"]) == ("Offer", 3, [])
    body = {"writeKey": "wk_site", "anonymousId": "a1", "message": shown["id"], "event": "dismissed"}
    path = "/client/v1/onsite/reports"
    assert client.post(path, json.dumps(body), content_type="text/plain").status_code == 204
    assert OnSiteExposure.objects.get().message == row
    again = client.get("/client/v1/onsite", {"writeKey": "wk_site", "anonymousId": "a1"}).json()
    assert again["messages"] == []
    assert len(client.get("/client/v1/onsite", {"writeKey": "wk_site"}).json()["messages"]) == 1
    assert client.get("/client/v1/onsite", {"writeKey": "none"}).status_code == 401


def test_the_page_makes_launches_and_stops(page, db):
    values = {
        "name": "Spring", "title": "Spring is here", "format": "banner", "place": "bottom", "priority": "0",
        "trigger": "open",
        "most_times": "3", "pause_hours": "24",
    }  # fmt: skip
    assert page.post("/on-site/new/", values).status_code == 302
    row = OnSiteMessage.objects.get()
    assert not row.is_live
    page.post(f"/on-site/{row.pk}/turn/", {"launch": ""})
    row.refresh_from_db()
    assert row.is_live
    assert "Spring" in page.get("/on-site/").content.decode()
    assert "data-on-site-preview" in page.get(f"/on-site/{row.pk}/").content.decode()
    wrong = page.post(f"/on-site/{row.pk}/", values | {"url": "javascript:x", "label": "Go"})
    assert wrong.status_code == 422


def test_slots_are_filled_by_segment_and_order_and_default_to_the_page(client, site, message, live):
    live.ingest([{"type": "track", "event": "Seen", "anonymousId": "a1"}])
    message("low", format="slot", slot="hero")
    message("high", format="slot", slot="hero", priority=2)
    message("vip", format="slot", slot="hero", priority=9, segment="vip")
    message("elsewhere", format="slot", slot="#hero")
    given = {"writeKey": "wk_site", "anonymousId": "a1", "ids": "hero,side"}
    slots = client.get("/v1/slots", given, HTTP_ORIGIN="https://shop.example").json()["slots"]
    assert (slots["hero"]["title"], slots["side"]) == ("high", None)
    assert [shown["title"] for shown in decisions.decide(None, NOW)] == ["elsewhere"]
    assert client.get("/v1/slots", {**given, "writeKey": "none"}).status_code == 401


def test_a_test_gives_everybody_always_the_same_and_its_holdout_nothing(message, actor):
    first_way, other = message("one"), message("two")
    experiment = trials.start(actor=actor, message_id=first_way.pk, other_id=other.pk)

    def seen(visitor: str) -> list[str]:
        return [shown["title"] for shown in decisions.decide(None, NOW, visitor=visitor, passing="here")]

    first = {f"v{number}": seen(f"v{number}") for number in range(60)}
    assert first == {visitor: seen(visitor) for visitor in first}
    assert {tuple(titles) for titles in first.values()} == {("one",), ("two",), ()}
    assert Exposure.objects.filter(experiment=experiment).count() == 60
    assert seen("") == seen("")
    assert Exposure.objects.filter(experiment=experiment).count() == 60
    experiments.decide(actor=actor, experiment=experiment, variant_key="b")
    assert {tuple(seen(visitor)) for visitor in first} == {("two",)}


def test_a_test_by_clicks_counts_those_on_its_own_messages(message, actor, person, live):
    rows = [message("one"), message("two")]
    test = trials.start(actor=actor, message_id=rows[0].pk, other_id=rows[1].pk, event="Message Clicked")
    elsewhere, ways = message("three"), {way.reference: way for way in test.variants.all()}
    begun = test.started_at
    for number, (seen, clicked) in enumerate([(rows[0], rows[0]), (rows[1], rows[1]), (rows[1], elsewhere)]):
        own = person(email=f"p{number}@example.org").pk
        assignments.expose(test, {own: ways[str(seen.pk)]}, clock=VirtualClock(begun))
        decisions.report(
            message_id=clicked.pk, person_id=own, what="clicked", now=begun + dt.timedelta(hours=1)
        )
    live.settle()
    counting.count(test, begun + dt.timedelta(hours=2))
    figures = {way.reference: (way.persons, way.total) for way in test.variants.all()}
    assert figures == {str(rows[0].pk): (1, 1), str(rows[1].pk): (2, 1), "": (0, 0)}
    assert results(test).lift is None


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"trigger": "scroll", "trigger_at": 101}, "trigger_at"),
        ({"trigger": "time"}, "trigger_at"),
        ({"trigger": "soon"}, "trigger"),
        ({"form": "missing"}, "form"),
    ],
)
def test_a_trigger_that_never_comes_is_not_kept(message, values, field):
    with pytest.raises(ValidationError) as wrong:
        message(format="modal", **values)
    assert field in wrong.value.message_dict


def test_knowing_an_address_opens_nobodys_record(client, site, message, live):
    """Only the shop's own server, which knows its customer by a user id, says whose browser it is."""
    Source.objects.create(name="shop", kind="server", write_key="wk_shop")
    message(title="Hi {{ person.email | default: 'you' }}", format="slot", slot="hero")
    traits = {"email": "vic@example.org"}

    def greeting() -> tuple[str, bool]:
        given = {"writeKey": "wk_site", "anonymousId": "thief", "ids": "hero"}
        slot = client.get("/v1/slots", given).json()["slots"]["hero"]
        return slot["title"], visitors.person_of("thief") is not None

    live.ingest([{"type": "identify", "userId": "7", "traits": traits}], source="shop")
    live.ingest([{"type": "identify", "anonymousId": "thief", "traits": traits}], source="site")
    assert person_met("thief").email == "vic@example.org"
    assert greeting() == ("Hi you", False)
    live.ingest(
        [{"type": "track", "event": "Paid", "anonymousId": "thief", "properties": traits}], source="shop"
    )
    assert greeting() == ("Hi you", False)
    live.ingest([{"type": "track", "event": "Paid", "anonymousId": "thief", "userId": "7"}], source="shop")
    assert greeting() == ("Hi vic@example.org", True)


@pytest.mark.parametrize(
    "body", [r'{"writeKey": "\ud800"}', r'{"writeKey": "wk_site", "anonymousId": "\ud800"}']
)
def test_half_a_character_is_refused(client, site, body):
    answer = client.post("/client/v1/onsite/reports", body, content_type="application/json")
    assert answer.status_code == 422


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_the_editor_asks_only_what_the_format_has(open_page):
    tab = open_page("/on-site/new/")
    tab.get_by_label("Format").select_option("modal")
    tab.get_by_label("Form inside").wait_for()
    assert not tab.get_by_label("Position").is_visible()
    tab.get_by_label("Format").select_option("banner")
    tab.get_by_label("Position").select_option("top")
    assert not tab.get_by_label("Element").is_visible()
    assert not tab.get_by_label("Seconds or percent").is_visible()
    tab.get_by_label("Name").fill("Hello")
    tab.get_by_label("Title").fill("Free delivery")
    tab.locator("[data-place=top] h2", has_text="Free delivery").wait_for()
    tab.get_by_role("button", name="Save").click()
    tab.get_by_role("button", name="Launch").wait_for()
    assert OnSiteMessage.objects.get().place == "top"


def test_the_list_says_the_state_on_cards_too(page, actor):
    services.create(actor=actor, values={"name": "Banner", "title": "Hello"})
    cells = re.findall(r"<td[^>]*>", page.get("/on-site/").content.decode())
    (state,) = [cell for cell in cells if 'data-label="State"' in cell]
    assert "cell-empty" not in state
