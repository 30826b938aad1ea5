"""What holds for every call of the REST API."""

from __future__ import annotations

import json
import threading

import pytest
from django.db import connection

from rapport.core.models import ApiKey, IdempotentRequest
from rapport.core.services import idempotency, keys
from rapport.people.models import Person

pytestmark = pytest.mark.django_db


def problem(api, status):
    body = json.loads(api.response.content)
    assert api.response["Content-Type"] == "application/problem+json"
    assert (api.response.status_code, body["status"]) == (status, status)
    return body


def test_without_a_key_the_answer_says_how_to_send_one(api):
    api("GET", "/people", Authorization="")
    assert "Bearer KEY" in problem(api, 401)["detail"]
    assert api.response["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.parametrize("header", ["Bearer", "Bearer rk_wrong", "Basic cms6", "Bearer rk_\u00e9", "rk_x"])
def test_a_wrong_key_is_refused(api, header):
    api("GET", "/people", Authorization=header)
    problem(api, 401)


def test_a_revoked_key_is_refused(api, actor):
    keys.revoke(actor=actor, key_id=ApiKey.objects.get().pk)
    api("GET", "/people")
    problem(api, 401)


def test_the_use_of_a_key_is_noted_once_a_minute(api, django_assert_num_queries):
    api("GET", "/purposes")
    noted = ApiKey.objects.get().last_used_at
    api("GET", "/purposes")
    assert noted is not None
    assert ApiKey.objects.get().last_used_at == noted


@pytest.mark.parametrize(
    "path", ["/nothing", "/people/nonsense", "/people/00000000-0000-0000-0000-000000000000"]
)
def test_what_does_not_exist_is_a_problem(api, path):
    api("GET", path)
    problem(api, 404)


def test_a_method_that_is_not_possible_names_those_that_are(api):
    api("DELETE", "/people")
    problem(api, 405)
    assert api.response["Allow"] == "GET, POST"


def test_one_address_may_be_served_by_two_apps(api):
    api("PUT", "/people/00000000-0000-0000-0000-000000000000")
    problem(api, 405)
    assert api.response["Allow"] == "DELETE, GET, PATCH"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"\xff",
        b'{"identifiers": NaN}',
        b'{"identifiers": {"email": "a@b.co\\u0000"}}',
        b'{"identifiers": {"email": "\\ud800@b.co"}}',
        b"[" * 5000 + b"]" * 5000,
        b'{"identifiers": {"email": "a@b.co"}, "traits": {"deep": ' + b"[" * 60 + b"]" * 60 + b"}}",
    ],
)
def test_a_body_that_cannot_be_read_is_the_callers_problem(api, body):
    api("POST", "/people", body)
    assert api.response.status_code in {400, 422}
    problem(api, api.response.status_code)


def test_a_field_that_is_wrong_is_pointed_to(api):
    api("POST", "/people", {"identifiers": {}, "traits": {"": 1}, "more": 1})
    pointers = {error["pointer"] for error in problem(api, 422)["errors"]}
    assert {"/body/identifiers", "/body/more"} <= pointers


@pytest.mark.parametrize("query", ["limit=0", "limit=201", "limit=x", "cursor=" + "a" * 1001])
def test_a_query_that_is_wrong_is_pointed_to(api, query):
    api("GET", f"/people?{query}")
    assert problem(api, 422)["errors"][0]["pointer"] == "/query/" + query.split("=")[0]


@pytest.mark.parametrize(
    "path",
    ["/people?email=ada@example.org", "/purposes?page=2", "/jobs?status=failed", "/segments?limit=5&q=x"],
)
def test_a_parameter_that_is_not_known_is_refused(api, path):
    """An ignored filter would answer with everybody."""
    api("GET", path)
    name = path.rpartition("=")[0].rpartition("?")[2].rpartition("&")[2]
    assert problem(api, 422)["errors"][0]["pointer"] == f"/query/{name}"


@pytest.mark.parametrize("cursor", ["abc", "%F0", "YWJj", "a.b.c", "=" * 40])
def test_a_cursor_of_ones_own_making_is_refused(api, cursor):
    api("GET", f"/people?cursor={cursor}")
    problem(api, 400)


def test_nul_in_an_address_is_refused(api):
    api("GET", "/people?search=%00")
    problem(api, 400)


def test_a_body_too_large_is_refused(api, settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 100
    api("POST", "/people", {"identifiers": {"email": "a" * 200}})
    problem(api, 413)


def test_a_failure_of_ours_tells_nothing_but_a_reference(api, monkeypatch):
    def broken(*_arguments):
        raise RuntimeError("secret internals")

    monkeypatch.setattr("rapport.governance.queries.purposes", broken)
    api("GET", "/purposes")
    assert "internals" not in str(problem(api, 500))


def test_a_write_sent_twice_happens_once(api):
    body = {"identifiers": {"email": "ada@example.com"}}
    first = api("POST", "/people", body, **{"Idempotency-Key": "k1"})
    again = api("POST", "/people", body, **{"Idempotency-Key": "k1"})
    assert first == again
    assert api.response["Idempotency-Replayed"] == "true"
    assert Person.objects.count() == 1


def test_a_secret_that_was_told_once_is_not_kept_for_the_second_asking(api):
    body = {"name": "till", "scopes": ["people.view"]}
    first = api("POST", "/keys", body, **{"Idempotency-Key": "k1"})
    assert api("POST", "/keys", body, **{"Idempotency-Key": "k1"}) == first
    assert first[1]["secret"].encode() not in bytes(IdempotentRequest.objects.get().body)


def test_a_key_used_for_another_write_is_refused(api):
    api("POST", "/people", {"identifiers": {"email": "ada@example.com"}}, **{"Idempotency-Key": "k1"})
    api("POST", "/people", {"identifiers": {"email": "bob@example.com"}}, **{"Idempotency-Key": "k1"})
    problem(api, 422)


def test_a_write_that_failed_may_be_tried_again_with_its_key(api):
    api("POST", "/people", {"identifiers": {"email": "nonsense"}}, **{"Idempotency-Key": "k1"})
    problem(api, 422)
    assert not IdempotentRequest.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_two_writes_with_one_key_at_the_same_time_do_not_both_run():
    begun, go_on = threading.Event(), threading.Event()

    def slow():
        begun.set()
        go_on.wait(5)
        return idempotency.Answer(200, b"{}")

    def first():
        idempotency.once(actor="a", key="k", fingerprint="f", run=slow)
        connection.close()

    thread = threading.Thread(target=first)
    thread.start()
    begun.wait(5)
    with pytest.raises(idempotency.Busy):
        idempotency.once(actor="a", key="k", fingerprint="f", run=slow)
    go_on.set()
    thread.join()
