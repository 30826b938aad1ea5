"""The pages of promotions: made, filled with codes, tried, and seen on the person."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from rapport.core.access import Actor
from rapport.promotions.forms import PromotionForm
from rapport.promotions.models import Coupon, Promotion
from rapport.promotions.services import promotions, redeeming
from rapport.promotions.tests.conftest import claim
from rapport.segments.services.segments import archive_segment, create_segment


def test_a_promotion_from_the_editor_to_a_redemption(
    page: Any, actor: Actor, somebody: Callable[..., Any]
) -> None:
    given = {"name": "Spring", "key": "spring", "kind": "percent", "percent": "150", "issuing": "single"}
    refused = page.post("/promotions/new/", given)
    assert (refused.status_code, "Between 0 and 100." in refused.content.decode()) == (422, True)
    page.post("/promotions/new/", given | {"percent": "15"})
    promotion = Promotion.objects.get()
    address = f"/promotions/{promotion.pk}/"
    assert page.post(address, {"do": "add", "code": "Spring-15"}).status_code == 302
    assert page.post(address, {"do": "generate", "count": 10**6, "length": 8}).status_code == 422
    ada = somebody("Ada")
    page.post(f"/people/{ada.pk}/coupons/issue/", {"promotion": promotion.pk})
    code = Coupon.objects.get(person=ada)
    redeeming.redeem(actor=actor, claim=claim(code, ada, "A-1"))
    shown = [page.get(path) for path in _paths(address, code, ada)]
    assert [answer.status_code for answer in shown] == [200] * len(shown)
    assert all(str(code) in answer.content.decode() for answer in shown[:5])
    page.post(f"/coupons/{code.pk}/block/")
    page.post(f"{address}state/", {"state": "stopped"})
    assert (Coupon.objects.get(pk=code.pk).blocked, Promotion.objects.get().state) == (True, "stopped")
    assert b"Spring-15" in b"".join(page.get(f"{address}codes.csv").streaming_content)


def _paths(address: str, code: Coupon, person: Any) -> list[str]:
    """The first five show the code."""
    with_code = [
        address,
        f"/coupons/{code.pk}/",
        "/coupons/",
        "/coupons/redemptions/",
        f"/people/{person.pk}/coupons/",
    ]
    tried = f"/coupons/trial/?code={code}&currency=GBP&products=2+x+9.95+P1%3B+Home"
    return [
        *with_code,
        "/promotions/",
        f"{address}edit/",
        f"{address}progress/",
        "/coupons/signals/",
        tried,
        "/coupons/trial/",
    ]


def test_the_segment_of_an_active_promotion_stays(make: Callable[..., Promotion], actor: Actor) -> None:
    members = create_segment(actor=actor, key="members", name="Members", definition={"all": []})
    row = make("club", segment=members)
    with pytest.raises(ValidationError, match="Club"):
        archive_segment(actor=actor, segment=members)
    promotions.set_state(actor=actor, promotion=row, state=Promotion.State.STOPPED)
    archive_segment(actor=actor, segment=members)
    chosen: Any = PromotionForm(promotion=row).fields["segment"]
    assert members in chosen.queryset


def test_only_what_may_be_left_out_is_optional_and_the_key_comes_of_the_name(page):
    shown = page.get("/promotions/new/").content.decode()
    percent = shown.partition('for="id_percent"')[2].partition("</label>")[0]
    note = shown.partition('for="id_description"')[2].partition("</label>")[0]
    assert ("optional" in percent, "optional" in note) == (False, True)
    assert 'data-of="kind" data-for="percent"' in shown
    page.post(
        "/promotions/new/", {"name": "Spring 10 %", "kind": "percent", "percent": "10", "issuing": "single"}
    )
    assert Promotion.objects.get().key == "spring_10"
