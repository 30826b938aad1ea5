from django.urls import URLPattern, URLResolver, include, path

from rapport.people.exports.urls import urlpatterns as exports
from rapport.people.imports.urls import urlpatterns as imports
from rapport.people.views import companies, lists, profile, traits

app_name = "people"
urlpatterns: list[URLPattern | URLResolver] = [
    path("", lists.people, name="list"),
    path("new/", lists.new_person, name="new"),
    path("imports/", include(imports)),
    path("exports/", include(exports)),
    path("companies/", companies.companies, name="companies"),
    path("companies/<uuid:company_id>/", companies.company, name="company"),
    path("<uuid:person_id>/", profile.profile, name="profile"),
    path("<uuid:person_id>/traits/", traits.traits, name="traits"),
    path("<uuid:person_id>/traits/edit/", traits.edit_trait, name="edit_trait"),
    path("<uuid:person_id>/origin/", profile.origin, name="origin"),
    path("<uuid:person_id>/merges/<int:merge_id>/undo/", profile.undo_merge, name="undo_merge"),
]
