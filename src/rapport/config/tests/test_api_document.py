"""The OpenAPI document is complete and true: what it says is what is answered."""

from __future__ import annotations

import re

import pytest
import schemathesis
from django.apps import apps
from django.core import signals
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from hypothesis import HealthCheck, Phase, settings
from schemathesis.checks import not_a_server_error
from schemathesis.generation.hypothesis.builder import HypothesisTestConfig, HypothesisTestMode, create_test
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from rapport.config.tests import routes
from rapport.core import access
from rapport.core.api.schemas import Schema
from rapport.core.registration import RegistrationError
from rapport.core.services import keys

pytestmark = pytest.mark.django_db
BARE = routes.document()
DOCUMENT = {**BARE, "paths": {f"/api/v1{path}": methods for path, methods in BARE["paths"].items()}}
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


def test_components_carry_the_name_of_their_app():
    names = set(DOCUMENT["components"]["schemas"])
    assert {"PeoplePersonOut", "SegmentsSegmentOut", "Problem", "FieldProblem"} <= names
    prefixes = ("Page_", *(app.label.title() for app in apps.get_app_configs()))
    assert {name for name in names if not name.startswith(prefixes)} == {"Problem", "FieldProblem", "Reach"}


def test_two_schemas_of_one_name_in_one_app_are_refused():
    def body(module):
        return type("Twice", (Schema,), {"__module__": f"rapport.people.{module}"})

    body("first")
    with pytest.raises(RegistrationError, match=r"PeopleTwice: in rapport\.people\.first and"):
        body("second")
    del Schema.components["PeopleTwice"]


def test_every_body_refuses_fields_that_it_does_not_know():
    """A misspelt field must not pass as one left out: a campaign with `send_at` for `at` was sent at once."""
    tolerant = {
        name
        for method, path in OPERATIONS
        for content in DOCUMENT["paths"][path][method].get("requestBody", {}).get("content", {}).values()
        for name in re.findall(r"'#/components/schemas/(\w+)'", str(content))
        if DOCUMENT["components"]["schemas"][name].get("additionalProperties") is not False
    }
    assert tolerant == set()


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


@pytest.fixture(scope="module")
def schema():
    schema = schemathesis.openapi.from_dict(dict(DOCUMENT))
    schema.app = get_wsgi_application()
    return schema


CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]


@pytest.mark.parametrize(("method", "path"), OPERATIONS)
def test_whatever_is_sent_the_answer_is_as_described(method, path, key, schema):
    @settings(
        max_examples=2,  # every day others: see RAPPORT_TEST_SEED
        deadline=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    def answers_as_described(case):
        case.call_and_validate(headers=key, checks=CHECKS)

    # Made here and not by `schema.parametrize()`, with which every process makes all cases to collect the tests.
    config = HypothesisTestConfig(project=schema.config, modes=list(HypothesisTestMode))
    create_test(operation=schema[path][method], test_func=answers_as_described, config=config)()
