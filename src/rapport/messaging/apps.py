from django.apps import AppConfig


class MessagingConfig(AppConfig):
    name = "rapport.messaging"
    label = "messaging"
    verbose_name = "Messaging"

    def ready(self) -> None:
        from rapport.core import registry
        from rapport.messaging import pages
        from rapport.messaging.services import personal_data, sender

        pages.register()
        registry.register_personal_data(personal_data.HOLDER)
        registry.register_worker_loop(registry.WorkerLoop("messaging.sender", sender.run_once, 1.0))
