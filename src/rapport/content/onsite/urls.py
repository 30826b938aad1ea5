from django.urls import URLPattern, URLResolver, path

from rapport.content.onsite import client_views, views

urlpatterns: list[URLPattern | URLResolver] = [
    path("on-site/", views.message_list, name="on-site"),
    path("on-site/new/", views.new, name="on-site-new"),
    path("on-site/<uuid:message_id>/", views.message, name="on-site-message"),
    path("on-site/<uuid:message_id>/turn/", views.turn, name="on-site-turn"),
    path("on-site/<uuid:message_id>/test/", views.test, name="on-site-test"),
    path("v1/slots", client_views.slots, name="on-site-slots"),
    path("rapport-slots.css", client_views.slot_style, name="on-site-slot-style"),
    path("client/v1/onsite", client_views.decision, name="on-site-decision"),
    path("client/v1/onsite/reports", client_views.report, name="on-site-report"),
    path("rapport-onsite.js", client_views.script, name="on-site-script"),
]
