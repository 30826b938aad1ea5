"""The OpenAPI document is complete and true: what it says is what is answered."""

from __future__ import annotations

import collections

import pytest
import schemathesis
from django.core import signals
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from hypothesis import HealthCheck, Phase, settings
from ninja import Schema
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from rapport.config.api import api as rest
from rapport.core import access
from rapport.core.services import keys

pytestmark = pytest.mark.django_db
DOCUMENT = rest.get_openapi_schema(path_prefix="/api/v1/")
OPERATIONS = [(method, path) for path, methods in DOCUMENT["paths"].items() for method in methods]


def test_the_document_is_served_as_openapi_3_1(client):
    served = client.get("/api/v1/openapi.json").json()
    assert served["openapi"].startswith("3.1")
    assert served["components"]["securitySchemes"]["BearerKey"]["scheme"] == "bearer"


@pytest.mark.parametrize(("method", "path"), OPERATIONS)
def test_every_operation_names_its_key_and_its_problems(method, path):
    operation = DOCUMENT["paths"][path][method]
    assert operation["security"] == [{"BearerKey": []}]
    assert {"400", "401", "403", "404", "422", "500"} <= set(operation["responses"])
    assert "application/problem+json" in operation["responses"]["404"]["content"]


def test_operations_have_names_of_their_own():
    names = [DOCUMENT["paths"][path][method]["operationId"] for method, path in OPERATIONS]
    assert len(names) == len(set(names))


def _schemas(kind=Schema):
    for each in kind.__subclasses__():
        if each.__module__.startswith("rapport."):
            yield each
        yield from _schemas(each)


def test_no_two_schemas_share_a_name_and_so_a_place_in_the_document():
    counts = collections.Counter(each.__name__ for each in set(_schemas()))
    assert [name for name, count in counts.items() if count > 1] == []


@pytest.fixture
def key(clickhouse, db):
    _key, secret = keys.create(actor=access.system("test"), name="fuzz", role="owner")
    # As Django's own test client does: the test's transaction outlives each request.
    ends = (signals.request_started, signals.request_finished)
    for end in ends:
        end.disconnect(close_old_connections)
    yield {"Authorization": f"Bearer {secret}"}
    for end in ends:
        end.connect(close_old_connections)


schema = schemathesis.openapi.from_dict(dict(DOCUMENT))
schema.app = get_wsgi_application()
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]


@schema.parametrize()
@settings(
    max_examples=12,
    deadline=None,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
def test_whatever_is_sent_the_answer_is_as_described(case, key):
    case.call_and_validate(headers=key, checks=CHECKS)
