from django.apps import AppConfig


class PeopleConfig(AppConfig):
    name = "rapport.people"
    label = "people"
    verbose_name = "People"

    def ready(self) -> None:
        from rapport.core.jobs import JOB_KINDS
        from rapport.core.registry import LIST_ROWS, PERSONAL_DATA, WORKER_LOOPS, WorkerLoop
        from rapport.core.services import spool
        from rapport.people import jobs, pages, permissions, registry
        from rapport.people.services import bulk, own_rows, personal_data
        from rapport.people.views.lists import people_of_list

        permissions.register()
        spool.JOINED_TABLES.register("trait_history", "trait_history")
        LIST_ROWS.register(people_of_list, "people")
        PERSONAL_DATA.register(personal_data.HOLDER)
        JOB_KINDS.register(jobs.RECOMPUTE)
        WORKER_LOOPS.register(WorkerLoop(bulk.LOOP, bulk.run_once, 5.0))
        registry.MERGEABLES.register(own_rows.MERGEABLE)
        pages.register()
