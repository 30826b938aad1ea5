"""Campaigns over the REST API."""

from __future__ import annotations

from typing import Any

import pytest

from rapport.content.services import templates
from rapport.content.tests.conftest import MJML

pytestmark = pytest.mark.django_db


def new_campaign(api: Any, segment: Any, purpose: Any, /, **values: Any) -> Any:
    inline = {"subject": "Hi", "mjml": MJML}
    body = {
        "name": "June",
        "segment": segment.key,
        "template": inline,
        "purpose": purpose.key,
        "channel": "email",
    }
    return api("POST", "/campaigns", body | values)


def test_a_campaign_is_made_with_an_inline_template(api: Any, segment: Any, purpose: Any) -> None:
    status, body = new_campaign(api, segment, purpose)
    assert (status, body["status"], body["segment"]) == (201, "draft", "all")
    assert api("GET", f"/campaigns/{body['id']}")[1] == body


def test_a_campaign_is_sent_and_its_ledger_read(
    api: Any, segment: Any, purpose: Any, consenting: Any, channel: Any
) -> None:
    from rapport.campaigns.services.audience import NAME
    from rapport.core import jobs
    from rapport.core.clock import SYSTEM
    from rapport.messaging.tests import driving

    consenting("ada")
    campaign = new_campaign(api, segment, purpose)[1]["id"]
    assert api("POST", f"/campaigns/{campaign}/send")[0] == 202
    jobs.run_once(SYSTEM, NAME)
    driving.run_once(channel=channel)
    rows = api("GET", f"/campaigns/{campaign}/deliveries?state=sent")[1]["data"]
    assert [row["address"] for row in rows] == ["ada@example.org"]
    driving.run_once(channel=channel)
    assert api("GET", f"/campaigns/{campaign}")[1]["status"] == "sent"


def test_a_time_under_another_name_sends_nothing(api: Any, segment: Any, purpose: Any) -> None:
    campaign = new_campaign(api, segment, purpose)[1]["id"]
    status, problem = api("POST", f"/campaigns/{campaign}/send", {"send_at": "2027-01-05T10:00:00Z"})
    assert (status, problem["errors"][0]["pointer"]) == (422, "/body/send_at")
    assert api("GET", f"/campaigns/{campaign}")[1]["status"] == "draft"


def test_sending_twice_is_a_conflict(api: Any, segment: Any, purpose: Any) -> None:
    campaign = new_campaign(api, segment, purpose)[1]["id"]
    api("POST", f"/campaigns/{campaign}/send", {})
    assert api("POST", f"/campaigns/{campaign}/send", {})[0] == 409


def test_a_broken_template_names_its_line(api: Any, segment: Any, purpose: Any) -> None:
    broken = {"subject": "Hi", "mjml": "<mjml>\n<mj-body>\n<mj-nope>\n</mj-body></mjml>"}
    status, body = new_campaign(api, segment, purpose, template=broken)
    assert status == 422
    assert "line 3" in body["errors"][0]["detail"]


@pytest.mark.parametrize("field", ["segment", "purpose"])
def test_names_of_nothing_are_refused(api: Any, segment: Any, purpose: Any, field: str) -> None:
    status, body = new_campaign(api, segment, purpose, **{field: "nothing"})
    assert (status, body["errors"][0]["pointer"]) == (422, f"/body/{field}")


def test_a_pause_can_be_ended(api: Any, segment: Any, purpose: Any) -> None:
    campaign = new_campaign(api, segment, purpose)[1]["id"]
    api("POST", f"/campaigns/{campaign}/send", {})
    assert api("POST", f"/campaigns/{campaign}/pause", {"reason": "typo"})[1]["status"] == "paused"
    assert api("POST", f"/campaigns/{campaign}/resume")[1]["status"] == "scheduled"
    assert api("POST", f"/campaigns/{campaign}/cancel")[1]["status"] == "draft"


def whole(segment: Any, purpose: Any, other: Any) -> dict[str, Any]:
    """A campaign in one call."""
    return {
        "name": "July",
        "audience": {"segment": segment.key},
        "template": {"subject": "Hi", "mjml": MJML},
        "purpose": purpose.key,
        "variants": [str(other.pk)],
        "holdout": 10,
        "per_hour": 500,
        "schedule": {"kind": "once", "at": "2099-01-01T09:00:00Z"},
    }


def test_one_call_sets_up_audience_variants_holdout_and_schedule(
    api: Any, segment: Any, purpose: Any, actor: Any
) -> None:
    other = templates.create_template(actor=actor, name="Other", subject="Other", mjml=MJML)
    body = whole(segment, purpose, other)
    status, first = api("POST", "/campaigns", body)
    assert (status, first["schedule"]["at"], first["per_hour"]) == (201, "2099-01-01T09:00:00Z", 500)
    address = f"/campaigns/{first['id']}"
    results = api("GET", f"{address}/results")[1]
    assert (results["status"], results["holdout"]["persons"], results["variants"]) == ("draft", 0, [])
    weekly = {"kind": "recurring", "unit": "week", "weekdays": [0], "time": "09:00:00"}
    assert api("PATCH", address, {"schedule": weekly})[0] == 422  # a test is sent once
    changed = api("PATCH", address, {"variants": [], "schedule": weekly, "per_hour": None})
    assert (changed[1]["schedule"]["weekdays"], changed[1]["per_hour"]) == ([0], None)
    assert api("POST", f"{address}/send")[1]["status"] == "active"
    assert api("POST", f"{address}/cancel")[1]["status"] == "draft"
    assert api("POST", "/campaigns", {k: v for k, v in body.items() if k != "audience"})[0] == 422
