"""What the checklist of a campaign says of the coupons in its message."""

from __future__ import annotations

import datetime as dt

import pytest

from rapport.content.models import Template
from rapport.promotions.models import Promotion
from rapport.promotions.services.campaign_check import look

pytestmark = pytest.mark.django_db
END = dt.datetime(2026, 6, 30, tzinfo=dt.UTC)


def test_coupons_that_end_before_it_goes_out_or_are_of_no_promotion() -> None:
    template = Template(subject="{{ coupon.spring }} {{ coupon.gone }}")
    Promotion.objects.create(key="spring", name="Spring", kind="percent", percent=5, ends_at=END)
    assert len(list(look([template], END))) == 2
    (missing,) = look([template], END - dt.timedelta(days=1))
    assert "gone" in missing
