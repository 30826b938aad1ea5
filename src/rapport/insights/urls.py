from django.urls import URLPattern, URLResolver, path, re_path

from rapport.insights.views import home, quality, repairs

app_name = "insights"
urlpatterns: list[URLPattern | URLResolver] = [
    path("", home.home, name="home"),
    path("results/", home.results, name="results"),
    path("feed/", home.feed, name="feed"),
    path("quality/", quality.quality, name="quality"),
    path("quality/progress/", quality.progress, name="quality_progress"),
    path("quality/measure/", quality.measure_now, name="measure"),
    path("quality/settings/", quality.settings, name="quality_settings"),
    path("quality/measures/<str:measure>/", quality.findings, name="quality_findings"),
    path("quality/repairs/", repairs.repairs, name="repairs"),
    path("quality/repairs/<slug:repair>/look/", repairs.look, name="look"),
    path("quality/runs/<int:run_id>/", repairs.repair, name="repair"),
    path("quality/runs/<int:run_id>/progress/", repairs.progress, name="repair_progress"),
    re_path(r"^quality/runs/(?P<run_id>\d+)/(?P<verb>start|undo|discard)/$", repairs.act, name="repair_act"),
]
