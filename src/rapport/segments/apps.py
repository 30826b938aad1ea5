from django.apps import AppConfig


class SegmentsConfig(AppConfig):
    name = "rapport.segments"
    label = "segments"
    verbose_name = "Segments"

    def ready(self) -> None:
        from rapport.segments import clauses, computed, lifecycle, pages
        from rapport.segments.builder import editors
        from rapport.segments.services import columns, store

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
        from rapport.segments import exporting, queries
        from rapport.segments.services import due, echoes, membership, merging
        from rapport.segments.views.bulk_lists import AddToList
        from rapport.transfers.exports.registry import EXPORT_SCOPES

        people.PROJECTIONS.register(people.Projection("segments", membership.evaluate_people))
        people.PROJECTIONS.register(people.Projection("segments-due", due.note))
        people.ECHOES.register(echoes.unheard, "segments")
        people.PROFILE_SECTIONS.register(queries.profile_section, "segments")
        people.PEOPLE_EDITS.register(AddToList())
        people.MERGEABLES.register(people.Mergeable("segments", merging.merge, merging.unmerge))
        EXPORT_SCOPES.register(exporting.people_in_segment, "segment")

    def _extend_core(self) -> None:
        from rapport.core import registry
        from rapport.segments.services import due, exports, personal_data, recompute, searching, sending

        for name, run_once, pause in (
            ("segments", recompute.run_once, 0.5),
            ("segments-due", due.run_once, 1.0),
            ("segment-syncs", sending.run_once, 2.0),
            ("segment-exports", exports.run_once, 2.0),
        ):
            registry.WORKER_LOOPS.register(registry.WorkerLoop(name, run_once, pause))
        registry.PERSONAL_DATA.register(personal_data.HOLDER)
        registry.SEARCH_PROVIDERS.register(searching.PROVIDER)
        registry.NEW_ENTRIES.register(
            registry.NewEntry("segment", "Segment", "pie-chart", "segments:new", 40, "segments.edit")
        )
