from django.urls import URLPattern, URLResolver, path

from rapport.people.views import companies, lists, profile, settings_priority, settings_traits, traits

app_name = "people"
urlpatterns: list[URLPattern | URLResolver] = [
    path("", lists.people, name="list"),
    path("new/", lists.new_person, name="new"),
    path("companies/", companies.companies, name="companies"),
    path("companies/<uuid:company_id>/", companies.company, name="company"),
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
    path("<uuid:person_id>/", profile.profile, name="profile"),
    path("<uuid:person_id>/traits/", traits.traits, name="traits"),
    path("<uuid:person_id>/traits/edit/", traits.edit_trait, name="edit_trait"),
    path("<uuid:person_id>/history/", traits.history, name="history"),
    path("<uuid:person_id>/origin/", profile.origin, name="origin"),
    path("<uuid:person_id>/merges/<int:merge_id>/undo/", profile.undo_merge, name="undo_merge"),
]
