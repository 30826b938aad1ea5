from django.apps import AppConfig


class ConfigConfig(AppConfig):
    name = "rapport.config"
    label = "config"
    verbose_name = "Composition"
