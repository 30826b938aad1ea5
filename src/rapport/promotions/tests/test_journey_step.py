"""Journeys give codes; whoever there is none for goes another way."""

from __future__ import annotations

from rapport.journeys.models import Enrolment
from rapport.journeys.services import journeys, loop
from rapport.promotions.models import Coupon, Promotion


def test_a_journey_gives_a_code_and_keeps_it_for_messages(make, person, actor, clock):
    promotion = make("spring", issuing="single")
    make("nothing", issuing="shared")
    steps = {
        "gift": {"type": "coupon", "promotion": promotion.key, "next": {"given": "more"}},
        "more": {"type": "coupon", "promotion": "nothing", "next": {"none": "w", "given": "gift"}},
        "w": {"type": "wait", "for": {"days": 1}},
    }
    definition = {"trigger": {"type": "api"}, "start": "gift", "steps": steps}
    row = journeys.create(actor=actor, name="Thanks", definition=definition, clock=clock)
    journeys.publish(actor=actor, journey_id=row.pk, clock=clock)
    ada = person(email="ada@example.com")
    journeys.enrol(actor=actor, journey_id=row.pk, person_id=ada.pk, clock=clock)
    Promotion.objects.get(key="nothing").delete()  # nobody else's run stops for it
    loop.run_once(clock)
    run, coupon = Enrolment.objects.get(), Coupon.objects.get(person=ada)
    assert run.data["gift"]["code"] == coupon.code
    assert list(run.passages.order_by("pk").values_list("branch", flat=True)) == ["given", "none"]
