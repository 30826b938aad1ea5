"""Consent events as others spell them, and withdrawals that cannot be understood."""

import pytest

from rapport.events.models import QuarantinedEvent
from rapport.governance.models import Consent


def say(live, name, **properties):
    live.ingest([{"type": "track", "event": name, "userId": "user-1", "properties": properties}])


def states():
    return dict(Consent.objects.filter(channel="email").values_list("purpose__key", "state"))


@pytest.fixture
def ann(live, person):
    ann = person(email="ann@example.org")
    for purpose in ("newsletter", "offers"):
        say(live, "Consent Granted", purpose=purpose, channel="email")
    assert states() == {"newsletter": "granted", "offers": "granted"}
    return ann


@pytest.mark.parametrize(
    ("name", "purpose", "channel"),
    [
        ("Consent Withdrawn", "Newsletter", "Email"),
        ("Consent Withdrawn", " NEWSLETTER ", "e-mail"),
        ("consent withdrawn", "newsletter", "email"),
        ("Consent_Withdrawn", "newsletter", "EMAIL"),
        ("ConsentWithdrawn", "news-letter", "E Mail"),
        ("Consent Withdrawn", ["newsletter"], "email"),
    ],
)
def test_any_spelling_withdraws_just_that(live, ann, name, purpose, channel):
    say(live, name, purpose=purpose, channel=channel)
    assert states() == {"newsletter": "withdrawn", "offers": "granted"}
    assert not QuarantinedEvent.objects.exists()


@pytest.mark.parametrize("purpose", ["Nwsltr", "", None, 7, ["newsletter", "tips"], {"key": "newsletter"}])
def test_a_withdrawal_of_an_unknown_purpose_stops_everything_on_the_channel(live, ann, purpose):
    say(live, "Consent Withdrawn", purpose=purpose, channel="Email")
    assert states() == {"newsletter": "withdrawn", "offers": "withdrawn"}
    assert not Consent.objects.filter(channel="sms").exists()
    assert "counts for every purpose" in QuarantinedEvent.objects.get().reason


def test_a_withdrawal_on_an_unknown_channel_stops_the_purpose_on_all(live, ann):
    say(live, "Consent Withdrawn", purpose="newsletter", channel="carrier pigeon")
    assert states() == {"newsletter": "withdrawn", "offers": "granted"}
    assert Consent.objects.get(channel="sms").state == "withdrawn"


def test_a_grant_that_cannot_be_understood_grants_nothing(live, ann):
    before = Consent.objects.count()
    say(live, "Consent Granted", purpose="nwsltr", channel="email")
    assert Consent.objects.count() == before
    assert "no purpose" in QuarantinedEvent.objects.get().reason


def test_a_grant_in_another_spelling_is_one(live, person):
    person(email="ann@example.org")
    say(live, "consent granted", purpose="Offers", channel="E-Mail")
    assert states() == {"offers": "granted"}
