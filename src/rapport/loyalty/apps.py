from django.apps import AppConfig


class LoyaltyConfig(AppConfig):
    name = "rapport.loyalty"
    label = "loyalty"
    verbose_name = "Loyalty"

    def ready(self) -> None:
        from rapport.commerce.registry import ORDER_LISTENERS, RATE_LISTENERS
        from rapport.content.registry import LIQUID_VARIABLES
        from rapport.core.links import USE_FINDERS
        from rapport.core.registry import PERSONAL_DATA, WORKER_LOOPS, WorkerLoop
        from rapport.events.registry import EVENT_LISTENERS
        from rapport.journeys.registry import PICKERS, STEP_KINDS
        from rapport.loyalty import audit_words, descriptions, jobs, pages, permissions
        from rapport.loyalty.queries import accounts
        from rapport.loyalty.services import following, journey_step, loop, personal_data, traits
        from rapport.loyalty.services.earning import hearing
        from rapport.loyalty.services.wallet import in_messages
        from rapport.people.registry import COMPUTED_TRAITS, MERGEABLES, PROJECTIONS, Projection

        permissions.register()
        STEP_KINDS.register(journey_step.STEP)
        PICKERS.register(journey_step.PICKER)
        pages.register()
        audit_words.register_words()
        descriptions.register()
        jobs.register()
        ORDER_LISTENERS.register(hearing.note_orders, "loyalty")
        RATE_LISTENERS.register(hearing.note_rates, "loyalty")
        PROJECTIONS.register(Projection("loyalty", hearing.note_named))
        EVENT_LISTENERS.register(hearing.LISTENER)
        WORKER_LOOPS.register(WorkerLoop(hearing.LOOP, loop.run_once, 1.0, longest_idle=15.0))
        USE_FINDERS.register(accounts.FINDER)
        MERGEABLES.register(following.MERGEABLE)
        PERSONAL_DATA.register(personal_data.HOLDER)
        LIQUID_VARIABLES.register(in_messages.VARIABLE)
        COMPUTED_TRAITS.register(traits.TRAITS)
