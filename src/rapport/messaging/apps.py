from django.apps import AppConfig


class MessagingConfig(AppConfig):
    name = "rapport.messaging"
    label = "messaging"
    verbose_name = "Messaging"

    def ready(self) -> None:
        from rapport.core import registry
        from rapport.core.permissions import register_permissions
        from rapport.messaging import pages
        from rapport.messaging.permissions import PERMISSIONS
        from rapport.messaging.services import audience, personal_data, search, sender, uses
        from rapport.segments.registry import register_user

        register_permissions(*PERMISSIONS)
        pages.register()
        register_user("messaging", uses.uses_of)
        registry.register_personal_data(personal_data.HOLDER)
        registry.register_worker_loop(registry.WorkerLoop("messaging.audience", audience.run_once, 1.0))
        registry.register_worker_loop(registry.WorkerLoop("messaging.sender", sender.run_once, 1.0))
        for provider in search.PROVIDERS:
            registry.register_search(provider)
        for entry in search.NEW:
            registry.register_new(entry)
