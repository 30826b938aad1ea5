from django.urls import URLPattern, URLResolver, path

from rapport.governance.views import coverage, person, purposes, requests, suppressions, well_known

app_name = "governance"
urlpatterns: list[URLPattern | URLResolver] = [
    path(".well-known/gpc.json", well_known.gpc, name="gpc"),
    path("people/<uuid:person_id>/consents/", person.consents, name="person_consents"),
    path("people/<uuid:person_id>/privacy/", person.privacy, name="person_privacy"),
    path("people/<uuid:person_id>/export/", person.export, name="export_person"),
    path("people/<uuid:person_id>/restriction/", person.restrict, name="restrict_person"),
    path("people/<uuid:person_id>/erasure/", person.erase, name="erase_person"),
    path("settings/purposes/", purposes.purposes, name="purposes"),
    path("settings/purposes/<slug:key>/", purposes.purpose, name="purpose"),
    path("settings/purposes/<slug:key>/archival/", purposes.archival, name="purpose-archival"),
    path("settings/purposes/<slug:key>/restoration/", purposes.restoration, name="purpose-restoration"),
    path("settings/consent-coverage/", coverage.coverage, name="coverage"),
    path("people/<uuid:person_id>/consents/<int:line>/receipt/", person.receipt, name="consent_receipt"),
    path("settings/suppression/", suppressions.suppressions, name="suppressions"),
    path("settings/suppression/removal/", suppressions.removal, name="suppression-removal"),
    path("settings/suppression/import/", suppressions.importing, name="suppression-import"),
    path("settings/suppression/export/", suppressions.exporting, name="suppression-export"),
    path("settings/privacy-requests/", requests.requests, name="requests"),
    path("settings/privacy-requests/<int:pk>/", requests.receipt, name="request"),
]
