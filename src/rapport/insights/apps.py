from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class InsightsConfig(AppConfig):
    name = "rapport.insights"
    label = "insights"
    verbose_name = "Insights"

    def ready(self) -> None:
        from rapport.core.registry import API_ROUTERS, NAVIGATION, ApiRouter, NavEntry
        from rapport.insights import permissions, schema

        permissions.register()
        schema.register()
        home = NavEntry("home", _("Home"), "house", "insights:home", 10, "insights.view")
        NAVIGATION.register(home)
        shares = NavEntry(
            "attribution", _("Attribution"), "activity", "insights:attribution", 127, "insights.view"
        )
        NAVIGATION.register(shares)
        API_ROUTERS.register(ApiRouter("", "rapport.insights.attribution.api"))
