from django.urls import URLPattern, URLResolver, path

from rapport.governance.views import person

app_name = "governance"
urlpatterns: list[URLPattern | URLResolver] = [
    path("<uuid:person_id>/consents/", person.consents, name="person_consents"),
    path("<uuid:person_id>/privacy/", person.privacy, name="person_privacy"),
    path("<uuid:person_id>/export/", person.export, name="export_person"),
    path("<uuid:person_id>/restriction/", person.restrict, name="restrict_person"),
    path("<uuid:person_id>/erasure/", person.erase, name="erase_person"),
]
