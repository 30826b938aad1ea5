"""People, consents and events over REST."""

from __future__ import annotations

import pytest

from rapport.governance import queries as governance


@pytest.fixture
def ada(live, api):
    live.ingest(
        [
            {"type": "page", "anonymousId": "shade", "messageId": "m1", "timestamp": "2026-01-01T10:00:00Z"},
            {
                "type": "identify",
                "anonymousId": "shade",
                "userId": "u1",
                "traits": {"email": "Ada@Example.com", "country": "GB"},
                "messageId": "m2",
                "timestamp": "2026-01-01T11:00:00Z",
            },
            {
                "type": "track",
                "event": "Order Completed",
                "userId": "u1",
                "properties": {"total": 12.5},
                "messageId": "m3",
                "timestamp": "2026-01-01T12:00:00Z",
            },
        ]
    )
    _status, page = api("GET", "/people?identifier=email:ada@example.com")
    return page["data"][0]


def test_a_person_is_found_by_any_spelling_of_his_address(api, ada):
    _status, page = api("GET", "/people?identifier=email:ADA@EXAMPLE.COM")
    assert [person["id"] for person in page["data"]] == [ada["id"]]


def test_a_person_is_found_by_a_part_of_his_address(api, ada):
    _status, page = api("GET", "/people?search=ada@")
    assert [person["email"] for person in page["data"]] == ["ada@example.com"]


def test_nobody_is_an_empty_list_and_no_type_is_a_problem(api):
    assert api("GET", "/people?identifier=email:nobody@example.com")[1]["data"] == []
    assert api("GET", "/people?identifier=nonsense")[0] == 422


@pytest.mark.parametrize(
    "query",
    [
        "identifier=email:ada+news@example.com",
        "identifier=email:Ada%2Bnews@example.com",
        "identifier=phone:+4915112345678",
        "identifier=phone:%2B49 151 12345678",
        "search=%2B49 151 12345678",
    ],
)
def test_a_plus_sign_is_found_whether_it_was_escaped_or_not(api, query):
    api("POST", "/people", {"identifiers": {"email": "ada+news@example.com", "phone": "+4915112345678"}})
    assert [row["email"] for row in api("GET", f"/people?{query}")[1]["data"]] == ["ada+news@example.com"]


def test_the_profile_tells_traits_with_their_source(api, ada):
    status, profile = api("GET", f"/people/{ada['id']}")
    assert status == 200
    assert profile["traits"]["country"] == "GB"
    assert profile["trait_sources"]["country"]["source"] == "test"
    assert {identifier["type"] for identifier in profile["identifiers"]} == {
        "anonymous_id",
        "email",
        "user_id",
    }
    assert (profile["consents"], profile["segments"]) == ([], [])


def test_events_come_newest_first_page_by_page(api, ada):
    names, cursor = [], ""
    while cursor is not None:
        _status, page = api(
            "GET", f"/people/{ada['id']}/events?limit=1" + (f"&cursor={cursor}" if cursor else "")
        )
        names += [event["event"] for event in page["data"]]
        cursor = page["next_cursor"]
    assert names == ["Order Completed", "Identified", "Page Viewed"]


def test_events_can_be_asked_for_by_name(api, ada):
    _status, page = api("GET", f"/people/{ada['id']}/events?event=Order%20Completed")
    assert page["data"][0]["properties"] == {"total": 12.5}


def test_recent_events_and_their_names_are_listed(api, ada):
    assert len(api("GET", "/events")[1]["data"]) == 3
    _status, names = api("GET", "/events/names?days=3650")
    assert {name["name"]: name["events"] for name in names["data"]}["Order Completed"] == 1


def test_people_are_listed_page_by_page(api, person):
    person_ids = {str(person(email=f"p{number}@example.com").pk) for number in range(5)}
    seen, cursor = [], ""
    while cursor is not None:
        _status, page = api("GET", "/people?limit=2" + (f"&cursor={cursor}" if cursor else ""))
        seen += [row["id"] for row in page["data"]]
        cursor = page["next_cursor"]
    assert len(seen) == 5
    assert set(seen) == person_ids


def test_the_number_of_queries_does_not_grow_with_the_list(api, person, django_assert_max_num_queries):
    for number in range(5):
        person(email=f"p{number}@example.com")
    api("GET", "/people")
    with django_assert_max_num_queries(4):
        api("GET", "/people")


def test_traits_are_set_and_removed(api, ada):
    status, profile = api("PATCH", f"/people/{ada['id']}", {"traits": {"country": None, "vip": True}})
    assert status == 200
    assert profile["traits"]["vip"] is True
    assert "country" not in profile["traits"]


def test_a_consent_is_recorded_with_its_evidence(api, ada):
    status, line = api(
        "POST",
        f"/people/{ada['id']}/consents",
        {"purpose": "newsletter", "state": "granted", "evidence": {"wording": "Yes"}},
    )
    assert (status, line["state"], line["evidence"]["wording"]) == (201, "granted", "Yes")
    assert api("GET", f"/people/{ada['id']}/consents")[1]["data"][0]["purpose"] == "newsletter"
    assert api("GET", f"/people/{ada['id']}")[1]["consents"][0]["state"] == "granted"
    assert api("GET", f"/people/{ada['id']}/consents/ledger")[1]["data"][0]["id"] == line["id"]


def test_a_consent_to_nothing_we_do_is_refused(api, ada):
    status, body = api("POST", f"/people/{ada['id']}/consents", {"purpose": "spying", "state": "granted"})
    assert (status, body["errors"][0]["pointer"]) == (422, "/body/purpose")


def test_a_copy_of_everything_is_handed_out(api, ada):
    status, copy = api("POST", f"/people/{ada['id']}/export")
    assert status == 200
    assert len(copy["data"]["event_store"]["events"]) == 3


def test_an_erased_person_is_gone_and_stays_suppressed(api, ada, live):
    status, receipt = api("DELETE", f"/people/{ada['id']}")
    live.settle()
    assert (status, receipt["stores"]["clickhouse"]["events"]) == (200, 3)
    assert api("GET", f"/people/{ada['id']}")[0] == 404
    assert api("GET", "/events")[1]["data"] == []
    assert governance.suppressed("email", ["ada@example.com"])


def test_a_merged_person_is_answered_with_the_survivor(api, person, live):
    first, second = person(email="one@example.com"), person(email="two@example.com")
    live.ingest([{"type": "alias", "previousId": "user-1", "userId": "user-2", "messageId": "a1"}])
    answers = {api("GET", f"/people/{who.pk}")[1]["id"] for who in (first, second)}
    assert len(answers) == 1
    _status, profile = api("GET", f"/people/{answers.pop()}")
    assert len(profile["merged_ids"]) == 1


def test_an_address_is_suppressed_and_checked(api):
    assert api("GET", "/suppressions?address=a@example.com")[1]["data"] == []
    assert api("POST", "/suppressions", {"address": "A@example.com"})[0] == 201
    assert api("GET", "/suppressions?address=a@example.com")[1]["data"][0]["reason"] == "manual"
