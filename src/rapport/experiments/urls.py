from django.urls import URLPattern, URLResolver, path

from rapport.experiments.views import experiments, holdout

app_name = "experiments"
urlpatterns: list[URLPattern | URLResolver] = [
    path("experiments/", experiments.experiment_list, name="list"),
    path("experiments/new/", experiments.new, name="new"),
    path("experiments/<slug:experiment_key>/", experiments.experiment, name="experiment"),
    path("experiments/<slug:experiment_key>/state/", experiments.set_state, name="state"),
    path("settings/holdout/", holdout.holdout, name="holdout"),
]
