"""Addresses of the search for duplicates, below /duplicates/."""

from django.urls import URLPattern, URLResolver, path

from rapport.quality.matching.views import accepting, review, runs, sample

urlpatterns: list[URLPattern | URLResolver] = [
    path("", review.review, name="duplicates"),
    path("many/", accepting.accept, name="match_accept"),
    path("pairs/<int:candidate_id>/decision/", review.decide, name="match_decide"),
    path("decisions/<int:decision_id>/undo/", review.undo, name="match_undo"),
    path("sample/", sample.sample, name="match_sample"),
    path("sample/switch/", sample.switch, name="match_switch"),
    path("searches/", runs.runs, name="match_runs"),
    path("searches/<int:run_id>/progress/", runs.progress, name="match_progress"),
    path("searches/<int:run_id>/cancel/", runs.cancel, name="match_cancel"),
    path("settings/", runs.settings, name="match_settings"),
]
