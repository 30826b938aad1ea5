from django.apps import AppConfig


class PeopleConfig(AppConfig):
    name = "rapport.people"
    label = "people"
    verbose_name = "People"

    def ready(self) -> None:
        from rapport.core.registry import PERSONAL_DATA, WORKER_LOOPS, WorkerLoop
        from rapport.people import pages, registry
        from rapport.people.exports.registry import EXPORT_SCOPES
        from rapport.people.exports.services import exporting
        from rapport.people.imports.services import running
        from rapport.people.matching import pages as matching_pages
        from rapport.people.services import bulk, held, personal_data, recompute
        from rapport.people.standards import runs as standards
        from rapport.people.views.lists import people_of_list

        EXPORT_SCOPES.register(people_of_list, "people")
        WORKER_LOOPS.register(WorkerLoop("exports", exporting.run_once, 5.0))
        PERSONAL_DATA.register(personal_data.HOLDER)
        WORKER_LOOPS.register(WorkerLoop(recompute.LOOP, recompute.run_once, 5.0))
        WORKER_LOOPS.register(WorkerLoop(bulk.LOOP, bulk.run_once, 5.0))
        WORKER_LOOPS.register(WorkerLoop(standards.LOOP, standards.run_once, 5.0))
        registry.MERGEABLES.register(held.MERGEABLE)
        WORKER_LOOPS.register(WorkerLoop("imports", running.run_once, 2.0))
        pages.register()
        matching_pages.register()
