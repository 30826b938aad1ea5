from django.urls import URLPattern, URLResolver, path

from rapport.transfers.exports.views import exports

urlpatterns: list[URLPattern | URLResolver] = [
    path("", exports.exports, name="exports"),
    path("new/", exports.new_export, name="new_export"),
    path("<uuid:export_id>/", exports.export, name="export"),
    path("<uuid:export_id>/progress/", exports.progress, name="export_progress"),
    path("<uuid:export_id>/cancel/", exports.cancel, name="export_cancel"),
    path("download/<str:token>", exports.download, name="export_download"),
]
