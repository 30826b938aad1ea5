from django.apps import AppConfig


class JourneysConfig(AppConfig):
    name = "rapport.journeys"
    label = "journeys"
    verbose_name = "Journeys"

    def ready(self) -> None:
        from rapport.core.jobs import JOB_KINDS
        from rapport.core.live.registry import NOTICE_KINDS
        from rapport.core.registry import PERSONAL_DATA, WORKER_LOOPS, WorkerLoop
        from rapport.events.registry import EVENT_LISTENERS
        from rapport.journeys import alarms, audit_words, descriptions, jobs, observing, pages, permissions
        from rapport.journeys.services import (
            hearing,
            held,
            loop,
            origin,
            personal_data,
            picking,
            playbooks,
            steps,
            tasks,
        )
        from rapport.messaging.registry import SEND_ORIGINS
        from rapport.people.registry import MERGEABLES

        permissions.register()
        pages.register()
        audit_words.register_words()
        descriptions.register()
        steps.register()
        held.register()
        picking.register()
        playbooks.register()
        observing.register()
        alarms.register()
        jobs.register()
        SEND_ORIGINS.register(origin.ORIGIN)
        EVENT_LISTENERS.register(hearing.LISTENER)
        WORKER_LOOPS.register(WorkerLoop(hearing.LOOP, loop.run_once, longest_idle=1.0))
        JOB_KINDS.register(tasks.MAIL)
        NOTICE_KINDS.register(tasks.NOTICE)
        PERSONAL_DATA.register(personal_data.HOLDER)
        MERGEABLES.register(personal_data.MERGEABLE)
        MERGEABLES.register(personal_data.TASKS_FOLLOW)
