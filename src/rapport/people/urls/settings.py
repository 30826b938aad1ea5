"""The settings pages of people, beside those of the other apps."""

from django.urls import URLPattern, URLResolver, path

from rapport.people.views import relationships, settings_priority, settings_traits

app_name = "people_settings"
urlpatterns: list[URLPattern | URLResolver] = [
    path("settings/relationships/", relationships.types, name="settings_relationships"),
    path(
        "settings/relationships/<slug:key>/archive/",
        relationships.archive_type,
        name="archive_relationship_type",
    ),
    path(
        "settings/relationships/<slug:key>/restore/",
        relationships.restore_type,
        name="restore_relationship_type",
    ),
    path("settings/traits/", settings_traits.traits, name="settings_traits"),
    path("settings/traits/recompute/", settings_traits.recompute_progress, name="recompute_progress"),
    path("settings/traits/<str:entity>/", settings_traits.traits, name="settings_traits_of"),
    path("settings/traits/<str:entity>/edit/", settings_traits.trait, name="settings_trait"),
    path("settings/traits/<str:entity>/define/", settings_traits.define_seen, name="define_seen"),
    path("settings/traits/<str:entity>/archive/", settings_traits.archive_trait, name="archive_trait"),
    path("settings/traits/<str:entity>/restore/", settings_traits.restore_trait, name="restore_trait"),
    path("settings/priority/", settings_priority.priority, name="settings_priority"),
    path("settings/priority/<str:entity>/", settings_priority.priority, name="settings_priority_of"),
    path("settings/priority/<str:entity>/change/", settings_priority.change, name="change_priority"),
]
