"""/traits/computed/…"""

from django.urls import URLPattern, URLResolver, path

from rapport.segments.computed.views import builder as views_builder
from rapport.segments.computed.views import traits as views

app_name = "computed"
urlpatterns: list[URLPattern | URLResolver] = [
    path("", views.index, name="list"),
    path("new/", views_builder.new, name="new"),
    path("redraw/", views_builder.redraw, name="redraw"),
    path("preview/", views_builder.preview, name="preview"),
    path("archived/", views.archived, name="archived"),
    path("<uuid:trait_id>/", views.trait, name="trait"),
    path("<uuid:trait_id>/edit/", views_builder.edit, name="edit"),
    path("<uuid:trait_id>/status/", views.status, name="status"),
    path("<uuid:trait_id>/archive/", views.archive, name="archive"),
    path("<uuid:trait_id>/restore/", views.restore, name="restore"),
    path("<uuid:trait_id>/recompute/", views.recompute, name="recompute"),
]
