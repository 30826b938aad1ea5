from django.apps import AppConfig


class IntegrationsConfig(AppConfig):
    name = "rapport.integrations"
    label = "integrations"
    verbose_name = "Integrations"

    def ready(self) -> None:
        from rapport.core.jobs import JOB_KINDS
        from rapport.core.registry import PERSONAL_DATA, WORKER_LOOPS, WorkerLoop
        from rapport.events.registry import EVENT_LISTENERS
        from rapport.integrations import audit_words, observing, pages, permissions
        from rapport.integrations.services import held, journey_step, personal_data, queueing, replaying
        from rapport.integrations.services.sending import Dispatcher
        from rapport.journeys.registry import PICKERS, STEP_KINDS

        permissions.register()
        STEP_KINDS.register(journey_step.STEP)
        PICKERS.register(journey_step.PICKER)
        pages.register()
        audit_words.register_words()
        held.register()
        observing.register()
        EVENT_LISTENERS.register(queueing.LISTENER)
        JOB_KINDS.register(replaying.JOB)
        PERSONAL_DATA.register(personal_data.HOLDER)
        dispatcher = Dispatcher()
        WORKER_LOOPS.register(WorkerLoop(queueing.LOOP, dispatcher.run_once, 1.0, close=dispatcher.close))
