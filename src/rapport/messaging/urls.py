from django.urls import URLPattern, URLResolver, path

from rapport.messaging.views import deliveries, policy, public

app_name = "messaging"
urlpatterns: list[URLPattern | URLResolver] = [
    path("sends/<int:send_id>/deliveries/", deliveries.delivery_list, name="deliveries"),
    path("deliveries/<uuid:delivery_id>/", deliveries.why, name="delivery"),
    path("deliveries/people/<uuid:person_id>/", deliveries.person, name="person"),
    path("settings/sending/", policy.policy, name="policy"),
    path("settings/sending/caps/", policy.cap, name="cap"),
    path("settings/sending/caps/<int:cap_id>/removal/", policy.cap_removal, name="cap-removal"),
    path("settings/sending/rules/", policy.rule, name="rule"),
    path("settings/sending/rules/<int:rule_id>/removal/", policy.rule_removal, name="rule-removal"),
    path("e/o/<str:token>.gif", public.open_pixel, name="open"),
    path("e/c/<str:token>", public.click, name="click"),
    path("e/u/<str:token>", public.unsubscribe, name="unsubscribe"),
]
