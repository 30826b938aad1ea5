"""The pages of messaging, seen by somebody who is signed in."""

from __future__ import annotations

from typing import Any

import pytest
from django.urls import reverse

from rapport.messaging.models import Campaign, CampaignSend, Delivery, SendingPolicy, Template
from rapport.messaging.services import campaigns

pytestmark = pytest.mark.django_db


@pytest.fixture
def sent(consenting: Any, actor: Any, campaign: Campaign, clock: Any, work: Any) -> Campaign:
    consenting("ada")
    consenting("bob", consent="")
    campaigns.send_campaign(actor=actor, campaign_id=campaign.pk, clock=clock)
    work()
    return campaign


@pytest.mark.parametrize(
    "name", ["templates", "template-new", "campaigns", "campaign-new", "template-people"]
)
def test_pages_without_a_record_open(page: Any, template: Template, name: str) -> None:
    assert page.get(reverse(f"messaging:{name}")).status_code == 200


def test_a_sent_campaign_shows_its_results_and_ledger(page: Any, sent: Campaign) -> None:
    assert b"no consent" in page.get(reverse("messaging:campaign", args=[sent.pk])).content
    assert page.get(reverse("messaging:campaign-live", args=[sent.pk])).status_code == 200
    body = page.get(reverse("messaging:deliveries", args=[sent.pk])).content.decode()
    assert "Ada" in body
    assert "There is no consent" in body


def test_why_names_segment_consent_and_gate(page: Any, sent: Campaign) -> None:
    delivery = Delivery.objects.get(state="sent")
    body = page.get(reverse("messaging:delivery", args=[delivery.pk])).content.decode()
    assert all(word in body for word in ("definition version 1", "by form", "may go", "Europe/London"))


def test_the_editor_previews_for_a_person_without_scripts(
    page: Any, template: Template, consenting: Any
) -> None:
    consenting("ada", first_name="Augusta")
    assert page.get(reverse("messaging:template", args=[template.pk])).status_code == 200
    shown = page.get(reverse("messaging:template-preview", args=[template.pk]) + "?person=ada@example.org")
    assert b"Hello Augusta" in shown.content
    assert "default-src 'none'" in shown.headers["Content-Security-Policy"]
    assert "script-src" not in shown.headers["Content-Security-Policy"]


def test_a_draft_is_kept_even_when_it_is_broken(page: Any, template: Template) -> None:
    address = reverse("messaging:template-draft", args=[template.pk])
    body = page.post(address, {"mjml": "<mjml>\n<mj-body>\n<mj-text>"}).content.decode()
    assert "Line 3" in body
    template.refresh_from_db()
    assert template.mjml.endswith("<mj-text>")


def test_a_version_can_be_restored(page: Any, template: Template) -> None:
    page.post(reverse("messaging:template-publish", args=[template.pk]))
    page.post(reverse("messaging:template-draft", args=[template.pk]), {"subject": "Other"})
    page.post(reverse("messaging:template-restore", args=[template.pk, 1]))
    template.refresh_from_db()
    assert template.subject == "Hi {{ person.first_name }}"


def test_a_campaign_is_written_sent_and_taken_back(
    page: Any, template: Template, segment: Any, purpose: Any
) -> None:
    fields = {
        "name": "X",
        "segment": segment.pk,
        "purpose": purpose.pk,
        "template": template.pk,
        "when": "now",
    }
    page.post(reverse("messaging:campaign-new"), fields | {"send": "1"})
    campaign = Campaign.objects.get()
    assert CampaignSend.objects.exists()
    page.post(reverse("messaging:campaign-cancel", args=[campaign.pk]))
    assert not CampaignSend.objects.exists()


def test_the_audience_says_who_will_not_receive_it_and_why(
    page: Any, consenting: Any, segment: Any, purpose: Any
) -> None:
    consenting("ada")
    consenting("bob", consent="withdrawn")
    query = f"?segment={segment.pk}&purpose={purpose.pk}"
    body = page.get(reverse("messaging:campaign-audience") + query).content.decode()
    assert "<strong>1</strong>" in body
    assert "was withdrawn" in body


def test_a_form_with_faults_comes_back_with_words(page: Any, template: Template) -> None:
    response = page.post(reverse("messaging:campaign-new"), {"name": "", "when": "later"})
    assert response.status_code == 422
    assert b"Say when" in response.content


@pytest.mark.parametrize(("role", "status"), [("viewer", 403), ("marketer", 200)])
def test_only_marketers_may_write(client: Any, user: Any, role: str, status: int) -> None:
    user.roles.set([role])
    client.force_login(user)
    assert client.get(reverse("messaging:campaign-new")).status_code == status


def test_sending_limits_are_saved_and_half_a_quiet_time_is_refused(page: Any) -> None:
    limits = {
        "quiet_from": "21:00",
        "quiet_until": "08:00",
        "cap_messages": "3",
        "cap_days": "7",
        "lateness_hours": "24",
    }
    assert page.post("/settings/sending/", limits).status_code == 302
    assert SendingPolicy.objects.get().cap_messages == 3
    assert page.post("/settings/sending/", {**limits, "quiet_until": ""}).status_code == 422
