from django.apps import AppConfig


class PeopleConfig(AppConfig):
    name = "rapport.people"
    label = "people"
    verbose_name = "People"

    def ready(self) -> None:
        from rapport.core.registry import WorkerLoop, register_personal_data, register_worker_loop
        from rapport.people import pages, registry
        from rapport.people.matching import pages as matching_pages
        from rapport.people.services import bulk, held, personal_data, recompute

        register_personal_data(personal_data.HOLDER)
        register_worker_loop(WorkerLoop(recompute.LOOP, recompute.run_once, 5.0))
        register_worker_loop(WorkerLoop(bulk.LOOP, bulk.run_once, 5.0))
        registry.register_mergeable(held.MERGEABLE)
        pages.register()
        matching_pages.register()
