"""The review before a campaign is sent, its live header, and two tabs that save the same draft."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.urls import reverse

from rapport.campaigns.models import Campaign
from rapport.campaigns.views import review
from rapport.messaging.models import Send
from rapport.segments.models import Segment

pytestmark = pytest.mark.django_db


def address(campaign: Campaign, name: str = "review") -> str:
    return reverse(f"campaigns:campaign-{name}" if name else "campaigns:campaign", args=[campaign.pk])


def test_the_review_says_whom_what_and_when_with_the_number_on_the_button(
    page: Any, campaign: Campaign, consenting: Any
) -> None:
    consenting("ada")
    consenting("bob", consent="")
    body = " ".join(page.get(address(campaign)).content.decode().split())
    assert "Send to 1 person" in body
    assert "<strong>Hi" in body
    assert "There is no consent" in body
    assert not Send.objects.exists()


def test_the_message_is_tried_on_those_it_is_for(page: Any, campaign: Campaign, consenting: Any) -> None:
    campaign.template.subject = "Hi {{ person.nick }}, {{ 10 | divided_by: person.rate }}"
    campaign.template.save()
    consenting("ada", rate=2, nick="A")
    consenting("bob", rate=0, nick="B")
    consenting("cyd", rate=1)
    consenting("dan", consent="", rate=0)
    body = " ".join(page.get(address(campaign)).content.decode().split())
    assert "For 1 of 3 recipients looked at, the message cannot be made" in body
    assert "1 of 3 recipients looked at have no value for person.nick" in body
    assert "Send to 3 people" in body
    assert "disabled" not in body.partition("Send to 3 people")[0][-200:]
    campaign.template.subject = "{{ 1 | divided_by: 0 }}"
    campaign.template.save()
    body = page.get(address(campaign)).content.decode()
    assert "divide by 0" in body
    assert 'btn-primary" disabled' in body


def test_a_large_audience_asks_for_the_name(
    page: Any, campaign: Campaign, consenting: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(review, "NAME_FROM", 1)
    consenting("ada")
    answer = page.post(address(campaign), {"receives": "1", "confirm": "May"})
    assert (answer.status_code, Send.objects.count()) == (422, 0)
    page.post(address(campaign), {"receives": "1", "confirm": "June"})
    assert Send.objects.count() == 1


def test_an_audience_that_grew_is_shown_again(page: Any, campaign: Campaign, consenting: Any) -> None:
    for number in range(12):
        consenting(f"person{number}")
    answer = page.post(address(campaign), {"receives": "1"})
    assert (answer.status_code, Send.objects.count()) == (422, 0)
    assert "has grown" in answer.content.decode()


@pytest.mark.parametrize("at", ["2026-99-99T00:00", "2026-12-01T25:00", "tomorrow"])
def test_a_time_in_the_address_that_cannot_be_read_does_not_mean_now(
    page: Any, campaign: Campaign, at: str
) -> None:
    there = f"{address(campaign)}?at={at}"
    assert page.get(there).status_code == page.post(there, {"receives": "9"}).status_code == 404
    assert not Send.objects.exists()


def test_the_live_part_brings_state_actions_and_excluded_along(
    page: Any, campaign: Campaign, consenting: Any, work: Any, actor: Any, clock: Any
) -> None:
    from rapport.campaigns.services import campaigns

    consenting("ada")
    consenting("bob", consent="")
    campaigns.send_campaign(actor=actor, campaign_id=campaign.pk, clock=clock)
    assert "Cancel sending" in page.get(address(campaign, "live")).content.decode()
    work()
    body = page.get(address(campaign, "live")).content.decode()
    assert 'id="campaign-state" hx-swap-oob="true"' in body
    assert "Sent" in body
    assert "Cancel sending" not in body
    assert "There is no consent" in body


def test_the_save_of_a_second_tab_is_shown_and_not_overwritten(page: Any, campaign: Campaign) -> None:
    opened = page.get(address(campaign, "")).content.decode()
    revision = re.search(r'name="revision" value="([^"]+)"', opened)[1]  # type: ignore[index]
    vip = Segment.objects.create(key="vip", name="VIP", definition={"all": []})
    fields = {
        "name": "June",
        "segment": campaign.segment_id,
        "purpose": campaign.purpose_id,
        "template": campaign.template_id,
        "when": "now",
        "revision": revision,
    }
    page.post(address(campaign, ""), {**fields, "segment": vip.pk})
    answer = page.post(address(campaign, ""), {**fields, "name": "July"})
    assert answer.status_code == 422
    assert "VIP" in answer.content.decode()
    campaign.refresh_from_db()
    assert (campaign.name, campaign.segment_id) == ("June", vip.pk)
    fresh = re.search(r'name="revision" value="([^"]+)"', answer.content.decode())[1]  # type: ignore[index]
    page.post(address(campaign, ""), {**fields, "name": "July", "revision": fresh})
    campaign.refresh_from_db()
    assert campaign.name == "July"
