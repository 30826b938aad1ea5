from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CoreConfig(AppConfig):
    name = "rapport.core"
    label = "core"
    verbose_name = "Core"

    def ready(self) -> None:
        from django.db.models.signals import post_migrate

        from rapport.core import id_batch, permissions_core, registry
        from rapport.core.bulk import jobs as bulk
        from rapport.core.jobs import housekeeping
        from rapport.core.registry import SettingsPage
        from rapport.core.services import roles

        post_migrate.connect(roles.keep_built_in, sender=self)
        permissions_core.register()
        id_batch.register()
        for entry in (
            SettingsPage("profile", _("My profile"), "user", "core:settings-profile", 10),
            SettingsPage(
                "workspace", _("Business"), "building-2", "core:settings-workspace", 20, "settings.view"
            ),
            SettingsPage("users", _("Users"), "users", "core:settings-users", 30, "users.edit"),
            SettingsPage("roles", _("Roles"), "shield", "core:settings-roles", 32, "users.edit"),
            SettingsPage("keys", _("API keys"), "key", "core:settings-keys", 40, "keys.edit"),
            SettingsPage("jobs", _("Background jobs"), "workflow", "core:settings-jobs", 80, "jobs.view"),
            SettingsPage("audit", _("Audit log"), "history", "core:settings-audit", 90, "audit.view"),
        ):
            registry.SETTINGS_PAGES.register(entry)
        registry.SETTINGS_GROUPS.register(registry.SettingsGroup("business", _("Business"), 10))
        registry.NAVIGATION.register(
            registry.NavEntry("settings", _("Settings"), "settings", "core:settings", 140)
        )
        registry.API_ROUTERS.register(registry.ApiRouter("/jobs", "rapport.core.api.jobs"))
        for name, page, address in (
            ("users", "users.UserList", "core:settings-users"),
            ("audit", "audit.AuditList", "core:settings-audit"),
            ("jobs", "jobs.JobList", "core:settings-jobs"),
            ("saved-views", "views_saved.MyViews", "core:saved-views"),
            ("my-changes", "styleguide.MyChanges", "core:styleguide-list"),
        ):
            registry.LISTS.register(registry.ListEntry(name, f"rapport.core.views.{page}", address))
        housekeeping.register()
        bulk.register()
