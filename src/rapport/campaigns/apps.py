from django.apps import AppConfig


class CampaignsConfig(AppConfig):
    name = "rapport.campaigns"
    label = "campaigns"
    verbose_name = "Campaigns"

    def ready(self) -> None:
        from rapport.campaigns import audit_words, pages, permissions
        from rapport.campaigns.services import audience, origin
        from rapport.core.jobs import JOB_KINDS
        from rapport.messaging.registry import SEND_ORIGINS
        from rapport.segments.registry import SEGMENT_USES

        permissions.register()
        pages.register()
        audit_words.register_words()
        SEND_ORIGINS.register(origin.ORIGIN)
        SEGMENT_USES.register(origin.uses_of, "campaigns")
        JOB_KINDS.register(audience.KIND)
