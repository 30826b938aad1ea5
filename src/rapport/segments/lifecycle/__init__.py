"""Lifecycle stages: where everybody stands, by definable rules."""

from __future__ import annotations

from rapport.segments.clauses.shorthand import STAGE_TRAIT


def register() -> None:
    """Enters by the doors of core and people; called when the segments app is ready."""
    from django.utils.translation import gettext_lazy as _

    from rapport.core import registry
    from rapport.core.ui.lists import ChoiceFilter
    from rapport.people import registry as people
    from rapport.segments.builder.registry import EDITORS
    from rapport.segments.lifecycle import editor, jobs, queries
    from rapport.segments.lifecycle.services import evaluation, merging, wording
    from rapport.segments.lifecycle.services.stages import LOOP

    people.PROJECTIONS.register(people.Projection("lifecycle", evaluation.evaluate_people, order=20))
    people.MERGEABLES.register(people.Mergeable("lifecycle", merging.merge, merging.unmerge))
    people.PROFILE_SECTIONS.register(queries.profile_section, "lifecycle")
    people.PROFILE_BADGES.register(people.ProfileBadge("stage", "segments.view", queries.badge_of))
    wording.register()
    people.PEOPLE_COLUMNS.register(
        people.PeopleColumn("stage", _("Stage"), 40, "segments.view", queries.stage_names_of)
    )
    stages = ChoiceFilter("stage", _("Stage"), f"traits__{STAGE_TRAIT}", choices=queries.choices)
    people.PEOPLE_FILTERS.register(people.PeopleFilter("stage", "segments.view", stages))
    people.PANELS.register(people.Panel("lifecycle", _("Lifecycle"), 15, "segments.view", "lifecycle:person"))
    registry.API_ROUTERS.register(registry.ApiRouter("/lifecycle", "rapport.segments.lifecycle.api"))
    EDITORS.register(editor.EDITOR, "lifecycle")
    registry.WORKER_LOOPS.register(registry.WorkerLoop(LOOP, jobs.run_once, idle_seconds=1.0))
    registry.SETTINGS_PAGES.register(
        registry.SettingsPage(
            "lifecycle",
            _("Lifecycle"),
            "route",
            "lifecycle:edit",
            46,
            "segments.view",
            "people",
            ("/lifecycle/stages/", "/lifecycle/start/"),
        )
    )
