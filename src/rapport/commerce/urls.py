from django.urls import URLPattern, URLResolver, path

from rapport.commerce.views import carts, order_settings, orders

app_name = "commerce"
urlpatterns: list[URLPattern | URLResolver] = [
    path("orders/", orders.order_list, name="orders"),
    path("orders/<uuid:order_id>/", orders.order, name="order"),
    path("orders/<uuid:order_id>/rebuild/", orders.rebuild_order, name="order-rebuild"),
    path("returns/", orders.return_list, name="returns"),
    path("carts/", carts.cart_list, name="carts"),
    path("carts/<uuid:cart_id>/", carts.cart, name="cart"),
    path("people/<uuid:person_id>/orders/", orders.person, name="person-orders"),
    path("settings/orders/", order_settings.order_rules, name="order-rules"),
    path("settings/orders/rebuild/", order_settings.rebuild_all, name="rebuild"),
]
