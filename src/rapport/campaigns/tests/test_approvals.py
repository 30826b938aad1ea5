"""Four eyes before a large campaign goes out, and what the checklist says of it."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from rapport.campaigns import queries
from rapport.campaigns.services import approvals, campaigns, checklist, four_eyes
from rapport.campaigns.services.errors import CampaignError
from rapport.campaigns.views.campaigns import move_to_day
from rapport.content.library import blocks
from rapport.core import access
from rapport.core.models import AuditEntry, User
from rapport.messaging.models import Send
from rapport.segments.models import Segment

pytestmark = pytest.mark.django_db


@pytest.fixture
def colleague(user: User) -> User:
    other = User.objects.create(email="grace@example.org", name="Grace")
    other.roles.set(user.roles.all())
    return other


@pytest.fixture
def large(actor: Any, campaign: Any, consenting: Any) -> Any:
    """A campaign to two, where two need approval."""
    approvals.set_policy(actor=actor, approve_from=2)
    consenting("ada")
    consenting("bob")
    return campaign


def test_what_has_grown_since_it_was_ordered_waits_for_approval(
    actor: Any, campaign: Any, consenting: Any, work: Any, sink: Any, clickhouse: Any, clock: Any, colleague: Any
) -> None:  # fmt: skip
    approvals.set_policy(actor=actor, approve_from=2)
    Segment.objects.update(computed_version=1)
    consenting("ada")
    given = {"actor": actor, "campaign_id": campaign.pk, "clock": clock}
    campaigns.send_campaign(at=clock.now() + dt.timedelta(hours=1), **given)
    consenting("bob")
    clock.advance(dt.timedelta(hours=1))
    work()
    row = queries.campaign_for(actor, campaign.pk)
    assert (sink.recipients, queries.status(row)) == ([], "paused")
    with pytest.raises(CampaignError, match="has grown"):
        campaigns.resume_campaign(**given)
    assert campaigns.cancel_send(**given)
    approvals.request(**given)
    approvals.decide(actor=access.for_user(colleague), campaign_id=campaign.pk, grant=True)
    campaigns.send_campaign(**given)
    consenting("cyd")
    work()
    assert len(sink.recipients) == 3


@pytest.mark.parametrize("which", ["regulars", "part"])
def test_a_segment_that_was_changed_after_the_approval_waits(
    actor: Any, large: Any, colleague: User, work: Any, sink: Any, clickhouse: Any, clock: Any, which: str
) -> None:  # fmt: skip
    """Also if it is one that its own refers to."""
    everybody = {"trait": "email", "op": "set"}
    Segment.objects.create(key="part", name="Part", definition=everybody)
    own = Segment.objects.filter(pk=large.segment_id)
    own.update(key="regulars", definition={"in_segment": "part"}, computed_version=1)
    given = {"actor": actor, "campaign_id": large.pk, "clock": clock}
    approvals.request(**given)
    approvals.decide(actor=access.for_user(colleague), campaign_id=large.pk, grant=True)
    campaigns.send_campaign(at=clock.now() + dt.timedelta(hours=1), **given)
    Segment.objects.filter(key=which).update(definition={"not": everybody})
    clock.advance(dt.timedelta(hours=1))
    work()
    assert (sink.recipients, queries.status(queries.campaign_for(actor, large.pk))) == ([], "paused")
    assert campaigns.cancel_send(**given)


def test_somebody_else_must_agree_and_a_change_needs_it_anew(actor: Any, large: Any, colleague: User) -> None:
    given = {"campaign_id": large.pk}
    with pytest.raises(CampaignError, match="approve"):
        campaigns.send_campaign(actor=actor, **given)
    approvals.request(actor=actor, note="The subject", **given)
    with pytest.raises(CampaignError, match="yourself"):
        approvals.decide(actor=actor, grant=True, **given)
    other = access.for_user(colleague)
    approvals.decide(actor=other, grant=True, answer="Good", **given)
    large.template.subject = "Something else"
    large.template.save()
    with pytest.raises(CampaignError, match="approve"):
        campaigns.send_campaign(actor=actor, **given)
    approvals.request(actor=actor, **given)
    approvals.decide(actor=other, grant=False, answer="No", **given)
    with pytest.raises(CampaignError):
        campaigns.send_campaign(actor=actor, **given)
    approvals.request(actor=actor, **given)
    approvals.decide(actor=other, grant=True, **given)
    campaigns.send_campaign(actor=actor, **given)
    assert Send.objects.exists()
    assert AuditEntry.objects.filter(action__startswith="campaign.appro").count() == 6


def test_a_change_between_question_and_answer_is_seen(actor: Any, large: Any, colleague: User) -> None:
    approvals.request(actor=actor, campaign_id=large.pk)
    campaigns.edit_campaign(actor=actor, campaign_id=large.pk, per_hour=5)
    with pytest.raises(CampaignError, match="changed"):
        approvals.decide(actor=access.for_user(colleague), campaign_id=large.pk, grant=True)


def test_it_is_asked_for_and_answered_on_the_review_page(
    page: Any, client: Any, large: Any, colleague: User
) -> None:
    address = f"/campaigns/{large.pk}/review/"
    assert "disabled" in page.get(address).content.decode().partition("Ask for approval")[2]
    page.post(address, {"ask": "1", "note": "Please"})
    assert "Refuse" not in page.get(address).content.decode()
    client.force_login(colleague)
    assert "Please" in client.get(address).content.decode()
    client.post(address, {"approve": "1"})
    client.post(address, {"receives": "2"})
    assert Send.objects.count() == 1


def test_a_small_one_needs_nobody_and_the_limit_is_set_in_settings(
    page: Any, campaign: Any, consenting: Any
) -> None:
    consenting("ada")
    page.post("/settings/campaigns/", {"approve_from": "2"})
    assert four_eyes.policy().approve_from == 2
    # Until the segment is counted nobody knows how many are in it.
    assert four_eyes.is_needed(campaign)
    Segment.objects.update(computed_version=1)
    assert "Ask for approval" not in page.get(f"/campaigns/{campaign.pk}/review/").content.decode()
    page.post("/settings/campaigns/", {"approve_from": ""})
    assert four_eyes.policy().approve_from is None


@pytest.mark.parametrize(
    ("address", "broken"),
    [("https://shop.com/a?b=1", False), ("mailto:a@b.org", False), ("", True), ("#", True), ("http://", True),
     ("https://example.com/x", True), ("https://localhost/x", True), ("https://{{ x }}", True), ("shop.com/x", True),
     ("javascript:alert(1)", True), ("https://[x", True), ("mailto:", True), ("https://shop.com/a b", True)],
)  # fmt: skip
def test_links_that_lead_nowhere(address: str, broken: bool) -> None:
    assert checklist.is_broken(address) is broken


def test_the_checklist_tells_of_colours_and_links() -> None:
    page = '<a href="#">x</a><p style="color:#aaa;background-color:#ffffff">y</p><p style="color:#000">z</p>'
    words = " ".join(checklist.of_page(page))
    assert "lead nowhere: #" in words
    assert "#aaaaaa on #ffffff" in words
    fine = '<a href="https://a.org/">x</a><p style="background:#fff;color:#111111">y</p>'
    assert not list(checklist.of_page(fine))


def test_the_checklist_tells_of_the_audience_and_of_who_gets_it_twice(
    actor: Any, campaign: Any, consenting: Any, page: Any, clock: Any
) -> None:
    from rapport.campaigns.services.copying import duplicate

    now = clock.now()
    nobody = queries.audience_of(campaign.segment, campaign.purpose, "email")
    assert "Nobody is in the segment." in list(checklist.of_campaign(campaign, nobody, now, now))
    consenting("ada", email="home@example.org")
    consenting("bob", email="home@example.org")
    copy = duplicate(actor=actor, campaign_id=campaign.pk, clock=clock)
    campaigns.send_campaign(actor=actor, campaign_id=copy.pk, clock=clock)
    audience = queries.audience_of(campaign.segment, campaign.purpose, "email")
    words = " ".join(checklist.of_campaign(campaign, audience, now, now))
    assert "1 person shares" in words
    assert "2 of them get the same template" in words


def test_a_draft_is_moved_on_the_calendar_and_keeps_its_hour(
    actor: Any, campaign: Any, page: Any, clock: Any
) -> None:
    with pytest.raises(ValidationError):
        move_to_day(actor, campaign, dt.date(2100, 1, 1))
    at = dt.datetime.now(dt.UTC).replace(hour=12, minute=0, second=0, microsecond=0) + dt.timedelta(days=2)
    campaigns.edit_campaign(actor=actor, campaign_id=campaign.pk, planned_at=at)
    address, day = "/campaigns/?layout=calendar", (at + dt.timedelta(days=3)).date()
    assert page.post(address, {"move": str(campaign.pk), "on": day.isoformat()}).status_code == 204
    campaign.refresh_from_db()
    assert campaign.planned_at == at + dt.timedelta(days=3)
    assert page.post(address, {"move": str(campaign.pk), "on": "2020-01-01"}).status_code == 422
    shown = page.get(f"{address}&on={day.isoformat()}").content.decode()
    assert f'data-row="{campaign.pk}"' in shown


def test_a_block_that_was_changed_after_the_approval_needs_it_anew(
    actor: Any, large: Any, colleague: User
) -> None:
    block = blocks.create_block(actor=actor, key="terms", name="Terms", kind="text", body="Until Friday")
    large.template.subject = "Sale {{ blocks.terms }}"
    large.template.save()
    approvals.request(actor=actor, campaign_id=large.pk)
    approvals.decide(actor=access.for_user(colleague), campaign_id=large.pk, grant=True)
    assert approvals.is_granted(large)
    blocks.change_block(actor=actor, block_id=block.pk, name="Terms", body="Until Sunday")
    with pytest.raises(CampaignError, match="approve"):
        campaigns.send_campaign(actor=actor, campaign_id=large.pk)


@pytest.mark.parametrize("written", ["?at=9999-12-31T23:59", "?at=0001-01-01T00:00", "?at=zzz"])
def test_a_time_that_never_comes_is_not_found(page: Any, campaign: Any, written: str) -> None:
    assert page.get(f"/campaigns/{campaign.pk}/review/{written}").status_code == 404


@pytest.mark.parametrize("written", ["abc", "²", "9" * 5_000])
def test_a_number_that_is_none_is_no_crash(page: Any, campaign: Any, consenting: Any, written: str) -> None:
    consenting("ada")
    assert page.post(f"/campaigns/{campaign.pk}/review/", {"receives": written}).status_code < 500
