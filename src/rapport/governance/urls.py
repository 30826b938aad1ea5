from django.urls import URLPattern, URLResolver, include, path

from rapport.governance.views import person, purposes, requests, suppressions

app_name = "governance"
of_person = [
    path("consents/", person.consents, name="person_consents"),
    path("privacy/", person.privacy, name="person_privacy"),
    path("export/", person.export, name="export_person"),
    path("restriction/", person.restrict, name="restrict_person"),
    path("erasure/", person.erase, name="erase_person"),
]
urlpatterns: list[URLPattern | URLResolver] = [
    path("people/<uuid:person_id>/", include(of_person)),
    path("settings/purposes/", purposes.purposes, name="purposes"),
    path("settings/purposes/<slug:key>/", purposes.purpose, name="purpose"),
    path("settings/purposes/<slug:key>/archival/", purposes.archival, name="purpose-archival"),
    path("settings/purposes/<slug:key>/restoration/", purposes.restoration, name="purpose-restoration"),
    path("settings/suppression/", suppressions.suppressions, name="suppressions"),
    path("settings/suppression/lifting/", suppressions.lifting, name="suppression-lifting"),
    path("settings/privacy-requests/", requests.requests, name="requests"),
    path("settings/privacy-requests/<int:pk>/", requests.receipt, name="request"),
]
