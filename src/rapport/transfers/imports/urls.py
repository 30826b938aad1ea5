from django.urls import URLPattern, URLResolver, path

from rapport.transfers.imports.views import lists, mapping, runs

urlpatterns: list[URLPattern | URLResolver] = [
    path("", lists.imports, name="imports"),
    path("new/", lists.new_import, name="new_import"),
    path("sample.csv", lists.sample, name="import_sample"),
    path("<uuid:run_id>/", runs.show, name="import"),
    path("<uuid:run_id>/columns/", mapping.columns, name="import_columns"),
    path("<uuid:run_id>/layout/", mapping.layout, name="import_layout"),
    path("<uuid:run_id>/progress/", runs.progress, name="import_progress"),
    path("<uuid:run_id>/exclude/", runs.exclude, name="import_exclude"),
    path("<uuid:run_id>/errors.csv", runs.errors, name="import_errors"),
    path("<uuid:run_id>/<slug:step>/", runs.step, name="import_step"),
]
