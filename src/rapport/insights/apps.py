from django.apps import AppConfig


class InsightsConfig(AppConfig):
    name = "rapport.insights"
    label = "insights"
    verbose_name = "Insights"

    def ready(self) -> None:
        from rapport.core.permissions import register_permissions
        from rapport.core.registry import register_personal_data
        from rapport.insights import schema
        from rapport.insights.permissions import PERMISSIONS
        from rapport.insights.quality import pages, personal_data

        register_permissions(*PERMISSIONS)
        schema.register()
        register_personal_data(personal_data.HOLDER)
        pages.register()
