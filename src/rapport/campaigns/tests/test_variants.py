"""A campaign that tries variants on a share of its audience, and gives the rest the best."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from rapport.campaigns import queries
from rapport.campaigns.models import CampaignTest
from rapport.campaigns.services import audience, campaigns, testing, variants
from rapport.campaigns.services.errors import CampaignError
from rapport.campaigns.services.variants import Alternative, Terms
from rapport.content.models import Template
from rapport.content.services import templates
from rapport.content.tests.conftest import MJML
from rapport.core.models import AuditEntry, Job, OutboxEvent
from rapport.experiments.models import Experiment, Exposure
from rapport.experiments.services import assignments, experiments
from rapport.messaging.models import Delivery, Engagement, Send
from rapport.segments.services.segments import archive_segment

pytestmark = pytest.mark.django_db


def _subjects() -> Counter[str]:
    """Deliveries by the template they were made of."""
    rows = Delivery.objects.select_related("send__template_version__template")
    return Counter(row.send.template_version.template.name for row in rows)


def test_everybody_gets_one_variant_or_none_and_the_delivery_says_which(
    consenting: Any, order: Any, work: Any, sink: Any, clickhouse: Any, page: Any, campaign: Any
) -> None:
    for number in range(40):
        consenting(f"p{number}")
    order(holdout=50)
    work()
    exposures = Counter(Exposure.objects.values_list("variant__key", flat=True))
    assert (set(exposures), exposures.total()) == ({"a", "b", "holdout"}, 40)
    assert len(sink.recipients) == 40 - exposures["holdout"]
    assert sorted(_subjects().values()) == sorted([exposures["a"], exposures["b"]])
    delivery = Delivery.objects.first()
    exposure = Exposure.objects.get(person=delivery.person)
    assert delivery.explanation["experiment"]["variant"] == exposure.variant.key
    assert Send.objects.filter(sealed_at__isnull=False).count() == 2
    shown = page.get(f"/campaigns/{campaign.pk}/").content.decode()
    assert ("A: " in shown, "B: Other" in shown) == (True, True)


def test_the_rest_gets_the_best_when_the_time_is_over(
    consenting: Any, order: Any, work: Any, sink: Any, clickhouse: Any, clock: Any
) -> None:
    for number in range(40):
        consenting(f"p{number}")
    order(share=40, hours=4, holdout=100)
    work()
    tried = Exposure.objects.count()
    assert 5 < tried < 30
    assert len(sink.recipients) < tried
    assert not Send.objects.filter(sealed_at__isnull=False).exists()
    clock.advance(dt.timedelta(hours=5))
    work()
    experiment = Experiment.objects.get()
    assert experiment.state == "decided"
    assert Exposure.objects.count() == tried
    held_back = 40 - len(set(sink.recipients))
    assert (len(sink.recipients), 4 < held_back < 36) == (40 - held_back, True)
    assert Send.objects.filter(sealed_at__isnull=False).count() == 2


def test_a_test_is_taken_back_with_its_campaign(
    actor: Any, campaign: Any, other: Template, order: Any, clock: Any
) -> None:
    order()
    assert campaigns.cancel_send(actor=actor, campaign_id=campaign.pk, clock=clock)
    assert not Send.objects.exists()
    campaigns.send_campaign(actor=actor, campaign_id=campaign.pk, clock=clock)
    assert Send.objects.count() == 2
    campaign.refresh_from_db()
    with pytest.raises(ValidationError):
        variants.set_test(actor=actor, campaign=campaign, others=[Alternative(other)], terms=Terms())


def test_a_test_over_the_api(api: Any, campaign: Any, other: Template) -> None:
    status, body = api("PUT", f"/campaigns/{campaign.pk}/test", {"templates": [str(other.pk)], "share": 20})
    assert (status, body["share"], len(body["templates"])) == (200, 20, 2)
    assert api("GET", f"/experiments/{body['experiment']}")[1]["variants"][1]["name"] == "B: Other"
    same = {"templates": [str(campaign.template_id)]}
    assert api("PUT", f"/campaigns/{campaign.pk}/test", same)[0] == 422


def test_a_campaign_runs_as_long_as_one_variant_does(
    consenting: Any,
    order: Any,
    work: Any,
    clickhouse: Any,
    actor: Any,
    campaign: Any,
    segment: Any,
    page: Any,
) -> None:
    consenting("ada")
    order(share=50, hours=4)
    work()
    own = queries.campaign_for(actor, campaign.pk).send
    Send.objects.filter(pk=own.pk).update(completed_at=own.send_at, sealed_at=own.send_at)
    with pytest.raises(ValidationError):
        archive_segment(actor=actor, segment=segment)
    with pytest.raises(CampaignError):
        campaigns.archive_campaign(actor=actor, campaign_id=campaign.pk)
    campaigns.pause_campaign(actor=actor, campaign_id=campaign.pk)
    assert queries.status(queries.campaign_for(actor, campaign.pk)) == "paused"
    assert "/resume/" in page.get(f"/campaigns/{campaign.pk}/").content.decode()
    assert not campaigns.cancel_send(actor=actor, campaign_id=campaign.pk)
    assert queries.status(queries.campaign_for(actor, campaign.pk)) == "cancelled"
    assert Experiment.objects.get().state == "stopped"


def test_another_template_takes_the_test_back(actor: Any, campaign: Any, other: Template) -> None:
    variants.set_test(actor=actor, campaign=campaign, others=[Alternative(other)], terms=Terms())
    new = templates.create_template(actor=actor, name="New", subject="New", mjml=MJML)
    CampaignTest.objects.get().variants.filter(template=campaign.template).update(template=new)
    with pytest.raises(CampaignError, match="another template"):
        campaigns.send_campaign(actor=actor, campaign_id=campaign.pk)
    campaigns.edit_campaign(actor=actor, campaign_id=campaign.pk, template=new)
    assert not Experiment.objects.exists()
    assert AuditEntry.objects.filter(action="campaign.test_removed").exists()


def test_a_decision_while_the_audience_is_written_spares_the_holdout(
    consenting: Any, actor: Any, campaign: Any, other: Template, clock: Any
) -> None:
    people = [consenting(f"p{number}").pk for number in range(60)]
    test = variants.set_test(
        actor=actor, campaign=campaign, others=[Alternative(other)], terms=Terms(holdout=50), clock=clock
    )
    campaigns.send_campaign(actor=actor, campaign_id=campaign.pk, clock=clock)
    with pytest.raises(ValidationError):
        experiments.start(actor=actor, experiment=test.experiment)
    testing.placed(campaign, testing.test_of(campaign), people[:30], clock)
    experiments.decide(actor=actor, experiment=test.experiment, variant_key="b", clock=clock)
    later = testing.placed(campaign, testing.test_of(campaign), people[30:], clock)
    assert {variant.key for _send, variant in later.values()} == {"b"}
    drawn = assignments.drawn_for(test.experiment, people[30:])
    assert set(later) == {person for person, variant in drawn.items() if not variant.is_holdout}
    assert Exposure.objects.count() == 30
    assert not OutboxEvent.objects.filter(payload__contains=b"Experiment Viewed").exists()


def test_stopped_without_a_winner_the_rest_gets_nothing(
    consenting: Any, order: Any, work: Any, sink: Any, clickhouse: Any, clock: Any, actor: Any, campaign: Any
) -> None:
    for number in range(40):
        consenting(f"p{number}")
    order(share=40, hours=4)
    work()
    tried = len(sink.recipients)
    experiments.stop(actor=actor, experiment=Experiment.objects.get(), clock=clock)
    campaigns.pause_campaign(actor=actor, campaign_id=campaign.pk, clock=clock)
    due = Job.objects.get(state=Job.State.WAITING).next_attempt_at
    clock.advance(dt.timedelta(hours=2))
    campaigns.resume_campaign(actor=actor, campaign_id=campaign.pk, clock=clock)
    work()
    assert Job.objects.get(state=Job.State.WAITING).next_attempt_at == due
    clock.advance(dt.timedelta(hours=3))
    work()
    assert len(sink.recipients) == tried
    assert Send.objects.filter(sealed_at__isnull=False).count() == 2


def test_nothing_is_planned_once_it_is_sent_nor_more_than_ten(
    actor: Any, campaign: Any, other: Template
) -> None:
    many = [
        templates.create_template(actor=actor, name=f"T{number}", subject="T", mjml=MJML)
        for number in range(10)
    ]
    with pytest.raises(ValidationError):
        variants.plan(
            actor=actor, campaign=campaign, others=[Alternative(row) for row in many], terms=Terms()
        )
    variants.plan(actor=actor, campaign=campaign, others=[Alternative(other)], terms=Terms())
    campaigns.send_campaign(actor=actor, campaign_id=campaign.pk)
    with pytest.raises(ValidationError):
        variants.plan(
            actor=actor, campaign=campaign, others=[], terms=Terms()
        )  # as it was before the other sent it
    assert testing.test_of(campaign) is not None


def test_servers_that_refuse_everybody_halt_the_trial_and_nothing_is_decided(
    consenting: Any, order: Any, work: Any, sink: Any, clickhouse: Any, clock: Any, actor: Any, campaign: Any
) -> None:
    for number in range(40):
        consenting(f"p{number}")
    sink.on_data = lambda _address: "550 5.7.1 no"
    order(share=40, hours=4)
    work()
    assert queries.status(queries.campaign_for(actor, campaign.pk)) == "paused"
    clock.advance(dt.timedelta(hours=5))
    work()
    assert Experiment.objects.get().state == "running"
    sink.on_data = lambda _address: ""
    campaigns.resume_campaign(actor=actor, campaign_id=campaign.pk, clock=clock)
    clock.advance(dt.timedelta(minutes=11))
    work()
    assert Experiment.objects.get().state == "decided"


def test_the_rest_of_a_test_is_not_sent_long_after_its_time(
    consenting: Any, order: Any, work: Any, sink: Any, clickhouse: Any, clock: Any, actor: Any, campaign: Any
) -> None:
    for number in range(40):
        consenting(f"p{number}")
    order(share=40, hours=4)
    work()
    tried = len(sink.recipients)
    clock.advance(dt.timedelta(hours=4 + 25))
    work()
    assert (len(sink.recipients), Experiment.objects.get().state) == (tried, "stopped")
    row = queries.campaign_for(actor, campaign.pk)
    assert queries.status(row) == "cancelled"


def test_results_are_of_all_variants_together_and_of_each(
    consenting: Any, order: Any, work: Any, clickhouse: Any, campaign: Any, api: Any, page: Any
) -> None:
    people = [consenting(f"p{number}") for number in range(30)]
    order()
    work()
    for row in Delivery.objects.select_related("send"):
        Engagement.objects.create(
            delivery=row, kind="open", first_at=row.finished_at, last_at=row.finished_at
        )
    whole = api("GET", f"/campaigns/{campaign.pk}/results")[1]
    assert (whole["results"]["sent"], whole["results"]["opened_human"]) == (30, 30)
    assert sum(row["results"]["sent"] for row in whole["variants"]) == len(people)
    assert min(row["results"]["opened_human"] for row in whole["variants"]) > 0
    assert api("GET", f"/campaigns/{campaign.pk}")[1]["results"]["sent"] == 30
    assert len(api("GET", f"/campaigns/{campaign.pk}/deliveries?limit=100")[1]["data"]) == 30
    shown = page.get(f"/campaigns/{campaign.pk}/deliveries/", follow=True).content.decode()
    assert "P29" in shown.replace("p29", "P29")
    why = page.get(f"/deliveries/{Delivery.objects.first().pk}/").content.decode()
    assert "B: Other" in why or "A: " in why


def test_turns_are_taken_by_those_who_are_tried_not_by_all_who_are_looked_at(
    consenting: Any, order: Any, work: Any, actor: Any, campaign: Any, monkeypatch: Any, clock: Any
) -> None:
    monkeypatch.setattr(audience, "CHUNK", 5)
    for number in range(30):
        consenting(f"p{number}")
    campaigns.edit_campaign(actor=actor, campaign_id=campaign.pk, per_hour=60)
    start = clock.now()
    order(share=50)
    work()
    turns = sorted(Delivery.objects.values_list("not_before", flat=True))
    assert 2 < len(turns) < 30
    assert [(at - start).total_seconds() for at in turns] == [60.0 * turn for turn in range(len(turns))]
