"""/segments/…"""

from django.urls import URLPattern, URLResolver, path

from rapport.segments.views import analysis, builder, segments, syncs, versions
from rapport.segments.views import manual_lists as keeping

app_name = "segments"
urlpatterns: list[URLPattern | URLResolver] = [
    path("", segments.index, name="list"),
    path("new/", builder.new, name="new"),
    path("redraw/", builder.redraw, name="redraw"),
    path("preview/", builder.preview, name="preview"),
    path("reach/", builder.reach, name="reach"),
    path("new-list/", keeping.new_list, name="new_list"),
    path("definitions/export/", versions.export_definitions, name="export_definitions"),
    path("definitions/import/", versions.import_definitions, name="import_definitions"),
    path("people/<uuid:person_id>/", segments.person, name="person"),
    path("<str:key>/", segments.segment, name="segment"),
    path("<str:key>/edit/", builder.edit, name="edit"),
    path("<str:key>/status/", segments.status, name="status"),
    path("<str:key>/archive/", segments.archive, name="archive"),
    path("<str:key>/restore/", segments.restore, name="restore"),
    path("<str:key>/analysis/", analysis.analysis, name="analysis"),
    path("<str:key>/analysis/comparison/", analysis.comparison, name="comparison"),
    path("<str:key>/history/", analysis.history, name="history"),
    path("<str:key>/versions/", versions.versions, name="versions"),
    path("<str:key>/versions/<int:version>/restore/", versions.restore_version, name="restore_version"),
    path("<str:key>/duplicate/", versions.duplicate, name="duplicate"),
    path("<str:key>/add/", keeping.add_people, name="add_people"),
    path("<str:key>/syncs/", syncs.syncs, name="syncs"),
    path("<str:key>/syncs/<uuid:sync_id>/", syncs.sync, name="sync"),
    path("<str:key>/syncs/<uuid:sync_id>/change/", syncs.change, name="change_sync"),
    path("<str:key>/why/<uuid:person_id>/", segments.why, name="why"),
]
