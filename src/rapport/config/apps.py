from django.apps import AppConfig


class ConfigConfig(AppConfig):
    name = "rapport.config"
    label = "config"
    verbose_name = "Composition"

    def ready(self) -> None:
        from rapport.config import metrics

        metrics.register()
