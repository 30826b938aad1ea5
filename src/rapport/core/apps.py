from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CoreConfig(AppConfig):
    name = "rapport.core"
    label = "core"
    verbose_name = "Core"

    def ready(self) -> None:
        from django.db.models.signals import post_migrate

        from rapport.core import asked, registry
        from rapport.core.permissions import register_permissions
        from rapport.core.permissions_core import PERMISSIONS
        from rapport.core.registry import SettingsPage
        from rapport.core.services import idempotency, roles

        register_permissions(*PERMISSIONS)
        post_migrate.connect(roles.keep_built_in, sender=self)
        asked.register()
        for entry in (
            SettingsPage("profile", _("My profile"), "user", "core:settings-profile", 10),
            SettingsPage(
                "workspace", _("Business"), "building-2", "core:settings-workspace", 20, "settings.view"
            ),
            SettingsPage("users", _("Users"), "users", "core:settings-users", 30, "users.edit"),
            SettingsPage("roles", _("Roles"), "shield", "core:settings-roles", 32, "users.edit"),
            SettingsPage("keys", _("API keys"), "key", "core:settings-keys", 40, "keys.edit"),
            SettingsPage("audit", _("Audit log"), "history", "core:settings-audit", 90, "audit.view"),
        ):
            registry.register_settings_page(entry)
        loop = registry.WorkerLoop("idempotency", idempotency.forget_old, idle_seconds=3600)
        registry.register_worker_loop(loop)
