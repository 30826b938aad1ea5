from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class SegmentsConfig(AppConfig):
    name = "rapport.segments"
    label = "segments"
    verbose_name = "Segments"

    def ready(self) -> None:
        from rapport.segments import audit_words, clauses, computed, lifecycle, permissions
        from rapport.segments.builder import editors
        from rapport.segments.queries import segments
        from rapport.segments.services import columns, store

        permissions.register()
        audit_words.register_words()
        clauses.register(segments.names)
        editors.register()
        store.register()
        columns.register()
        computed.register()
        lifecycle.register()
        self._extend_lower_apps()
        self._extend_pages()
        self._extend_programs()

    def _extend_lower_apps(self) -> None:
        from rapport.people import registry as people
        from rapport.segments.queries import segments as queries
        from rapport.segments.services import membership, merging, scheduling
        from rapport.segments.views.bulk_lists import AddToList
        from rapport.transfers.exports.registry import EXPORT_SCOPES, ExportScope

        people.PROJECTIONS.register(people.Projection("segments", membership.evaluate))
        people.PROJECTIONS.register(people.Projection("segments-due", scheduling.note))
        people.PROFILE_SECTIONS.register(queries.profile_section, "segments")
        people.PEOPLE_EDITS.register(AddToList())
        people.MERGEABLES.register(merging.MERGEABLE)
        people.PANELS.register(
            people.Panel("segments", _("Segments"), 20, "segments.view", "segments:person")
        )
        people.PEOPLE_COLUMNS.register(
            people.PeopleColumn("segments", _("Segments"), 50, "segments.view", queries.names_of)
        )
        entered = ("segment.entered_at", _("In the segment since"))
        EXPORT_SCOPES.register(
            ExportScope("segment", queries.people_in_segment, (entered,), queries.membership_cells)
        )

    def _extend_pages(self) -> None:
        from rapport.core import links, registry
        from rapport.segments.queries import event_uses, segments

        registry.NAVIGATION.register(
            registry.NavEntry(
                "segments", _("Segments"), "pie-chart", "segments:list", 40, "segments.view", ("/lifecycle/",)
            )
        )
        registry.LISTS.register(
            registry.ListEntry("segments", "rapport.segments.views.lists.SegmentList", "segments:list")
        )
        links.USE_FINDERS.register(event_uses.FINDER)
        links.USE_FINDERS.register(segments.FINDER)
        links.RECORD_ACTIONS.register(
            links.RecordAction(
                "segment-of-people",
                "people",
                _("Save as a segment"),
                "pie-chart",
                "segments.edit",
                "segments:new",
            )
        )

    def _extend_programs(self) -> None:
        from rapport.core import registry
        from rapport.segments.services import (
            held_webhooks,
            personal_data,
            recompute,
            scheduling,
            searching,
            webhook_sending,
        )

        registry.API_ROUTERS.register(registry.ApiRouter("/segments", "rapport.segments.api"))
        for name, run_once, pause in (
            ("segments-rechecks", scheduling.run_once, 1.0),
            ("segment-syncs", webhook_sending.run_once, 2.0),
        ):
            registry.WORKER_LOOPS.register(registry.WorkerLoop(name, run_once, pause))
        held_webhooks.register()
        recompute.KIND.register()
        registry.PERSONAL_DATA.register(personal_data.HOLDER)
        registry.SEARCH_PROVIDERS.register(searching.PROVIDER)
        registry.NEW_ENTRIES.register(
            registry.NewEntry("segment", _("Segment"), "pie-chart", "segments:new", 40, "segments.edit")
        )
