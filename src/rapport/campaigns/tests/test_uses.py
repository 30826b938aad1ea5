"""A segment knows the campaigns that go to it."""

from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError

from rapport.campaigns.services.campaigns import send_campaign
from rapport.campaigns.services.errors import CampaignError
from rapport.core.links import uses_of
from rapport.governance.services import purposes
from rapport.messaging.models import Send
from rapport.segments.services.segments import archive_segment


def test_a_segment_names_its_campaigns(campaign, segment):
    (use,) = uses_of("segment", [segment.pk])[segment.pk]
    assert (use.label, use.kind, use.url) == (campaign.name, "campaign", f"/campaigns/{campaign.pk}/")


def test_a_segment_that_a_campaign_waits_for_cannot_be_archived(campaign, segment, actor):
    with pytest.raises(ValidationError, match=campaign.name):
        archive_segment(actor=actor, segment=segment)


def test_a_segment_whose_campaigns_are_through_can_be_archived(campaign, segment, actor):
    send = send_campaign(actor=actor, campaign_id=campaign.pk)
    Send.objects.filter(pk=send.pk).update(completed_at=send.send_at)
    archive_segment(actor=actor, segment=segment)
    segment.refresh_from_db()
    assert segment.archived_at


def test_a_campaign_is_not_sent_for_a_purpose_out_of_use(campaign, actor):
    purposes.archive_purpose(actor=actor, purpose=campaign.purpose)
    with pytest.raises(CampaignError, match="out of use"):
        send_campaign(actor=actor, campaign_id=campaign.pk)
