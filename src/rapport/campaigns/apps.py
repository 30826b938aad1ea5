from django.apps import AppConfig


class CampaignsConfig(AppConfig):
    name = "rapport.campaigns"
    label = "campaigns"
    verbose_name = "Campaigns"

    def ready(self) -> None:
        from rapport.campaigns import audit_words, pages, permissions
        from rapport.campaigns.services import audience, origin
        from rapport.core.jobs import JOB_KINDS
        from rapport.core.links import USE_FINDERS
        from rapport.messaging.registry import SEND_ORIGINS

        permissions.register()
        pages.register()
        audit_words.register_words()
        SEND_ORIGINS.register(origin.ORIGIN)
        USE_FINDERS.register(origin.FINDER)
        JOB_KINDS.register(audience.KIND)
