"""A campaign that tries variants on a share of its audience, and gives the rest the best."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from rapport.campaigns.services import campaigns, testing
from rapport.campaigns.services.testing import Terms
from rapport.content.models import Template
from rapport.content.services import templates
from rapport.content.tests.conftest import MJML
from rapport.experiments.models import Experiment, Exposure
from rapport.messaging.models import Delivery, Send

pytestmark = pytest.mark.django_db


@pytest.fixture
def other(actor: Any) -> Template:
    return templates.create_template(actor=actor, name="Other", subject="Other", mjml=MJML)


@pytest.fixture
def order(actor: Any, campaign: Any, other: Template, clock: Any) -> Callable[..., None]:
    """`order(share=50)`: sent with a test."""

    def send(**terms: Any) -> None:
        testing.set_test(actor=actor, campaign=campaign, others=[other], terms=Terms(**terms), clock=clock)
        campaigns.send_campaign(actor=actor, campaign_id=campaign.pk, clock=clock)

    return send


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
        testing.set_test(actor=actor, campaign=campaign, others=[other], terms=Terms())


def test_a_test_over_the_api(api: Any, campaign: Any, other: Template) -> None:
    status, body = api("PUT", f"/campaigns/{campaign.pk}/test", {"templates": [str(other.pk)], "share": 20})
    assert (status, body["share"], len(body["templates"])) == (200, 20, 2)
    assert api("GET", f"/experiments/{body['experiment']}")[1]["variants"][1]["name"] == "B: Other"
    same = {"templates": [str(campaign.template_id)]}
    assert api("PUT", f"/campaigns/{campaign.pk}/test", same)[0] == 422


def test_a_test_is_planned_on_the_review_page(page: Any, campaign: Any, other: Template) -> None:
    address = f"/campaigns/{campaign.pk}/review/"
    given = {
        "compare": "1",
        "templates": [other.pk],
        "share": 30,
        "hours": 5,
        "holdout": 10,
        "event": "Message Clicked",
    }
    assert page.post(address, given | {"share": 0}).status_code == 422
    assert page.post(address, given).status_code == 302
    assert testing.test_of(campaign).share == 30
    assert "checked" in page.get(address).content.decode()
    page.post(address, {name: value for name, value in given.items() if name != "templates"})
    assert testing.test_of(campaign) is None
    assert not Experiment.objects.exists()
