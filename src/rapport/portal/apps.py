from django.apps import AppConfig


class PortalConfig(AppConfig):
    name = "rapport.portal"
    label = "portal"
    verbose_name = "Portal"

    def ready(self) -> None:
        from rapport.governance.registry import CONFIRMATION_MAILERS
        from rapport.messaging.registry import SEND_ORIGINS
        from rapport.portal.services import confirmations, links

        CONFIRMATION_MAILERS.register(confirmations.MAILER)
        SEND_ORIGINS.register(confirmations.SEND_ORIGIN)
        SEND_ORIGINS.register(links.SEND_ORIGIN)
