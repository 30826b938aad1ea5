from django.urls import URLPattern, URLResolver, path

from rapport.promotions.views import coupons, gift_cards, promotions

app_name = "promotions"
urlpatterns: list[URLPattern | URLResolver] = [
    path("promotions/", promotions.promotion_list, name="list"),
    path("promotions/new/", promotions.new, name="new"),
    path("promotions/<int:promotion_id>/", promotions.promotion, name="promotion"),
    path("promotions/<int:promotion_id>/edit/", promotions.edit, name="edit"),
    path("promotions/<int:promotion_id>/state/", promotions.set_state, name="state"),
    path("promotions/<int:promotion_id>/progress/", promotions.progress, name="progress"),
    path("promotions/<int:promotion_id>/codes.csv", promotions.export, name="export"),
    path("coupons/", coupons.coupon_list, name="coupons"),
    path("coupons/<int:coupon_id>/", coupons.coupon, name="coupon"),
    path("coupons/<int:coupon_id>/block/", coupons.block, name="block"),
    path("coupons/redemptions/", coupons.redemption_list, name="redemptions"),
    path("coupons/trial/", coupons.trial, name="trial"),
    path("coupons/signals/", coupons.signs, name="signals"),
    path("gift-cards/", gift_cards.card_list, name="gift_cards"),
    path("gift-cards/new/", gift_cards.new, name="gift_new"),
    path("gift-cards/rules/", gift_cards.rules, name="gift_rules"),
    path("gift-cards/<uuid:gift_card_id>/", gift_cards.card, name="gift_card"),
    path("gift-card/", gift_cards.balance, name="gift_balance"),
    path("people/<uuid:person_id>/coupons/", coupons.person, name="person"),
    path("people/<uuid:person_id>/coupons/issue/", coupons.issue, name="issue"),
]
