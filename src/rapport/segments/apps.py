from django.apps import AppConfig


class SegmentsConfig(AppConfig):
    name = "rapport.segments"
    label = "segments"
    verbose_name = "Segments"

    def ready(self) -> None:
        from rapport.core import registry
        from rapport.people import registry as people
        from rapport.people.exports.registry import register_export_scope
        from rapport.segments import clauses, computed, exporting, lifecycle, pages, queries
        from rapport.segments.builder import editors
        from rapport.segments.services import (
            columns,
            due,
            echoes,
            exports,
            membership,
            merging,
            personal_data,
            recompute,
            searching,
            sending,
            store,
        )

        clauses.register()
        pages.register()
        editors.register()
        store.register()
        columns.register()
        computed.register()
        lifecycle.register()
        people.register_projection("segments", membership.evaluate_people)
        people.register_echoes(echoes.unheard)
        people.register_projection("segments-due", due.note)
        people.register_profile_section("segments", queries.profile_section)
        people.register_mergeable(people.Mergeable("segments", merging.merge, merging.unmerge))
        registry.register_worker_loop(registry.WorkerLoop("segment-syncs", sending.run_once, idle_seconds=2))
        registry.register_worker_loop(
            registry.WorkerLoop("segment-exports", exports.run_once, idle_seconds=2)
        )
        registry.register_worker_loop(registry.WorkerLoop("segments-due", due.run_once, idle_seconds=1))
        register_export_scope("segment", exporting.people_in_segment)
        registry.register_worker_loop(registry.WorkerLoop("segments", recompute.run_once, idle_seconds=0.5))
        registry.register_personal_data(personal_data.HOLDER)
        registry.register_search(searching.PROVIDER)
        registry.register_new(
            registry.NewEntry("segment", "Segment", "pie-chart", "segments:new", 40, "segments.edit")
        )
