"""Templates over the REST API."""

from __future__ import annotations

from typing import Any

import pytest

pytestmark = pytest.mark.django_db


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
