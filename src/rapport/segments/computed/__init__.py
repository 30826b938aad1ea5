"""Computed traits: what a person's events add up to, kept as traits and kept fresh."""

from __future__ import annotations


def register() -> None:
    """Enters by the doors of core and people; called when the segments app is ready."""
    from django.utils.translation import gettext_lazy as _

    from rapport.core import registry
    from rapport.people.registry import PROJECTIONS, Projection
    from rapport.segments.computed import jobs
    from rapport.segments.computed.services import evaluation
    from rapport.segments.computed.services.traits import LOOP

    PROJECTIONS.register(Projection("computed traits", evaluation.evaluate_people, order=10))
    registry.API_ROUTERS.register(registry.ApiRouter("/computed-traits", "rapport.segments.computed.api"))
    registry.LISTS.register(
        registry.ListEntry(
            "computed-traits", "rapport.segments.computed.views.traits.TraitList", "computed:list"
        )
    )
    registry.WORKER_LOOPS.register(registry.WorkerLoop(LOOP, jobs.run_once, idle_seconds=1.0))
    page = registry.SettingsPage(
        "computed-traits", _("Computed traits"), "hash", "computed:list", 28, "segments.view", "people"
    )
    registry.SETTINGS_PAGES.register(page)
