from django.urls import URLPattern, URLResolver, path

from rapport.people.views import (
    bulk,
    companies,
    company_members,
    lists,
    lookup,
    profile,
    relationships,
    traits,
)

app_name = "people"
urlpatterns: list[URLPattern | URLResolver] = [
    path("", lists.people, name="list"),
    path("new/", lists.new_person, name="new"),
    path("companies/", companies.companies, name="companies"),
    path("companies/new/", companies.new_company, name="new_company"),
    path("companies/<uuid:company_id>/", companies.company, name="company"),
    path("companies/<uuid:company_id>/edit/", companies.edit_company, name="edit_company"),
    path("companies/<uuid:company_id>/archive/", companies.archive, name="archive_company"),
    path("companies/<uuid:company_id>/restore/", companies.restore, name="restore_company"),
    path("companies/<uuid:company_id>/members/", company_members.members, name="company_members"),
    path("companies/<uuid:company_id>/members/edit/", company_members.change, name="company_member"),
    path("companies/<uuid:pk>/traits/", traits.traits, {"entity": "company"}, name="company_traits"),
    path(
        "companies/<uuid:pk>/traits/edit/",
        traits.edit_trait,
        {"entity": "company"},
        name="company_edit_trait",
    ),
    path("companies/<uuid:pk>/history/", traits.history, {"entity": "company"}, name="company_history"),
    path("<uuid:person_id>/relationships/", relationships.panel, name="relationships"),
    path("<uuid:person_id>/relationships/add/", relationships.add, name="add_relationship"),
    path("<uuid:person_id>/relationships/<int:relationship_id>/", relationships.change, name="relationship"),
    path("bulk/<int:change_id>/", bulk.bulk, name="bulk"),
    path("bulk/<int:change_id>/undo/", bulk.undo, name="undo_bulk"),
    path("lookup/", lookup.lookup, name="lookup"),
    path("<uuid:person_id>/", profile.profile, name="profile"),
    path("<uuid:pk>/traits/", traits.traits, name="traits"),
    path("<uuid:pk>/traits/edit/", traits.edit_trait, name="edit_trait"),
    path("<uuid:pk>/history/", traits.history, name="history"),
    path("<uuid:person_id>/origin/", profile.origin, name="origin"),
    path("<uuid:person_id>/merges/<int:merge_id>/undo/", profile.undo_merge, name="undo_merge"),
]
