from django.apps import AppConfig


class MessagingConfig(AppConfig):
    name = "rapport.messaging"
    label = "messaging"
    verbose_name = "Messaging"

    def ready(self) -> None:
        from rapport.core import registry
        from rapport.messaging import pages, permissions
        from rapport.messaging.services import audience, personal_data, search, sender, uses
        from rapport.segments.registry import SEGMENT_USES

        permissions.register()
        pages.register()
        SEGMENT_USES.register(uses.uses_of, "messaging")
        registry.PERSONAL_DATA.register(personal_data.HOLDER)
        registry.WORKER_LOOPS.register(registry.WorkerLoop("messaging.audience", audience.run_once, 1.0))
        registry.WORKER_LOOPS.register(registry.WorkerLoop("messaging.sender", sender.run_once, 1.0))
        for provider in search.PROVIDERS:
            registry.SEARCH_PROVIDERS.register(provider)
        for entry in search.NEW:
            registry.NEW_ENTRIES.register(entry)
