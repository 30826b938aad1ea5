"""Templates over the REST API."""

from __future__ import annotations

import json
from typing import Any

import pytest

from rapport.core import crypto
from rapport.core.models import ApiKey
from rapport.core.permissions import grants_of_role

pytestmark = pytest.mark.django_db


@pytest.fixture
def api(client: Any, template: Any) -> Any:
    secret = crypto.token("rk")
    ApiKey.objects.create(
        name="t", prefix=secret[:8], digest=crypto.digest(secret), grants=grants_of_role("marketer")
    )

    def call(method: str, path: str, body: Any = None) -> Any:
        response = client.generic(
            method,
            f"/api/v1{path}",
            json.dumps(body) if body is not None else "",
            content_type="application/json",
            headers={"authorization": f"Bearer {secret}"},
        )
        return response.status_code, json.loads(response.content)

    return call


def test_templates_can_be_written_previewed_and_published(api: Any, new_person: Any) -> None:
    person = new_person("ada", first_name="Ada")
    template = api("POST", "/templates", {"name": "T", "subject": "Hi {{ person.first_name }}"})[1]
    shown = api("POST", f"/templates/{template['id']}/preview", {"person": str(person.pk)})[1]
    assert (shown["subject"], "Hello Ada" in shown["html"]) == ("Hi Ada", True)
    assert api("POST", f"/templates/{template['id']}/publish", {})[1]["version"] == 1
    assert api("PATCH", f"/templates/{template['id']}", {"subject": "Yo"})[1]["subject"] == "Yo"


def test_a_broken_template_is_refused_with_the_line(api: Any) -> None:
    template = api(
        "POST", "/templates", {"name": "T", "mjml": "<mjml>\n<mj-body>\n<mj-nope>\n</mj-body></mjml>"}
    )[1]
    status, body = api("POST", f"/templates/{template['id']}/publish", {})
    assert status == 422
    assert body["errors"][0]["detail"].startswith("line 3: ")
