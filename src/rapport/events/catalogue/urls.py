"""Addresses below /data/catalogue/."""

from django.urls import URLPattern, URLResolver, path

from rapport.events.catalogue import exchange_views, views

urlpatterns: list[URLPattern | URLResolver] = [
    path("", views.catalogue, name="catalogue"),
    path("declare/", views.declare, name="event_declare"),
    path("sources/", exchange_views.strict, name="catalogue_sources"),
    path("file/", exchange_views.load, name="catalogue_load"),
    path("file/plan.json", exchange_views.as_json, name="catalogue_json"),
    path("file/plan.csv", exchange_views.as_csv, name="catalogue_csv"),
    path("<int:type_id>/", views.event_type, name="event_type"),
    path("<int:type_id>/describe/", views.describe, name="event_describe"),
    path("<int:type_id>/schema/", views.schema, name="event_schema"),
    path("<int:type_id>/schema/raw/", views.schema_raw, name="event_schema_raw"),
    path("<int:type_id>/rename/", views.rename, name="event_rename"),
    path("<int:type_id>/rename/end/", views.rename_end, name="event_rename_end"),
    path("<int:type_id>/apart/", views.keep_apart, name="event_keep_apart"),
    path("<int:type_id>/property/", views.decide, name="event_property"),
]
