"""Addresses of imports and exports, files and webhooks."""

from django.urls import URLPattern, URLResolver, include, path

from rapport.transfers.exports.urls import urlpatterns as exports
from rapport.transfers.feeds.urls import urlpatterns as feeds
from rapport.transfers.feeds.views.inbound import inbound
from rapport.transfers.imports.urls import urlpatterns as imports

app_name = "transfers"
urlpatterns: list[URLPattern | URLResolver] = [
    path("imports/", include(imports)),
    path("exports/", include(exports)),
    path("data/", include(feeds)),
    path("in/<str:token>", inbound, name="inbound"),
]
