from django.apps import AppConfig


class MessagingConfig(AppConfig):
    name = "rapport.messaging"
    label = "messaging"
    verbose_name = "Messaging"

    def ready(self) -> None:
        from rapport.core.registry import WorkerLoop, register_personal_data, register_worker_loop
        from rapport.messaging.services import audience, personal_data, sender

        register_personal_data(personal_data.HOLDER)
        register_worker_loop(WorkerLoop("messaging.audience", audience.run_once, 0.5))
        register_worker_loop(WorkerLoop("messaging.sender", sender.run_once, 0.3))
