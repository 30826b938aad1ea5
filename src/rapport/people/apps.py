from django.apps import AppConfig


class PeopleConfig(AppConfig):
    name = "rapport.people"
    label = "people"
    verbose_name = "People"

    def ready(self) -> None:
        from rapport.core.registry import PERSONAL_DATA, WORKER_LOOPS, WorkerLoop
        from rapport.core.services import spool
        from rapport.people import pages, permissions, registry
        from rapport.people.services import held, personal_data, recompute

        permissions.register()
        spool.JOINED_TABLES.register("trait_history", "trait_history")
        PERSONAL_DATA.register(personal_data.HOLDER)
        WORKER_LOOPS.register(WorkerLoop(recompute.LOOP, recompute.run_once, 5.0))
        registry.MERGEABLES.register(held.MERGEABLE)
        pages.register()
