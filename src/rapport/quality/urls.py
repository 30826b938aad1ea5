from django.urls import URLPattern, URLResolver, include, path, re_path

from rapport.quality.cleansing import views as repairs
from rapport.quality.completeness.views import dashboard
from rapport.quality.matching.urls import urlpatterns as duplicates

app_name = "quality"
urlpatterns: list[URLPattern | URLResolver] = [
    path("duplicates/", include(duplicates)),
    path("quality/", dashboard.quality, name="quality"),
    path("quality/progress/", dashboard.progress, name="quality_progress"),
    path("quality/measure/", dashboard.measure_now, name="measure"),
    path("quality/settings/", dashboard.settings, name="quality_settings"),
    path("quality/measures/<str:measure>/", dashboard.findings, name="quality_findings"),
    path("quality/repairs/", repairs.repairs, name="repairs"),
    path("quality/repairs/<slug:repair>/look/", repairs.look, name="look"),
    path("quality/runs/<int:run_id>/", repairs.repair, name="repair"),
    path("quality/runs/<int:run_id>/progress/", repairs.progress, name="repair_progress"),
    re_path(r"^quality/runs/(?P<run_id>\d+)/(?P<verb>start|undo|discard)/$", repairs.act, name="repair_act"),
]
