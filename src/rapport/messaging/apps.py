from django.apps import AppConfig


class MessagingConfig(AppConfig):
    name = "rapport.messaging"
    label = "messaging"
    verbose_name = "Messaging"

    def ready(self) -> None:
        from rapport.core import registry
        from rapport.messaging import audit_words, pages, permissions
        from rapport.messaging.services import handovers, personal_data, sender

        permissions.register()
        pages.register()
        audit_words.register_words()
        handovers.register()
        registry.PERSONAL_DATA.register(personal_data.HOLDER)
        registry.WORKER_LOOPS.register(registry.WorkerLoop("messaging.sender", sender.run_once, 1.0))
