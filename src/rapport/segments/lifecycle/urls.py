"""/lifecycle/…"""

from django.urls import URLPattern, URLResolver, path

from rapport.segments.lifecycle.views import edit as views_edit
from rapport.segments.lifecycle.views import overview as views

app_name = "lifecycle"
urlpatterns: list[URLPattern | URLResolver] = [
    path("", views.overview, name="overview"),
    path("edit/", views_edit.edit, name="edit"),
    path("stages/<slug:key>/edit/", views_edit.stage, name="stage"),
    path("stages/new/", views_edit.new, name="new"),
    path("start/", views_edit.begin, name="begin"),
    path("stop/", views_edit.stop, name="stop"),
    path("status/", views.status, name="status"),
    path("counts/", views_edit.counts, name="counts"),
    path("people/<uuid:person_id>/", views.person, name="person"),
]
