"""Variants of a campaign that differ by their words only: planned on its form, sent, and shown while they are tried."""

from __future__ import annotations

import email
import email.policy
from typing import Any

import pytest

from rapport.campaigns.models import Campaign
from rapport.campaigns.services import campaigns, testing, variants
from rapport.campaigns.services.variants import Alternative, Terms
from rapport.content.models import Template
from rapport.experiments.models import Experiment, Exposure

pytestmark = pytest.mark.django_db
FORM = {
    "b_subject": "Now or never", "test_share": 30, "test_hours": 5, "test_holdout": 10, "test_event": "Message Opened"
}  # fmt: skip


@pytest.fixture
def given(campaign: Campaign) -> dict[str, Any]:
    """What the campaign's own form posts."""
    chosen = {
        "segment": campaign.segment_id,
        "template": campaign.template_id,
        "purpose": campaign.purpose_id,
    }
    return chosen | {"name": "June", "channel": "email", "when": "now"}


def body_of(answer: Any) -> str:
    return " ".join(answer.content.decode().split())


def test_subjects_are_compared_from_the_campaigns_own_form(
    page: Any, campaign: Campaign, given: dict[str, Any]
) -> None:
    address = f"/campaigns/{campaign.pk}/"
    assert page.post(address, given | FORM | {"test_share": 0}).status_code == 422
    assert page.post(address, given | FORM).status_code == 302
    test = testing.test_of(campaign)
    assert test is not None
    experiment = test.experiment
    assert (test.share, test.hours, experiment.event, experiment.about) == (
        30,
        5,
        "Message Opened",
        "subject",
    )
    assert [row.subject for row in testing.variants_of(campaign)] == ["", "Now or never"]
    page.post(address, given | FORM)  # nothing new: the same experiment
    assert Experiment.objects.get() == experiment
    assert 'value="Now or never"' in body_of(page.get(address))
    review = body_of(page.get(f"{address}review/"))
    assert ("Now or never" in review, "Decided by: Opens." in review) == (True, True)
    page.post(address, given)
    assert not Experiment.objects.exists()


def test_each_variant_goes_out_with_its_own_subject_preheader_and_sender(
    consenting: Any, work: Any, sink: Any, clickhouse: Any, actor: Any, campaign: Campaign, clock: Any
) -> None:
    for number in range(30):
        consenting(f"p{number}")
    template = campaign.message
    others = [
        Alternative(template, "For {{ person.first_name }}", "Peek"),
        Alternative(template, sender_name="Ines"),
    ]
    variants.set_test(actor=actor, campaign=campaign, others=others, terms=Terms(), clock=clock)
    campaigns.send_campaign(actor=actor, campaign_id=campaign.pk, clock=clock)
    work()
    mails = [email.message_from_bytes(row[1], policy=email.policy.default) for row in sink.taken]
    starts = {str(mail["Subject"]).partition(" ")[0]: "Peek" in str(mail) for mail in mails}
    assert starts == {"Hi": False, "For": True}
    assert "Ines" in {str(mail["From"]).partition(" ")[0] for mail in mails}
    assert len({str(mail["From"]) for mail in mails}) == 2
    assert list(template.versions.order_by("version").values_list("is_reworded", flat=True)) == [False, True]
    template.refresh_from_db()
    last = template.last_version()
    assert last is not None
    assert (template.version, last.version) == (1, 1)


def test_subjects_are_compared_over_the_api(api: Any, campaign: Campaign, other: Template) -> None:
    own = str(campaign.template_id)
    given = {"segment": "all", "purpose": campaign.purpose.key, "name": "J", "template": own}
    mixed = [{"subject": "B"}, {"sender_name": "Ines"}, str(other.pk)]
    wanted = given | {"variants": mixed, "share": 20, "event": "Order Completed"}
    status, body = api("POST", "/campaigns", wanted)
    assert (status, len(body["variants"])) == (201, 4)
    assert body["variants"][1] == {"template": own, "subject": "B", "preheader": "", "sender_name": ""}
    for wrong in ([{}], [{"subject": "B"}, {"subject": " B "}], [{"subject": "{% if %}"}]):
        assert api("PATCH", f"/campaigns/{body['id']}", {"variants": wrong})[0] == 422
    status, test = api("PUT", f"/campaigns/{body['id']}/test", {"variants": [{"preheader": "P"}]})
    assert (status, test["variants"][1]["preheader"], test["share"]) == (200, "P", 100)
    assert api("PUT", f"/campaigns/{body['id']}/test", {})[0] == 422


def test_a_draft_may_lack_its_template_but_not_be_sent(page: Any, given: dict[str, Any], api: Any) -> None:
    draft = given | {"template": "", "save": "1"}
    address = page.post("/campaigns/new/", draft).url
    assert page.get(address).status_code == 200
    assert page.get(f"{address}review/").url == address
    assert api("POST", address[:-1] + "/send")[0] == 422
    assert page.post(address, draft | {"review": "1"}).status_code == 422


def test_the_trial_says_what_it_waits_for(
    consenting: Any, order: Any, work: Any, sink: Any, clickhouse: Any, page: Any, campaign: Campaign
) -> None:
    for number in range(40):
        consenting(f"p{number}")
    campaign.segment.size = 40
    campaign.segment.save()
    order(share=40, hours=4)
    work()
    tried = Exposure.objects.count()
    shown = body_of(page.get(f"/campaigns/{campaign.pk}/"))
    assert f"Testing: {tried} of {tried} sent" in shown
    assert f"The winner goes to the remaining {40 - tried} people" in shown
    planned = body_of(page.get(f"/experiments/{Experiment.objects.get().key}/"))
    assert ("40 % of the audience" in planned, "more people are planned" in planned) == (True, False)


def test_an_experiment_has_no_key_that_is_an_address(api: Any, page: Any) -> None:
    way = {"name": "x", "about": "content", "event": "E", "variants": [{"name": "A"}, {"name": "B"}]}
    assert api("POST", "/experiments", way | {"key": "new", "base": 0.1, "effect": 0.5})[0] == 422
    shown = body_of(page.get("/experiments/new/"))
    assert ("/campaigns/new/" in shown, "Subject line<" in shown) == (True, False)
