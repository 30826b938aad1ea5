from django.urls import URLPattern, URLResolver, path

from rapport.transfers.feeds.views import files, mapping, webhooks

urlpatterns: list[URLPattern | URLResolver] = [
    path("webhooks/new/", webhooks.new_webhook, name="new_webhook"),
    path("webhooks/<int:source_id>/", webhooks.webhook, name="webhook"),
    path("webhooks/<int:source_id>/mapping/", mapping.mapping, name="mapping"),
    path("webhooks/<int:source_id>/mapping/preview/", mapping.preview, name="mapping_preview"),
    path("webhooks/<int:source_id>/mapping/sample/<int:received_id>/", mapping.sample, name="mapping_sample"),
    path("webhooks/<int:source_id>/security/", webhooks.security, name="security"),
    path("webhooks/<int:source_id>/received/<int:received_id>/", webhooks.received, name="received"),
    path("webhooks/<int:source_id>/received/decide/", webhooks.decide, name="received_decide"),
    path("webhooks/<int:source_id>/address/", webhooks.rotate, name="rotate_address"),
    path("mapping/trial/", mapping.trial, name="trial"),
    path("files/new/", files.new_feed, name="new_files"),
    path("files/<int:source_id>/", files.files, name="files"),
    path("files/<int:source_id>/mapping/", files.mapping, name="files_mapping"),
    path("files/<int:source_id>/runs/<int:run_id>/errors.csv", files.errors, name="file_errors"),
]
