"""Every playbook becomes a journey that can be published; one goes all the way; the pages that offer them; rules."""

from __future__ import annotations

from typing import Any

import pytest
from django.urls import reverse
from django.utils.translation import override

from rapport.content.models import Template
from rapport.core.access import Actor
from rapport.journeys.models import Enrolment, Journey, JourneyTask
from rapport.journeys.services import definitions, journeys, loop
from rapport.journeys.services.definitions import InvalidDefinition
from rapport.journeys.services.playbooks import PLAYBOOKS, making
from rapport.journeys.tests.conftest import agreed, path, run_of
from rapport.messaging.models import Delivery
from rapport.messaging.tests import driving
from rapport.segments.services import lists

KEYS = sorted(playbook.key for playbook in PLAYBOOKS)


def test_there_are_as_many_as_were_promised():
    assert len(KEYS) >= 14
    assert {"welcome", "cart", "price-drop", "back-in-stock", "win-back", "birthday", "nps"} <= set(KEYS)


@pytest.fixture
def answers(actor: Actor, purpose, clock):
    lists.create_list(actor=actor, name="Away", key="away", clock=clock)
    return {"purpose": purpose.key, "segment": "away", "form": "contact", "to": ["owner"], "promotion": ""}


@pytest.mark.parametrize("key", KEYS)
def test_a_playbook_is_published_as_it_is(actor: Actor, answers, clock, key):
    playbook = PLAYBOOKS[key]
    own = {name: answers[name] for question in playbook.questions if (name := question.name) in answers}
    row = making.make(actor=actor, playbook=playbook, answers=own, clock=clock)
    assert definitions.check(row.draft) == []
    journeys.publish(actor=actor, journey_id=row.pk, clock=clock)
    for template in Template.objects.all():
        german = template.translations["de"]
        assert german["mjml"] != template.mjml
        assert "Abmelden" in german["mjml"]
        assert template.subject
    assert Template.objects.count() == len(playbook.mails)


def test_a_cart_left_behind_is_reminded_of_and_an_order_ends_it(
    actor: Actor, answers, clock, happen, later, new_person, channel, sink, purpose, template
):
    cart = {"purpose": purpose.key, "hours": 1, "pause": 2, "worth": 20, "promotion": ""}
    row = making.make(actor=actor, playbook=PLAYBOOKS["cart"], answers=cart, name="Carts", clock=clock)
    journeys.publish(actor=actor, journey_id=row.pk, clock=clock)
    ada, bob, eve = (agreed(new_person(name), purpose) for name in ("Ada", "Bob", "Eve"))
    products = [{"name": "Stoneware mug", "quantity": 2, "price": 12}]
    for person, value in ((ada, 50), (bob, 50), (eve, 5)):
        happen(person, "Cart Abandoned", value=value, products=products, cart_id="c1")
    assert not Enrolment.objects.filter(person=eve).exists()
    happen(bob, "Order Completed", order_id="1")
    later(hours=1)
    driving.run_once(clock, channel=channel)
    assert (run_of(bob).outcome, path(run_of(bob))) == ("goal", [])
    assert list(Delivery.objects.values_list("state", "detail")) == [("sent", "")]
    assert "Stoneware mug" in str(sink.message().get_body())
    later(days=2)
    later(days=2)
    assert path(run_of(ada)) == ["think", "remind", "look:timeout", "last"]


def test_playbooks_are_made_in_the_language_of_who_makes_them(actor: Actor, answers, clock):
    with override("de"):
        row = making.make(actor=actor, playbook=PLAYBOOKS["win-back"], answers=answers, clock=clock)
    assert row.name == "Rückgewinnung"
    assert set(Template.objects.values_list("language", flat=True)) == {"de"}
    assert all("Unsubscribe" in template.translations["en"]["mjml"] for template in Template.objects.all())


def test_the_pages_offer_and_make_them(page: Any, answers, purpose):
    shown = page.get(reverse("journeys:new")).content.decode()
    assert shown.count('class="playbook-flow"') == len(KEYS)
    address = reverse("journeys:playbook", args=["welcome"])
    assert "Days until the second message" in page.get(address).content.decode()
    assert page.post(address, {"name": "", "purpose": purpose.key, "pause": 3}).status_code == 422
    page.post(address, {"name": "Hello", "purpose": purpose.key, "pause": 5})
    row = Journey.objects.get(name="Hello")
    assert row.draft["steps"]["pause"]["for"] == {"days": 5}
    assert page.get(reverse("journeys:playbook", args=["none"])).status_code == 404


RULE = {"name": "Complaints", "event": "Complained", "property": "open", "op": "is", "value": "yes", "do": "notify",
        "to": "owner", "about": "Call them", "again": 24}  # fmt: skip


def test_a_rule_acts_at_once_and_not_again_for_a_while(
    page: Any, actor: Actor, happen, later, new_person, clock
):
    assert page.post(reverse("journeys:new-rule"), {**RULE, "about": ""}).status_code == 422
    page.post(reverse("journeys:new-rule"), RULE)
    row = Journey.objects.get(kind="rule")
    journeys.publish(actor=actor, journey_id=row.pk, clock=clock)
    ada = new_person("Ada")
    for answer in ("no", "yes", "yes"):
        happen(ada, "Complained", open=answer)
    assert [task.title for task in JourneyTask.objects.all()] == ["Call them"]
    later(hours=25)
    happen(ada, "Complained", open="yes")
    assert JourneyTask.objects.count() == 2


def test_a_rule_with_a_wait_is_not_published(actor: Actor, clock, db: None):
    definition = {
        "trigger": {"type": "api"},
        "start": "w",
        "steps": {"w": {"type": "wait", "for": {"days": 1}}},
    }
    row = journeys.create(actor=actor, name="Slow", definition=definition, kind="rule", clock=clock)
    with pytest.raises(InvalidDefinition, match="waits"):
        journeys.publish(actor=actor, journey_id=row.pk, clock=clock)
    loop.run_once(clock)


def test_somebody_answers_a_task_on_its_page(page: Any, publish, happen, new_person):
    publish(
        {
            "ask": {"type": "approval", "about": "A present?", "for": {"days": 1}, "next": {"approved": "x"}},
            "x": {"type": "end"},
        }
    )
    ada = new_person("Ada")
    happen(ada, "Signed Up")
    task = JourneyTask.objects.get()
    address = reverse("journeys:task", args=[task.pk])
    assert "Approve" in page.get(address).content.decode()
    page.post(reverse("journeys:task-answer", args=[task.pk]), {"answer": "approved", "note": "yes"})
    task.refresh_from_db()
    assert (task.state, task.note) == ("approved", "yes")
    assert "A present?" in page.get(reverse("journeys:tasks")).content.decode()
