from functools import partial

from django.apps import AppConfig
from django.conf import settings
from django.utils.translation import gettext_lazy as _


class DemoConfig(AppConfig):
    """Installed only while the demo is on (RAPPORT_DEMO)."""

    name = "rapport.demo"
    label = "demo"
    verbose_name = "Demo"

    def ready(self) -> None:
        from rapport.core import registry
        from rapport.demo.services import mailserver, parcels, personal_data, telling

        registry.PERSONAL_DATA.register(personal_data.HOLDER)
        listen = partial(mailserver.keep_listening, settings.SMTP_URL)
        registry.WORKER_LOOPS.register(registry.WorkerLoop("mailbox", listen, 2.0))
        registry.WORKER_LOOPS.register(registry.WorkerLoop("shop", telling.tell_waiting, 0.5))
        registry.WORKER_LOOPS.register(registry.WorkerLoop("parcels", parcels.move_on, 5.0))
        registry.NAVIGATION.register(
            registry.NavEntry("mailbox", _("Mailbox"), "inbox", "demo:mailbox", 135, "campaigns.view")
        )
