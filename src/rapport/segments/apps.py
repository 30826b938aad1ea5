from django.apps import AppConfig


class SegmentsConfig(AppConfig):
    name = "rapport.segments"
    label = "segments"
    verbose_name = "Segments"

    def ready(self) -> None:
        from rapport.core.permissions import register_permissions
        from rapport.segments import clauses, computed, lifecycle, pages
        from rapport.segments.builder import editors
        from rapport.segments.permissions import PERMISSIONS
        from rapport.segments.services import columns, store

        register_permissions(*PERMISSIONS)
        clauses.register()
        pages.register()
        editors.register()
        store.register()
        columns.register()
        computed.register()
        lifecycle.register()
        self._extend_people()
        self._extend_core()

    def _extend_people(self) -> None:
        from rapport.people import registry as people
        from rapport.people.exports.registry import register_export_scope
        from rapport.segments import exporting, queries
        from rapport.segments.services import bulk_lists, due, echoes, membership, merging

        people.register_projection("segments", membership.evaluate_people)
        people.register_projection("segments-due", due.note)
        people.register_echoes(echoes.unheard)
        people.register_profile_section("segments", queries.profile_section)
        people.register_bulk_kind(bulk_lists.KIND)
        people.register_mergeable(people.Mergeable("segments", merging.merge, merging.unmerge))
        register_export_scope("segment", exporting.people_in_segment)

    def _extend_core(self) -> None:
        from rapport.core import registry
        from rapport.segments.services import due, exports, personal_data, recompute, searching, sending

        for name, run_once, pause in (
            ("segments", recompute.run_once, 0.5),
            ("segments-due", due.run_once, 1.0),
            ("segment-syncs", sending.run_once, 2.0),
            ("segment-exports", exports.run_once, 2.0),
        ):
            registry.register_worker_loop(registry.WorkerLoop(name, run_once, pause))
        registry.register_personal_data(personal_data.HOLDER)
        registry.register_search(searching.PROVIDER)
        registry.register_new(
            registry.NewEntry("segment", "Segment", "pie-chart", "segments:new", 40, "segments.edit")
        )
