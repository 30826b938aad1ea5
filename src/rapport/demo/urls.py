from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from rapport.demo.views import gifts, mailbox, orders, shop

app_name = "demo"
urlpatterns: list[URLPattern | URLResolver] = [
    path("shop/", shop.home, name="shop"),
    path("shop/c/<slug:key>/", shop.shelf, name="shelf"),
    path("shop/p/<str:code>/", shop.product, name="product"),
    path("shop/cart/", shop.cart, name="cart"),
    path("shop/cart/coupon/", shop.coupon, name="coupon"),
    path("shop/cart/gift-card/", gifts.gift_code, name="gift_code"),
    path("shop/gift-card/", gifts.gift_card, name="gift_card"),
    path("shop/checkout/", shop.checkout, name="checkout"),
    path("shop/ordered/", shop.ordered, name="ordered"),
    path("shop/orders/", orders.orders, name="orders"),
    path("shop/orders/<str:number>/", orders.order, name="order"),
    path("shop/p/<str:code>/wish/", shop.wish, name="wish"),
    path("shop/sign-up/", shop.sign_up, name="sign_up"),
    path("shop/sign-in/", shop.sign_in, name="sign_in"),
    path("shop/sign-out/", shop.sign_out, name="sign_out"),
    path("shop/pictures/<slug:motif>-<int:tint>.svg", shop.picture, name="picture"),
    path("mailbox/", mailbox.inbox, name="mailbox"),
    path("mailbox/empty/", mailbox.empty, name="mailbox_empty"),
    path("mailbox/<int:number>/", mailbox.mail, name="mail"),
    path("mailbox/<int:number>/html/", mailbox.body, name="mail_body"),
    path("mailbox/<int:number>/raw/", mailbox.raw, name="mail_raw"),
    path("mailbox/<int:number>/unsubscribe/", mailbox.unsubscribe, name="mail_unsubscribe"),
]
