"""Who may call which operation of the API: each one in each role, from the permissions it asks for."""

from __future__ import annotations

import re
from urllib.parse import urlencode

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from rapport.config.tests.routes import NOBODY, document
from rapport.core.permissions import ROLES, grants_of_role

DOCUMENT = document()
OPERATIONS = [(method.upper(), path) for path, methods in DOCUMENT["paths"].items() for method in methods]
EXAMPLES = {
    "uuid": NOBODY,
    "date": "2026-01-05",
    "date-time": "2026-01-05T10:00:00Z",
    "email": "a@example.org",
    "uri": "https://example.org/",
}
# What the document cannot say: at least one of several is needed, or a file.
BODIES = {
    ("POST", "/messages"): {"to": {"email": "new@example.org"}, "purpose": "newsletter"},
    ("POST", "/people"): {"identifiers": {"email": "new@example.org"}},
    ("POST", "/identity-trials"): {"identifiers": {"email": "new@example.org"}},
    ("POST", "/forms"): {
        "key": "news",
        "name": "News",
        "definition": {"steps": [{"fields": [{"name": "email", "label": "Email"}]}]},
    },
    ("POST", "/event-catalogue/plan"): {"rules": {"events": [{"name": "Quiz Won"}]}},
}
# Operations that take a file: see below.
FILES = {"POST /images", "POST /imports", "POST /orders/files", "POST /social-posts/{post_id}/images"}
# Operations that tell no data, for every key.
OPEN = {
    "GET /segments/schema": "the language of segments",
    "GET /computed-traits/schema": "the language of traits",
    "GET /permissions": "the names of what keys may be given",
}
# Without the permission they show less, not nothing.
NARROWED = {"GET /jobs": "one's own jobs only"}
SCALARS = {"integer": 1, "number": 1, "boolean": True, "null": None}


def example(schema):
    """The smallest value a schema allows: what is required, nothing else."""
    if "$ref" in schema:
        return example(DOCUMENT["components"]["schemas"][schema["$ref"].rpartition("/")[2]])
    for alternatives in ("anyOf", "oneOf", "allOf"):
        if alternatives in schema:
            return example(schema[alternatives][0])
    if "const" in schema or "enum" in schema:
        return schema.get("const") or schema["enum"][0]
    kind = schema.get("type")
    if kind == "object" or "properties" in schema:
        required, properties = schema.get("required", []), schema.get("properties", {})
        return {name: example(properties[name]) for name in required}
    if kind == "array":
        return [example(schema["items"])] * schema.get("minItems", 0)
    if kind == "string":
        return EXAMPLES.get(schema.get("format"), "a" * max(1, schema.get("minLength", 1)))
    return max(SCALARS.get(kind, 1), schema["minimum"]) if "minimum" in schema else SCALARS.get(kind)


def address(method, path):
    """The path with records that do not exist, and the query that must be given."""
    operation = DOCUMENT["paths"][path][method.lower()]
    filled, query = path, []
    for parameter in operation.get("parameters", []):
        value = str(example(parameter["schema"]))
        if parameter["in"] == "path":
            filled = filled.replace(f"{{{parameter['name']}}}", value)
        elif parameter["in"] == "query" and parameter.get("required"):
            query.append((parameter["name"], example(parameter["schema"])))
    return re.sub(r"\{[^}]+\}", NOBODY, filled) + (f"?{urlencode(query, doseq=True)}" if query else "")


def body(method, path):
    if (method, path) in BODIES:
        return BODIES[method, path]
    content = DOCUMENT["paths"][path][method.lower()].get("requestBody", {}).get("content", {})
    return example(content["application/json"]["schema"]) if "application/json" in content else None


def fault_of(status, requested_permissions, grants):
    """What is wrong with an answer; "" when it is right."""
    if status >= 500:
        return f"{status}"
    if not requested_permissions:
        return f"{status} without asking for any permission"
    first = requested_permissions[0]
    if first not in grants and status not in {403, 404}:
        return f"{status}, not 403, without {first}"
    if status == 403 and grants.keys() >= set(requested_permissions):
        return f"403 with all of {sorted(set(requested_permissions))}"
    return ""


@pytest.mark.parametrize("role", ROLES)
def test_a_role_calls_exactly_what_it_may(live, api_as, requested_permissions, role):
    call, grants, wrong = api_as(role), grants_of_role(role), {}
    for method, path in OPERATIONS:
        requested_permissions.clear()
        status, _answer = call(method, address(method, path), body(method, path))
        fault = fault_of(status, requested_permissions, grants)
        if fault and f"{method} {path}" not in OPEN.keys() | NARROWED | FILES:
            wrong[f"{method} {path}"] = fault
    assert not wrong, "\n".join(f"{name}: {fault}" for name, fault in wrong.items())


@pytest.mark.parametrize("role", ROLES)
def test_a_role_uploads_a_file_only_if_it_may(live, api_as, role):
    call = api_as(role)
    file = SimpleUploadedFile("people.csv", b"email\nada@example.org\n")
    headers = {"Authorization": f"Bearer {call.secret}"}
    answer = call.client.post("/api/v1/imports", {"file": file}, headers=headers)
    assert answer.status_code == (201 if "people.edit" in grants_of_role(role) else 403)
    answer = call.client.post(
        f"/api/v1/social-posts/{NOBODY}/images", {"image": file, "alt": "A sea"}, headers=headers
    )
    assert answer.status_code == (404 if "social.edit" in grants_of_role(role) else 403)
    answer = call.client.post("/api/v1/images", {"image": file, "alt": "A sea"}, headers=headers)
    assert answer.status_code == (422 if "templates.edit" in grants_of_role(role) else 403)


@pytest.mark.parametrize("operations", [OPEN, NARROWED, FILES])
def test_no_exception_outlives_its_operation(operations):
    assert set(operations) <= {f"{method} {path}" for method, path in OPERATIONS}


@pytest.mark.parametrize(
    ("status", "requested_permissions", "is_fault"),
    [
        (200, [], True),
        (500, ["people.view"], True),
        (200, ["people.edit"], True),
        (422, ["people.edit"], True),
        (403, ["people.edit"], False),
        (200, ["people.view"], False),
        (403, ["people.view"], True),
        (403, ["people.view", "people.edit"], False),
    ],
)
def test_a_planted_answer_is_told_right_from_wrong(status, requested_permissions, is_fault):
    assert bool(fault_of(status, requested_permissions, {"people.view": "all"})) == is_fault
