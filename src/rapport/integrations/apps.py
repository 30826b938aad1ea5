from functools import partial

from django.apps import AppConfig


class IntegrationsConfig(AppConfig):
    name = "rapport.integrations"
    label = "integrations"
    verbose_name = "Integrations"

    def ready(self) -> None:
        from django.conf import settings

        from rapport.core import registry
        from rapport.integrations.feeds import pages
        from rapport.integrations.services import personal_data, telling

        registry.PERSONAL_DATA.register(personal_data.HOLDER)
        pages.register()
        if settings.DEMO:
            from rapport.integrations.demo import mailserver

            listen = partial(mailserver.keep_listening, settings.SMTP_URL)
            registry.WORKER_LOOPS.register(registry.WorkerLoop("mailbox", listen, 2.0))
            registry.WORKER_LOOPS.register(registry.WorkerLoop("shop", telling.tell_waiting, 0.5))
            entry = registry.NavEntry(
                "mailbox", "Mailbox", "inbox", "integrations:mailbox", 135, "campaigns.view"
            )
            registry.NAVIGATION.register(entry)
