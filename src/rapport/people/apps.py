from django.apps import AppConfig


class PeopleConfig(AppConfig):
    name = "rapport.people"
    label = "people"
    verbose_name = "People"

    def ready(self) -> None:
        from rapport.core.permissions import register_permissions
        from rapport.core.registry import WorkerLoop, register_personal_data, register_worker_loop
        from rapport.people import pages, registry
        from rapport.people.exports.registry import register_export_scope
        from rapport.people.exports.services import exporting
        from rapport.people.imports.services import running
        from rapport.people.matching import pages as matching_pages
        from rapport.people.permissions import PERMISSIONS
        from rapport.people.services import bulk, held, personal_data, recompute
        from rapport.people.standards import runs as standards
        from rapport.people.views.lists import people_of_list

        register_permissions(*PERMISSIONS)
        register_export_scope("people", people_of_list)
        register_worker_loop(WorkerLoop("exports", exporting.run_once, 5.0))
        register_personal_data(personal_data.HOLDER)
        register_worker_loop(WorkerLoop(recompute.LOOP, recompute.run_once, 5.0))
        register_worker_loop(WorkerLoop(bulk.LOOP, bulk.run_once, 5.0))
        register_worker_loop(WorkerLoop(standards.LOOP, standards.run_once, 5.0))
        registry.register_mergeable(held.MERGEABLE)
        register_worker_loop(WorkerLoop("imports", running.run_once, 2.0))
        pages.register()
        matching_pages.register()
