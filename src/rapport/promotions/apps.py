from django.apps import AppConfig


class PromotionsConfig(AppConfig):
    name = "rapport.promotions"
    label = "promotions"
    verbose_name = "Promotions"

    def ready(self) -> None:
        from rapport.campaigns.registry import CHECKS
        from rapport.commerce.registry import ORDER_LISTENERS, VOUCHERS
        from rapport.content.registry import LIQUID_VARIABLES
        from rapport.core.links import USE_FINDERS
        from rapport.core.registry import PERSONAL_DATA, WORKER_LOOPS, WorkerLoop
        from rapport.journeys.registry import PICKERS, STEP_KINDS
        from rapport.messaging.registry import SEND_ORIGINS
        from rapport.people.registry import MERGEABLES
        from rapport.promotions import audit_words, descriptions, jobs, observing, pages, permissions, queries
        from rapport.promotions.services import (
            campaign_check,
            following,
            in_messages,
            journey_step,
            personal_data,
        )
        from rapport.promotions.services.gift_cards import delivery, selling

        permissions.register()
        STEP_KINDS.register(journey_step.STEP)
        PICKERS.register(journey_step.PICKER)
        pages.register()
        audit_words.register_words()
        descriptions.register()
        observing.register()
        jobs.register()
        LIQUID_VARIABLES.register(in_messages.VARIABLE)
        LIQUID_VARIABLES.register(delivery.VARIABLE)
        SEND_ORIGINS.register(delivery.SEND_ORIGIN)
        PERSONAL_DATA.register(personal_data.HOLDER)
        MERGEABLES.register(personal_data.MERGEABLE)
        USE_FINDERS.register(queries.FINDER)
        CHECKS.register(campaign_check.look, "coupons")
        VOUCHERS.register(selling.products, "gift cards")
        ORDER_LISTENERS.register(following.hear, "promotions")
        WORKER_LOOPS.register(WorkerLoop(following.LOOP, following.run_once, 1.0, longest_idle=30.0))
