"""Whatever one event of a batch looks like, its neighbours are taken, and nothing of them is lost or moved."""

import gzip
import json

import pytest

from rapport.events.models import LogBatch, QuarantinedEvent
from rapport.events.tests.conftest import EVENT, logged

pytestmark = pytest.mark.django_db(transaction=True)
GOOD = json.dumps(EVENT).encode()
HEAD = b'{"type":"track","event":"Odd","userId":"u1","messageId":"odd",'


def batch(*calls, **more):
    tail = b"".join(b',"%s":%s' % (name.encode(), value) for name, value in more.items())
    return b'{"batch":[' + b",".join([*calls, GOOD]) + b"]" + tail + b"}"


@pytest.mark.parametrize(
    "value",
    [b"1e400", b"-1e400", b"NaN", b"Infinity", b"1.5e999", b'"\xff"', b"tru", b"'x'", b"[1,]"],
)
def test_a_value_that_nothing_can_hold_costs_its_event_alone(post, value):
    assert post("/v1/batch", batch(HEAD + b'"properties":{"a":' + value + b"}}"))[0] == 200
    assert [event.message_id for event in logged()] == ["m1"]
    assert QuarantinedEvent.objects.get().payload


@pytest.mark.parametrize("text", [b"\\ud800", b"\\udc00x", b"\\u0000", b"tab\there"])
def test_a_text_that_no_database_holds_is_mended_and_its_event_kept(post, text):
    assert post("/v1/batch", batch(HEAD + b'"properties":{"a":"' + text + b'","b":1}}'))[0] == 200
    assert [event.message_id for event in logged()] == ["odd", "m1"]
    assert json.loads(bytes(logged()[0].properties))["b"] == 1


def test_a_key_in_the_body_is_read_also_beside_a_broken_text(post):
    body = batch(HEAD + b'"properties":{"a":"\\ud800"}}', writeKey=b'"wk_site"')
    assert post("/v1/batch", body, key="")[0] == 200
    assert len(logged()) == 2


@pytest.mark.parametrize("name", [b"properties", b"traits", b"context", b"integrations"])
@pytest.mark.parametrize("empty", [b"[]", b"[ ]", b"null", b"{}"])
def test_an_empty_list_is_an_empty_map(post, name, empty):
    assert post("/v1/batch", batch(HEAD + b'"' + name + b'":' + empty + b"}"))[0] == 200
    assert [event.message_id for event in logged()] == ["odd", "m1"]
    assert bytes(logged()[0].properties) == b"{}"


def test_an_empty_list_around_the_batch_is_an_empty_map_too(post):
    assert post("/v1/batch", batch(context=b"[]", integrations=b"[]"))[0] == 200
    assert len(logged()) == 1


DOTTED = [
    ({"a.b": 1, "a": {"b": 2}}, {"a_b": 1, "a": {"b": 2}}),
    ({"a": {"b": 2}, "a.b": 1, "a_b": 3}, {"a": {"b": 2}, "a_b_": 1, "a_b": 3}),
    ({"a": 1, "a.b": 2}, {"a": 1, "a_b": 2}),
    ({"a.b": {"c": 1}, "a": {"b.c": 2}}, {"a_b": {"c": 1}, "a": {"b.c": 2}}),
    ({"a.b": 1, "c": {"d": 2}}, {"a.b": 1, "c": {"d": 2}}),
    ({"list": [{"a.b": 1, "a": {"b": 2}}]}, {"list": [{"a_b": 1, "a": {"b": 2}}]}),
]


@pytest.mark.parametrize(("sent", "kept"), DOTTED)
def test_keys_with_dots_lose_no_value(post, sent, kept):
    assert post("/v1/track", EVENT | {"properties": sent})[0] == 200
    assert json.loads(bytes(logged()[0].properties)) == kept


AT = "2025-01-31T10:00:00Z"
TIMES = [
    ("1738317600", AT),
    ("1738317600.5", "2025-01-31T10:00:00.500000Z"),
    ("1738317600000", AT),
    (1738317600000000, AT),
    (1738317600000000000, AT),
    ("2025-01-31T24:00:00Z", "2025-02-01T00:00:00Z"),
    ("2025-01-31T24:00+01:00", "2025-01-31T23:00:00Z"),
    ("2024-12-31T23:59:60Z", "2025-01-01T00:00:00Z"),
    ("2024-12-31T23:59:60.123Z", "2025-01-01T00:00:00Z"),
    ("2025-01-31t10:00:00z", AT),
]


@pytest.mark.parametrize(("given", "meant"), TIMES)
def test_a_time_is_read_in_every_notation_that_means_one(post, given, meant):
    assert post("/v1/track", EVENT | {"timestamp": given})[0] == 200
    assert logged()[0].at.isoformat() == meant.replace("Z", "+00:00")


UNSET = [
    "0001-01-01T00:00:00Z",
    "0001-01-01T00:00:00+14:00",
    "1900-01-01",
    "1970-01-01T00:00:00Z",
    0,
    "-1000000000",
]


@pytest.mark.parametrize("given", [*UNSET, "2099-01-01T00:00:00Z", "9999-12-31T23:59:59-12:00"])
@pytest.mark.parametrize("sent", [{}, {"sentAt": "2026-01-01T00:00:00Z"}])
def test_a_time_that_cannot_be_is_that_of_receipt_with_a_remark(post, given, sent):
    call = EVENT | {"timestamp": given, "context": {"ip": "1.2.3.0"}}
    assert post("/v1/batch", {"batch": [call], **sent})[0] == 200
    (event,), received = logged(), LogBatch.objects.get().received_at
    context = json.loads(bytes(event.context))
    assert (event.at, context["ip"], context["rapport"]["timestamp"]) == (received, "1.2.3.0", given)
    assert "this is when the event was received" in context["rapport"]["remark"]


@pytest.mark.parametrize(
    "sent", ["2099-01-01T00:00:00Z", "1999-01-01T00:00:00Z", "0001-01-01", "soon", 1e300]
)
def test_a_sending_time_that_cannot_be_moves_no_event(post, sent):
    assert post("/v1/batch", {"batch": [EVENT | {"timestamp": AT}], "sentAt": sent})[0] == 200
    assert logged()[0].at.isoformat() == "2025-01-31T10:00:00+00:00"


@pytest.mark.parametrize("start", ["1970-01-01T00:05:00", "2099-06-01T00:05:00"])
def test_a_clock_that_is_wrong_for_both_times_is_corrected(post, start):
    call = EVENT | {"timestamp": f"{start}Z"}
    assert post("/v1/batch", {"batch": [call], "sentAt": f"{start}.250Z"})[0] == 200
    age = LogBatch.objects.get().received_at - logged()[0].at
    assert age.total_seconds() == pytest.approx(0.25, abs=0.001)


@pytest.mark.parametrize("encoding", ["deflate", "br", "zstd", "compress", "gzip, br"])
@pytest.mark.parametrize("path", ["/v1/batch", "/v1/track"])
def test_a_body_in_another_encoding_gets_415_and_nothing_is_stored(post, path, encoding):
    status, answer, _ = post(path, b"\x78\x9c\x03\x00", content_encoding=encoding)
    assert (status, answer["code"]) == (415, "unsupported_encoding")
    assert not QuarantinedEvent.objects.exists()


@pytest.mark.parametrize("encoding", ["identity", "x-gzip", "GZIP"])
def test_encodings_that_are_read_are_read(post, encoding):
    body = GOOD if encoding == "identity" else gzip.compress(GOOD)
    assert post("/v1/track", body, content_encoding=encoding)[0] == 200
    assert len(logged()) == 1


@pytest.mark.parametrize("body", [b"", b"\x28\xb5\x2f\xfd\x04", b"[1]", b'"x"', b"a=1&b=2"])
def test_what_is_no_call_at_all_is_refused_and_not_stored(post, body):
    assert post("/v1/track", body)[0] == 400
    assert not QuarantinedEvent.objects.exists()


@pytest.mark.parametrize(("letters", "taken"), [(16_000, True), (16_400, False)])
def test_the_limit_counts_characters_as_they_are_stored(post, letters, taken):
    body = json.dumps(EVENT | {"properties": {"a": "ü" * letters}}).encode()
    assert b"\\u00fc" in body
    assert post("/v1/track", body)[0] == 200
    assert bool(logged()) is taken


IDS = [(55520.0, "55520"), (1e15, "1000000000000000"), (9007199254740993, "9007199254740993"), (12.5, "12.5")]


@pytest.mark.parametrize(("given", "kept"), IDS)
def test_an_id_that_is_a_number_has_one_notation(post, given, kept):
    assert post("/v1/track", EVENT | {"userId": given})[0] == 200
    assert logged()[0].user_id == kept


@pytest.mark.parametrize("name", ["userId", "anonymousId", "previousId", "groupId"])
@pytest.mark.parametrize(("value", "reason"), [("x" * 255, "at most 254"), (1e22, "send it as text")])
def test_an_id_that_cannot_be_kept_whole_is_refused_with_the_reason(post, name, value, reason):
    kind = {"previousId": "alias", "groupId": "group"}.get(name, "track")
    assert post(f"/v1/{kind}", EVENT | {name: value})[0] == 200
    assert reason in QuarantinedEvent.objects.get().reason
    assert logged() == []
