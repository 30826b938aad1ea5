from django.apps import AppConfig


class CampaignsConfig(AppConfig):
    name = "rapport.campaigns"
    label = "campaigns"
    verbose_name = "Campaigns"

    def ready(self) -> None:
        from rapport.campaigns import audit_words, pages, permissions
        from rapport.campaigns.services import (
            audience,
            beginning,
            origin,
            social_data,
            social_held,
            social_posts,
            social_publishing,
            social_reading,
            testing,
        )
        from rapport.channels.networks import COMMENT_LISTENERS
        from rapport.core.jobs import JOB_KINDS
        from rapport.core.links import USE_FINDERS
        from rapport.core.registry import PERSONAL_DATA, WORKER_LOOPS, WorkerLoop
        from rapport.experiments.registry import register_subject
        from rapport.messaging.registry import SEND_ORIGINS

        permissions.register()
        pages.register()
        audit_words.register_words()
        SEND_ORIGINS.register(origin.ORIGIN)
        register_subject(testing.subject_of_experiments(audience.hear_decision))
        USE_FINDERS.register(origin.FINDER)
        JOB_KINDS.register(audience.KIND)
        beginning.register()
        PERSONAL_DATA.register(social_data.HOLDER)
        COMMENT_LISTENERS.register(social_reading.take_told, "campaigns")
        social_held.register()
        WORKER_LOOPS.register(WorkerLoop(social_posts.LOOP, social_publishing.run_once, 5.0))
        WORKER_LOOPS.register(WorkerLoop("campaigns.social_reading", social_reading.run_once, 30.0))
