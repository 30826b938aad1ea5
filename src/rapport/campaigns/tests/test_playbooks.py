"""The re-permission playbook: one click makes segment, template and draft, and nothing is sent by it."""

from __future__ import annotations

from typing import Any

import pytest

from rapport.campaigns.models import Campaign
from rapport.content.models import Template
from rapport.content.services import templates
from rapport.governance.models import Purpose
from rapport.messaging.models import Send
from rapport.segments.models import Segment

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clickhouse")]


def test_one_click_makes_segment_template_and_draft(page: Any, actor: Any) -> None:
    Purpose.objects.filter(key="newsletter").update(valid_for_days=365)
    assert page.post("/campaigns/re-permission/", {"purpose": "newsletter"}).status_code == 302
    campaign = Campaign.objects.select_related("segment", "template", "purpose").get()
    (clause,) = campaign.segment.definition["all"]
    assert (clause["consent"], clause["channel"], clause["since"]) == (
        "newsletter",
        "email",
        {"before": "-335d"},
    )
    assert (campaign.purpose.key, Send.objects.exists()) == ("newsletter", False)
    version = templates.publish(actor=actor, template_id=campaign.template_id)
    assert "preferences_url" in version.html
    assert page.get(f"/campaigns/{campaign.pk}/").status_code == 200


def test_a_purpose_whose_consents_do_not_end_says_what_to_do(page: Any) -> None:
    answer = page.post("/campaigns/re-permission/", {"purpose": "newsletter"})
    assert (answer.status_code, b"under Purposes" in answer.content) == (422, True)
    assert not any(model.objects.exists() for model in (Segment, Template, Campaign))


def test_purposes_that_need_no_consent_are_not_offered(page: Any) -> None:
    shown = page.get("/campaigns/re-permission/").content.decode()
    assert "newsletter" in shown
    assert 'value="service"' not in shown
