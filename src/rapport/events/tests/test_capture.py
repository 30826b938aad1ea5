"""POST /v1/…, as clients meet it: the ASGI application with the real database behind it."""

import gzip
import json

import pytest

from rapport.events.models import LogBatch, QuarantinedEvent, Source
from rapport.events.services import log
from rapport.events.tests.conftest import EVENT, logged

pytestmark = pytest.mark.django_db(transaction=True)


def test_an_event_is_in_the_log_when_it_is_answered(post):
    assert post("/v1/track", EVENT)[0] == 200
    assert [event.message_id for event in logged()] == ["m1"]


@pytest.mark.parametrize("kind", ["identify", "track", "page", "screen", "group", "alias"])
def test_every_call_type_has_its_path(post, kind):
    call = {"event": "Ping", "userId": "u1", "groupId": "g1", "previousId": "a1"}
    assert post(f"/v1/{kind}", call)[0] == 200
    assert logged()[0].type == kind


def test_one_bad_event_is_quarantined_with_its_reason_and_the_rest_is_kept(post):
    status, _, _ = post("/v1/batch", {"batch": [EVENT, {"type": "track", "userId": "u1"}, {"type": "dance"}]})
    assert status == 200
    assert len(logged()) == 1
    reasons = [item.reason for item in QuarantinedEvent.objects.order_by("pk")]
    assert "needs the name of its event" in reasons[0]
    assert "'dance' is not one of" in reasons[1]


def test_an_event_over_32_kb_is_quarantined(post):
    assert post("/v1/batch", {"batch": [EVENT | {"properties": {"long": "x" * 33_000}}]})[0] == 200
    assert "at most 32768 are taken" in QuarantinedEvent.objects.get().reason


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[1]", b'{"batch": 3}', b"\xff\xfe", b'{"batch":' + b"[" * 5000]
)
def test_a_body_that_is_no_batch_gets_a_reason(post, body):
    status, answer, _ = post("/v1/batch", body)
    assert status == 400
    assert answer["error"]["message"]


def test_a_body_over_500_kb_gets_413(post):
    assert post("/v1/batch", b" " * (500 * 1024 + 1))[0] == 413


def test_a_small_gzip_that_unpacks_huge_gets_413(post):
    bomb = gzip.compress(b" " * 50_000_000)
    assert post("/v1/batch", bomb, content_encoding="gzip")[0] == 413


def test_more_than_2500_events_get_413_and_none_is_stored(post):
    assert post("/v1/batch", {"batch": [{"type": "track", "event": "P", "userId": "u"}] * 2501})[0] == 413
    assert logged() == []


def test_gzip_is_taken_under_any_content_type(post):
    body = gzip.compress(json.dumps({"batch": [EVENT]}).encode())
    assert post("/v1/batch", body, content_type="application/x-www-form-urlencoded")[0] == 200
    assert len(logged()) == 1


def test_the_write_key_may_stand_in_a_text_body(post):
    body = json.dumps({"batch": [EVENT], "writeKey": "wk_site"}).encode()
    assert post("/v1/batch", body, key="", content_type="text/plain")[0] == 200


@pytest.mark.parametrize("key", ["", "wk_other", "wk_site\x00"])
def test_a_wrong_write_key_gets_401(post, key):
    assert post("/v1/track", EVENT, key=key)[0] == 401


def test_a_disabled_source_gets_401(post, source):
    Source.objects.update(disabled_at="2026-01-01T00:00:00Z")
    assert post("/v1/track", EVENT)[0] == 401


def test_a_page_of_another_origin_gets_403(post):
    assert post("/v1/track", EVENT, origin="https://evil.example")[0] == 403
    assert post("/v1/track", EVENT, origin="https://shop.example")[0] == 200


def test_a_preflight_allows_what_browsers_ask_for(post):
    preflight = {
        "origin": "https://shop.example",
        "access_control_request_headers": "authorization,anonymousid",
    }
    status, _, headers = post("/v1/page", b"", method="OPTIONS", key="", **preflight)
    assert status == 204
    assert headers["access-control-allow-headers"] == "authorization,anonymousid"


def test_a_wrong_client_clock_is_corrected(post):
    late = EVENT | {"originalTimestamp": "2031-01-01T10:00:00Z"}
    post("/v1/batch", {"batch": [late], "sentAt": "2031-01-01T10:00:10Z"})
    age = LogBatch.objects.get().received_at - logged()[0].at
    assert age.total_seconds() == pytest.approx(10, abs=0.01)


def test_nul_and_lone_surrogates_are_taken_out(post):
    raw = b'{"type":"track","event":"P","userId":"u1","properties":{"a":"x\\u0000y","b":"\\ud800"}}'
    assert post("/v1/track", raw)[0] == 200
    assert bytes(logged()[0].properties).decode() == '{"a":"x\ufffdy","b":"\ufffd"}'


def test_an_unknown_path_gets_404_and_another_method_405(post):
    assert post("/v1/dance", EVENT)[0] == 404
    assert post("/v1/track", b"", method="GET")[0] == 405


def test_while_the_database_is_away_the_client_is_told_to_come_again(post, monkeypatch):
    monkeypatch.setattr("rapport.events.services.capture.dsn", lambda: "host=/nowhere port=1")
    status, _, headers = post("/v1/track", EVENT)
    assert (status, headers["retry-after"]) == (503, "2")


def test_when_too_much_is_waiting_the_client_gets_429(post, monkeypatch):
    monkeypatch.setattr(log.GroupWriter, "MAX_WAITING", 0)
    status, _, headers = post("/v1/track", EVENT)
    assert (status, headers["retry-after"]) == (429, "1")


@pytest.mark.parametrize("properties", [b'{"a":"\xff"}', b'{"a":1e999}'])
def test_what_cannot_be_stored_is_set_aside_without_harm_to_its_neighbours(post, properties):
    good = json.dumps(EVENT).encode()
    bad = b'{"type":"page","name":"Home","userId":"u1","properties":' + properties + b"}"
    assert post("/v1/batch", b'{"batch":[' + good + b"," + bad + b"]}")[0] == 200
    assert "m1" in [event.message_id for event in logged()]


def test_a_text_that_spells_out_an_escape_is_kept(post):
    raw = b'{"type":"track","event":"P","userId":"u1","properties":{"a":"\\\\u0000","b":"\\u0000"}}'
    assert post("/v1/track", raw)[0] == 200
    assert json.loads(bytes(logged()[0].properties)) == {"a": "\\u0000", "b": "\ufffd"}
