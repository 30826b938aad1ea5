"""Lifecycle stages: where everybody stands, by definable rules."""

from __future__ import annotations


def register() -> None:
    """Enters by the doors of core and people; called when the segments app is ready."""
    from django.utils.translation import gettext_lazy as _

    from rapport.core import registry
    from rapport.core.ui.lists import ChoiceFilter
    from rapport.people import registry as people
    from rapport.segments.lifecycle import jobs, merging, queries, upkeep, wording
    from rapport.segments.lifecycle.services import LOOP

    people.register_projection("lifecycle", upkeep.evaluate_people, order=20)
    people.register_mergeable(people.Mergeable("lifecycle", merging.merge, merging.unmerge))
    people.register_profile_section("lifecycle", queries.profile_section)
    people.register_profile_badge("stage", queries.badge_of, permission="segments.view")
    wording.register()
    people.register_people_column(
        people.PeopleColumn("stage", _("Stage"), 40, "segments.view", queries.stage_names_of)
    )
    stages = ChoiceFilter("stage", _("Stage"), f"traits__{queries.TRAIT}", choices=queries.choices)
    people.register_people_filter(stages, permission="segments.view")
    people.register_panel(people.Panel("lifecycle", _("Lifecycle"), 15, "segments.view", "lifecycle:person"))
    registry.register_worker_loop(registry.WorkerLoop(LOOP, jobs.run_once, idle_seconds=1.0))
    registry.register_settings_page(
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
