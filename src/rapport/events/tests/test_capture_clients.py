"""What other people's clients expect of capture besides taking events: settings, waiting, one bad event among good."""

import json
import time

import pytest

from rapport.events.models import QuarantinedEvent
from rapport.events.services import nesting
from rapport.events.tests.conftest import EVENT, logged

pytestmark = pytest.mark.django_db(transaction=True)


def deep(levels, inside=b"1"):
    return b'{"a":' * levels + inside + b"}" * levels


@pytest.mark.parametrize("levels", [101, 900, 5_000, 60_000])
def test_one_deeply_nested_event_is_set_aside_and_its_neighbours_are_kept(post, levels):
    bad = b'{"type":"track","event":"Deep","userId":"u1","properties":' + deep(levels) + b"}"
    good = json.dumps(EVENT).encode()
    assert post("/v1/batch", b'{"batch":[' + bad + b"," + good + b'],"writeKey":"wk_site"}', key="")[0] == 200
    assert [event.message_id for event in logged()] == ["m1"]
    reason = QuarantinedEvent.objects.get().reason
    assert "nested deeper than 100 levels" in reason or "at most 32768 are taken" in reason


@pytest.mark.parametrize("where", ["context", "integrations", "sentAt", "timestamp", "anything"])
@pytest.mark.parametrize("odd", [deep(3_000), b"[true]", b'"\xff"', b"1e999"])
def test_what_is_odd_about_the_batch_itself_costs_no_event(post, where, odd):
    body = b'{"' + where.encode() + b'":' + odd + b',"batch":[' + json.dumps(EVENT).encode() + b"]}"
    assert post("/v1/batch", body)[0] == 200
    assert len(logged()) == 1


def test_a_hundred_levels_are_taken(post):
    raw = b'{"type":"track","event":"P","userId":"u1","properties":' + deep(99) + b"}"
    assert post("/v1/track", raw)[0] == 200
    assert len(logged()) == 1


@pytest.mark.parametrize("hostile", [b'"' * 250_001, b'{"a":"' * 80_000, b"[" * 500_000, b'\\"' * 250_000])
def test_what_is_hostile_takes_no_longer_than_it_is_long(hostile):
    began = time.perf_counter()
    nesting.shallow(hostile)
    nesting.too_deep(hostile)
    assert time.perf_counter() - began < 2


def test_brackets_in_texts_are_no_levels():
    raw = json.dumps({"a": "[{" * 500 + '"\\', "b": [1]}).encode()
    assert not nesting.too_deep(raw)
    assert nesting.shallow(raw) == raw


def test_what_is_cut_out_leaves_valid_json_with_everything_else():
    raw = b'{"batch":[' + deep(3_000) + b',{"b":"}"}],"c":' + deep(2_000, b"[]") + b"}"
    kept = json.loads(nesting.shallow(raw))
    assert kept["batch"][1] == {"b": "}"}


def test_a_wrong_sent_at_only_costs_the_correction(post):
    assert post("/v1/track", EVENT | {"sentAt": "soon", "timestamp": "2026-01-31T12:00:00Z"})[0] == 200
    assert logged()[0].at.isoformat() == "2026-01-31T12:00:00+00:00"


def test_segments_page_is_told_to_send_here_and_nowhere_else(post, settings):
    settings.PUBLIC_URL = "https://crm.example.org"
    status, answer, headers = post("/v1/projects/wk_site/settings", b"", method="GET", key="")
    assert status == 200
    where = answer["integrations"]["Segment.io"]
    assert (where["protocol"], where["apiHost"]) == ("https", "crm.example.org/v1")
    assert list(answer["integrations"]) == ["Segment.io", "Customer.io Data Pipelines"]
    assert answer["metrics"] == {"sampleRate": 0}
    assert headers["cache-control"] == "public, max-age=300"


@pytest.mark.parametrize("key", ["", "wk_site"])
def test_rudderstacks_page_finds_an_enabled_source_without_destinations(post, source, key):
    request = {"query": b"p=npm&v=3&writeKey=wk_site"} if not key else {}
    status, answer, _ = post("/sourceConfig/", b"", method="GET", key=key, **request)
    assert status == 200
    source_out = answer["source"]
    assert (source_out["id"], source_out["enabled"], source_out["destinations"]) == (str(source.pk), True, [])
    assert source_out["config"]["statsCollection"] == {
        "errors": {"enabled": False},
        "metrics": {"enabled": False},
    }


def test_a_source_that_is_switched_off_has_no_settings(post, source):
    source.disabled_at = source.created_at
    source.save()
    assert post("/v1/projects/wk_site/settings", b"", method="GET", key="")[0] == 404
    assert post("/sourceConfig/", b"", method="GET")[0] == 404


def test_settings_are_told_to_allowed_pages_only(post):
    request = {"method": "GET", "key": "", "origin": "https://evil.example"}
    assert post("/v1/projects/wk_site/settings", b"", **request)[0] == 403
    request["origin"] = "https://shop.example"
    _, _, headers = post("/v1/projects/wk_site/settings", b"", **request)
    assert headers["access-control-allow-origin"] == "https://shop.example"
    assert headers["vary"] == "Origin"


def test_when_too_much_waits_to_be_worked_in_senders_get_429(post, settings):
    settings.EVENT_BACKLOG = 2
    body = {"batch": [EVENT] * 2}
    assert [post("/v1/batch", body, counted=True)[0] for _ in range(2)] == [200, 429]


def test_a_429_says_when_to_come_again_as_segment_does(post, settings):
    settings.EVENT_BACKLOG = 1
    post("/v1/track", EVENT)
    _, answer, headers = post("/v1/track", EVENT, counted=True)
    assert (headers["retry-after"], headers["x-ratelimit-reset"]) == ("10", "10")
    assert answer["code"] == answer["error"]["code"] == "behind"


def test_without_a_limit_nothing_is_refused_for_what_waits(post, settings):
    settings.EVENT_BACKLOG = 0
    assert [post("/v1/track", EVENT, counted=True)[0] for _ in range(2)] == [200, 200]


def test_jitsu_s_client_sends_to_its_own_paths(post):
    for number, path in enumerate(("/api/s/track", "/api/s/s2s/track")):
        call = EVENT | {"messageId": f"j{number}", "sentAt": "2026-01-31T10:00:00Z"}
        status, answer, headers = post(
            path, call, key="", x_write_key="wk_site:any", origin="https://shop.example"
        )
        assert (status, answer["success"]) == (200, True)
        assert headers["access-control-allow-origin"] == "https://shop.example"
    assert len(logged()) == 2


def test_jitsu_s_preflight_is_let_through(post):
    preflight = {
        "origin": "https://shop.example",
        "access_control_request_headers": "content-type,x-write-key",
    }
    status, _, headers = post("/api/s/page", b"", method="OPTIONS", key="", **preflight)
    assert (status, headers["access-control-allow-headers"]) == (204, "content-type,x-write-key")


def test_a_beacon_says_its_key_in_the_address(post):
    body = {"batch": [EVENT], "sentAt": "2026-01-31T10:00:00Z"}
    assert (
        post("/beacon/v1/batch", body, key="", query=b"writeKey=wk_site", content_type="text/plain")[0] == 200
    )
    assert post("/beacon/v1/batch", body, key="", query=b"writeKey=wk_nobody")[0] == 401
    assert len(logged()) == 1


def test_customer_io_s_client_finds_itself_in_the_settings(post):
    status, answer, _ = post("/v1/projects/wk_site/settings", b"", method="GET", key="")
    own = answer["integrations"]["Customer.io Data Pipelines"]
    assert (status, own["apiKey"]) == (200, "wk_site")
    assert own == answer["integrations"]["Segment.io"]
