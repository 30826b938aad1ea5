from __future__ import annotations

import pytest

from rapport.campaigns.models import Campaign, Cost
from rapport.core.access import system
from rapport.demo.seeding import past_campaigns, seed
from rapport.demo.seeding.mailings import campaign_id, delivery_id, mailings
from rapport.demo.seeding.steps import Sent
from rapport.messaging import queries as messaging
from rapport.segments.models import Segment


@pytest.mark.django_db
def test_a_mailing_of_the_year_is_a_campaign_with_its_ledger(live):
    mailing = mailings()[3]
    calls = [
        {
            "type": "track", "event": f"Message {name}", "userId": f"u-{number}", "timestamp": "2026-01-05T10:00:00Z",
            "properties": {
                "campaign_id": str(campaign_id(mailing.code)), "delivery_id": str(delivery_id(Sent(mailing, number))),
                "human_probability": human,
            },
        }
        for number, name, human in (
            (1, "Sent", 1), (1, "Opened", 0.9), (1, "Clicked", 0.97), (2, "Sent", 1), (2, "Opened", 0.08),
        )
    ]  # fmt: skip
    withdrawn = {"purpose": mailing.purpose, "channel": "email", "form": "unsubscribe link"}
    leaving = {"type": "track", "event": "Consent Withdrawn", "userId": "u-2", "properties": withdrawn}
    live.ingest([*calls, leaving | {"timestamp": "2026-01-06T10:00:00Z"}])
    Segment.objects.create(key="newsletter-readers", name="Readers", definition={"all": []})
    seed._template(system("demo"), "Newsletter", "Candles", "Three lanterns")
    assert (past_campaigns.seed(), past_campaigns.seed()) == (1, 0)
    campaign = Campaign.objects.get()
    results = messaging.results(campaign.send)
    assert (results.sent, results.opened_human, results.opened_machine, results.clicked_human) == (2, 1, 1, 1)
    assert results.unsubscribed == 1
    assert Cost.objects.get(record=campaign).amount == 380
