from django.urls import URLPattern, URLResolver, path

from rapport.people.views import companies, identity, lists, merging, profile, traits

app_name = "people"
urlpatterns: list[URLPattern | URLResolver] = [
    path("", lists.people, name="list"),
    path("new/", lists.new_person, name="new"),
    path("identity/", identity.identity, name="identity"),
    path("identity/<str:key>/", identity.identifier_type, name="identifier_type"),
    path("identity/<str:key>/removal/", identity.removal, name="identifier_type_removal"),
    path("companies/", companies.companies, name="companies"),
    path("companies/<uuid:company_id>/", companies.company, name="company"),
    path("companies/<uuid:company_id>/merge/", companies.merge, name="company_merge"),
    path(
        "companies/<uuid:company_id>/merges/<int:merge_id>/undo/",
        companies.undo_merge,
        name="undo_company_merge",
    ),
    path("<uuid:person_id>/", profile.profile, name="profile"),
    path("<uuid:person_id>/traits/", traits.traits, name="traits"),
    path("<uuid:person_id>/traits/edit/", traits.edit_trait, name="edit_trait"),
    path("<uuid:person_id>/origin/", merging.origin, name="origin"),
    path("<uuid:person_id>/merge/", merging.choose, name="merge_choose"),
    path("<uuid:person_id>/merge/<uuid:other_id>/", merging.compare, name="merge_compare"),
    path("<uuid:person_id>/apart/<uuid:other_id>/lifting/", merging.allow_merging, name="allow_merging"),
    path("<uuid:person_id>/merges/<int:merge_id>/undo/", merging.undo_merge, name="undo_merge"),
]
