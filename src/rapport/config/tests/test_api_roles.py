"""Who may call what: operations on people in every role, with valid bodies and records that exist."""

from __future__ import annotations

import re

import pytest

from rapport.config.tests import routes
from rapport.core.permissions import ROLES, grants_of_role
from rapport.people.models import Person

NOBODY = "00000000-0000-4000-8000-000000000000"
# (method, path): what it takes, and a body that is valid, of what people's apps offer; every operation of every app is
# called in `test_roles_by_operation`.
OPERATIONS = {
    ("GET", "/permissions"): ("", None),
    ("GET", "/roles"): ("users.edit", None),
    ("POST", "/roles"): ("users.edit", {"name": "Own", "grants": {"people.view": "own"}}),
    ("GET", "/teams"): ("users.edit", None),
    ("POST", "/teams"): ("users.edit", {"name": "North"}),
    ("GET", "/users"): ("users.edit", None),
    ("GET", "/keys"): ("keys.edit", None),
    ("POST", "/keys"): ("keys.edit", {"name": "Till", "scopes": ["people.view:own"]}),
    ("GET", "/people"): ("people.view", None),
    ("POST", "/people"): ("people.edit", {"identifiers": {"email": "new@example.com"}}),
    ("GET", "/people/{person_id}"): ("people.view", None),
    ("PATCH", "/people/{person_id}"): ("people.edit", {"traits": {"vip": True}}),
    ("DELETE", "/people/{person_id}"): ("people.erase", None),
    ("GET", "/people/{person_id}/consents"): ("people.view", None),
    ("POST", "/people/{person_id}/consents"): ("people.edit", {"purpose": "offers", "state": "granted"}),
    ("GET", "/people/{person_id}/consents/ledger"): ("people.view", None),
    ("POST", "/people/{person_id}/export"): ("people.export people.personal", None),
    ("GET", "/people/{person_id}/events"): ("people.view", None),
    ("GET", "/events"): ("people.view data.view", None),
    ("GET", "/events/names"): ("people.view data.view", None),
    ("GET", "/purposes"): ("people.view", None),
    ("GET", "/suppressions?address=a@example.com"): ("people.view", None),
    ("POST", "/suppressions"): ("people.edit", {"address": "a@example.com"}),
}


def every_operation():
    document = routes.document()
    return [(method.upper(), path) for path, methods in document["paths"].items() for method in methods]


def test_no_operation_at_all_answers_without_a_key(api, live):
    statuses = {}
    for method, path in every_operation():
        filled = re.sub(r"\{[^}]+\}", NOBODY, path)
        statuses[method, path] = api(method, filled, {} if method != "GET" else None, Authorization="")[0]
    # A path's value may be of the wrong shape before the key is looked at; nothing is told then either.
    assert {
        operation: status for operation, status in statuses.items() if status not in {401, 404, 422}
    } == {}


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize(("method", "path"), OPERATIONS)
def test_a_role_may_do_exactly_what_it_is_for(api_as, person, method, path, role):
    permission, body = OPERATIONS[method, path]
    path = path.replace("{person_id}", str(person(email="ada@example.com").pk))
    status, _answer = api_as(role)(method, path, body)
    if set(permission.split()) <= grants_of_role(role).keys():
        assert status in {200, 201}
    else:
        assert status == 403


@pytest.mark.parametrize(("method", "path"), OPERATIONS)
def test_without_a_key_nothing_is_told_or_done(api, live, method, path):
    _permission, body = OPERATIONS[method, path]
    status, _answer = api(method, path.replace("{person_id}", NOBODY), body, Authorization="")
    assert status == 401
    assert not Person.objects.exists()


@pytest.mark.parametrize(("method", "path"), [key for key in OPERATIONS if "{" in key[1]])
def test_a_person_who_does_not_exist_is_not_found(api, live, method, path):
    _permission, body = OPERATIONS[method, path]
    assert api(method, path.replace("{person_id}", NOBODY), body)[0] == 404
