"""What promotions add to the frame, to profiles and to the API."""

from __future__ import annotations

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from rapport.core import registry
from rapport.core.access import Actor
from rapport.people.registry import PANELS, Panel
from rapport.promotions import queries
from rapport.promotions.services import codes


def _search(actor: Actor, text: str, limit: int) -> list[registry.SearchHit]:
    rows = queries.promotions(actor).filter(name__icontains=text)[:limit]
    hits = [
        registry.SearchHit(row.name, reverse("promotions:promotion", args=[row.pk]), "ticket", row.key)
        for row in rows
    ]
    for coupon in queries.coupons(actor).filter(code=codes.normal(text) or "-")[:1]:
        address = reverse("promotions:coupon", args=[coupon.pk])
        hits.append(registry.SearchHit(str(coupon), address, "ticket", coupon.promotion.name))
    return hits


def register() -> None:
    for name, path, url in (
        ("promotions", "promotions.PromotionList", "promotions:list"),
        ("coupons", "coupons.CouponList", "promotions:coupons"),
        ("redemptions", "coupons.RedemptionList", "promotions:redemptions"),
        ("gift_cards", "gift_cards.GiftCardList", "promotions:gift_cards"),
    ):
        registry.LISTS.register(registry.ListEntry(name, f"rapport.promotions.views.{path}", url))
    registry.NAVIGATION.register(
        registry.NavEntry(
            "promotions",
            _("Promotions"),
            "ticket",
            "promotions:list",
            46,
            "promotions.view",
            also=("/coupons/", "/gift-cards/"),
            under="commerce",
        )
    )
    registry.NEW_ENTRIES.register(
        registry.NewEntry("promotion", _("Promotion"), "ticket", "promotions:new", 90, "promotions.edit")
    )
    registry.SEARCH_PROVIDERS.register(
        registry.SearchProvider("promotions", _("Promotions"), "promotions.view", _search, 36)
    )
    registry.API_ROUTERS.register(registry.ApiRouter("", "rapport.promotions.api.promotions"))
    registry.API_ROUTERS.register(registry.ApiRouter("", "rapport.promotions.api.coupons"))
    registry.API_ROUTERS.register(registry.ApiRouter("", "rapport.promotions.api.gift_cards"))
    PANELS.register(Panel("coupons", _("Coupons"), 16, "promotions.view", "promotions:person"))
