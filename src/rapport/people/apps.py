from django.apps import AppConfig


class PeopleConfig(AppConfig):
    name = "rapport.people"
    label = "people"
    verbose_name = "People"

    def ready(self) -> None:
        from rapport.core.registry import (
            WorkerLoop,
            register_list_rows,
            register_personal_data,
            register_worker_loop,
        )
        from rapport.core.services import spool
        from rapport.people import pages, registry
        from rapport.people.services import bulk, held, personal_data, recompute
        from rapport.people.views.lists import people_of_list

        spool.join_blocks_of("trait_history")
        register_personal_data(personal_data.HOLDER)
        register_worker_loop(WorkerLoop(recompute.LOOP, recompute.run_once, 5.0))
        register_worker_loop(WorkerLoop(bulk.LOOP, bulk.run_once, 5.0))
        registry.register_mergeable(held.MERGEABLE)
        register_list_rows("people", people_of_list)
        pages.register()
