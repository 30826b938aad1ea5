"""Raw payloads carry whatever was sent: their values are for those who may see personal data."""

import json

import pytest
from django.urls import reverse

from rapport.events.models import QuarantinedEvent
from rapport.events.queries import masking


@pytest.fixture
def refused(db):
    payload = json.dumps({"type": "track", "properties": {"email": "eve@example.org", "vip": True}}).encode()
    return QuarantinedEvent.objects.create(stage="capture", reason="no name", payload=payload)


@pytest.mark.parametrize(("role", "shown"), [("analyst", False), ("marketer", True)])
def test_a_quarantined_event_shows_its_values_to_who_may_see_them(client, user, refused, role, shown):
    user.roles.set([role])
    client.force_login(user)
    text = client.get(reverse("events:quarantined_event", args=[refused.pk])).content.decode()
    assert ("eve@example.org" in text) is shown
    assert "properties" in text


def test_traits_in_the_context_of_an_identify_call_are_masked_as_its_own(db):
    hidden = {"Identified": frozenset({"email"})}
    context = {"ip": "1.2.3.0", "traits": {"email": "eve@example.org", "plan": "pro"}}
    shown = masking.masked_context("Identified", context, hidden)
    assert shown == {"ip": "1.2.3.0", "traits": {"email": "••••", "plan": "pro"}}
