from django.apps import AppConfig


class ExperimentsConfig(AppConfig):
    name = "rapport.experiments"
    label = "experiments"
    verbose_name = "Experiments"
