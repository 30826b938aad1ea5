from django.urls import URLPattern, URLResolver, path

from rapport.commerce.views import (
    carts,
    feeds,
    order_files,
    order_settings,
    orders,
    product_sales,
    products,
    subscriptions,
)

app_name = "commerce"
urlpatterns: list[URLPattern | URLResolver] = [
    path("products/", products.product_list, name="products"),
    path("products/<int:product_id>/", products.product, name="product"),
    path("products/<int:product_id>/sales/", product_sales.product_sales, name="product-sales"),
    path("products/feeds/", feeds.feed_list, name="feeds"),
    path("products/feeds/new/", feeds.new_feed, name="feed-new"),
    path("products/feeds/<int:feed_id>/", feeds.feed, name="feed"),
    path("products/feeds/<int:feed_id>/mapping/", feeds.mapping, name="feed-mapping"),
    path("products/feeds/<int:feed_id>/runs/<int:run_id>/decision/", feeds.decide, name="feed-decision"),
    path("products/feeds/<int:feed_id>/runs/<int:run_id>/errors/", feeds.errors, name="feed-errors"),
    path("categories/", products.category_list, name="categories"),
    path("categories/<int:category_id>/", products.category, name="category"),
    path("orders/", orders.order_list, name="orders"),
    path("orders/files/", order_files.order_files, name="order-files"),
    path("orders/files/<int:order_file_id>/", order_files.order_file, name="order-file"),
    path(
        "orders/files/<int:order_file_id>/progress/",
        order_files.order_file_progress,
        name="order-file-progress",
    ),
    path("orders/files/<int:order_file_id>/errors/", order_files.order_file_errors, name="order-file-errors"),
    path("orders/files/<int:order_file_id>/revert/", order_files.order_file_revert, name="order-file-revert"),
    path("orders/<uuid:order_id>/", orders.order, name="order"),
    path("orders/<uuid:order_id>/rebuild/", orders.rebuild_order, name="order-rebuild"),
    path("returns/", orders.return_list, name="returns"),
    path("carts/", carts.cart_list, name="carts"),
    path("carts/<uuid:cart_id>/", carts.cart, name="cart"),
    path("subscriptions/", subscriptions.subscription_list, name="subscriptions"),
    path("subscriptions/<uuid:subscription_id>/", subscriptions.subscription, name="subscription"),
    path("people/<uuid:person_id>/orders/", orders.person, name="person-orders"),
    path("settings/orders/", order_settings.order_rules, name="order-rules"),
    path("settings/orders/rebuild/", order_settings.rebuild_all, name="rebuild"),
]
