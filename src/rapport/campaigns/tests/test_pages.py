"""The pages of campaigns, seen by somebody who is signed in."""

from __future__ import annotations

from typing import Any

import pytest
from django.urls import reverse

from rapport.campaigns.models import Campaign
from rapport.campaigns.services import campaigns
from rapport.content.models import Template
from rapport.messaging.models import Delivery, Send

pytestmark = pytest.mark.django_db


@pytest.fixture
def sent(consenting: Any, actor: Any, campaign: Campaign, clock: Any, work: Any) -> Campaign:
    consenting("ada")
    consenting("bob", consent="")
    campaigns.send_campaign(actor=actor, campaign_id=campaign.pk, clock=clock)
    work()
    return campaign


@pytest.mark.parametrize("name", ["campaigns", "campaign-new"])
def test_pages_without_a_record_open(page: Any, template: Template, name: str) -> None:
    assert page.get(reverse(f"campaigns:{name}")).status_code == 200


def test_a_sent_campaign_shows_its_results_and_ledger(page: Any, sent: Campaign) -> None:
    assert b"no consent" in page.get(reverse("campaigns:campaign", args=[sent.pk])).content
    assert page.get(reverse("campaigns:campaign-live", args=[sent.pk])).status_code == 200
    delivery = Delivery.objects.get(state="sent")
    moment = {"first_at": delivery.finished_at, "last_at": delivery.finished_at}
    delivery.engagements.create(kind="click", human_probability=0.02, human_reasons=["hidden_link"], **moment)
    address = reverse("campaigns:campaign", args=[sent.pk])
    assert "and 1 by a machine only" in page.get(address).content.decode()
    assert "1 of them by a machine" in page.get(address + "?counted=everything").content.decode()
    assert "1 of them by a machine" in page.get(address).content.decode()  # as chosen last
    why = page.get(reverse("messaging:delivery", args=[delivery.pk])).content.decode()
    assert "the same address followed the link that people cannot see" in why
    body = page.get(reverse("campaigns:deliveries", args=[sent.pk]), follow=True).content.decode()
    assert "Ada" in body
    assert "There is no consent" in body


def test_why_names_segment_consent_and_gate(page: Any, sent: Campaign) -> None:
    delivery = Delivery.objects.get(state="sent")
    body = page.get(reverse("messaging:delivery", args=[delivery.pk])).content.decode()
    assert all(word in body for word in ("definition version 1", "by form", "allowed", "Europe/London"))


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
    answer = page.post(reverse("campaigns:campaign-new"), fields | {"review": "1"})
    campaign = Campaign.objects.get()
    assert campaign.channel == "email"
    assert answer.url == reverse("campaigns:campaign-review", args=[campaign.pk])
    assert not Send.objects.exists()
    page.post(answer.url, {"receives": "0"})
    assert Send.objects.exists()
    page.post(reverse("campaigns:campaign-cancel", args=[campaign.pk]))
    assert not Send.objects.exists()


def test_the_audience_says_who_will_not_receive_it_and_why(
    page: Any, consenting: Any, segment: Any, purpose: Any
) -> None:
    consenting("ada")
    consenting("bob", consent="withdrawn")
    query = f"?segment={segment.pk}&purpose={purpose.pk}"
    body = page.get(reverse("campaigns:campaign-audience") + query).content.decode()
    assert "<strong>1</strong>" in body
    assert "was withdrawn" in body


def test_a_form_with_faults_comes_back_with_words(page: Any, template: Template) -> None:
    response = page.post(reverse("campaigns:campaign-new"), {"name": "", "when": "later"})
    assert response.status_code == 422
    assert b"Choose a date and time" in response.content


@pytest.mark.parametrize(("role", "status"), [("viewer", 403), ("marketer", 200)])
def test_only_marketers_may_write(client: Any, user: Any, role: str, status: int) -> None:
    user.roles.set([role])
    client.force_login(user)
    assert client.get(reverse("campaigns:campaign-new")).status_code == status


def test_the_calendar_shows_when_campaigns_go_out(page: Any, sent: Campaign, clock: Any) -> None:
    on = clock.now().date().isoformat()
    body = page.get(f"{reverse('campaigns:campaigns')}?layout=calendar&on={on}").content.decode()
    assert "calendar-entry" in body
    assert reverse("campaigns:campaign", args=[sent.pk]) in body


def test_a_recurring_campaign_is_written_on_the_form_and_faults_stand_beside_their_fields(
    page: Any, segment: Any, purpose: Any, template: Template
) -> None:
    fields = {"name": "Weekly", "segment": segment.pk, "purpose": purpose.pk, "template": template.pk}
    fields |= {
        "when": "recurring",
        "unit": "week",
        "every": 2,
        "weekdays": ["0", "4"],
        "zone": "Europe/Berlin",
    }
    answer = page.post(reverse("campaigns:campaign-new"), fields)
    assert (answer.status_code, Campaign.objects.count()) == (422, 0)
    assert b"Choose a time of the day" in answer.content
    page.post(reverse("campaigns:campaign-new"), fields | {"time": "09:00", "folder": "News", "tags": "a, b"})
    campaign = Campaign.objects.get()
    assert (campaign.rule.weekdays, campaign.rule.every, campaign.tags) == ([0, 4], 2, ["a", "b"])
    shown = page.get(reverse("campaigns:campaign", args=[campaign.pk])).content.decode()
    assert 'value="09:00"' in shown
