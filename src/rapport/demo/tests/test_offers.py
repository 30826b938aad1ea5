from __future__ import annotations

import pytest

from rapport.demo.seeding import offers
from rapport.promotions.models import Coupon
from rapport.segments.models import Membership, Segment


@pytest.mark.django_db
def test_the_best_customers_have_a_code_each_and_everybody_may_try_one(person, actor):
    from rapport.segments.services import segments

    vip = segments.create_segment(actor=actor, key="vip", name="VIP", definition={"consent": "newsletter"})
    ada = person(email="ada@example.org")
    Membership.objects.create(
        segment=Segment.objects.get(pk=vip.pk), person=ada, entered_at=ada.first_seen_at, definition_version=1
    )
    assert offers.seed()
    assert not offers.seed()
    assert Coupon.objects.get(person=ada).max_uses == 1
    assert Coupon.objects.get(person=None).promotion.key == "welcome"
