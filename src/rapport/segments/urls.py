"""/segments/…"""

from django.urls import URLPattern, URLResolver, path

from rapport.segments.views import builder, segments

app_name = "segments"
urlpatterns: list[URLPattern | URLResolver] = [
    path("", segments.index, name="list"),
    path("new/", builder.new, name="new"),
    path("redraw/", builder.redraw, name="redraw"),
    path("preview/", builder.preview, name="preview"),
    path("people/<uuid:person_id>/", segments.person, name="person"),
    path("<str:key>/", segments.segment, name="segment"),
    path("<str:key>/edit/", builder.edit, name="edit"),
    path("<str:key>/status/", segments.status, name="status"),
    path("<str:key>/archive/", segments.archive, name="archive"),
    path("<str:key>/restore/", segments.restore, name="restore"),
    path("<str:key>/why/<uuid:person_id>/", segments.why, name="why"),
]
