from django.apps import AppConfig


class CampaignsConfig(AppConfig):
    name = "rapport.campaigns"
    label = "campaigns"
    verbose_name = "Campaigns"

    def ready(self) -> None:
        from rapport.campaigns import pages
        from rapport.campaigns.services import audience, origin
        from rapport.core import registry
        from rapport.messaging.registry import register_origin
        from rapport.segments.registry import register_user

        pages.register()
        register_origin(origin.ORIGIN)
        register_user("campaigns", origin.uses_of)
        registry.register_worker_loop(registry.WorkerLoop(audience.LOOP, audience.run_once, 1.0))
