"""Lifecycle stages: where everybody stands, by definable rules."""

from __future__ import annotations

from rapport.segments.clauses.shorthand import STAGE_TRAIT


def register() -> None:
    """Registers what the lifecycle adds to other apps; called when the segments app is ready."""
    from rapport.segments.builder.registry import EDITORS
    from rapport.segments.language.registry import CLAUSE_KINDS
    from rapport.segments.lifecycle import editor
    from rapport.segments.lifecycle.clause import LifecycleClause
    from rapport.segments.lifecycle.services import wording

    CLAUSE_KINDS.register(LifecycleClause())
    wording.register()
    EDITORS.register(editor.EDITOR, "lifecycle")
    _extend_people()
    _extend_core()


def _extend_people() -> None:
    from django.db.models.fields.json import KeyTextTransform
    from django.utils.translation import gettext_lazy as _

    from rapport.core.ui.lists import ChoiceFilter
    from rapport.people import registry as people
    from rapport.segments.lifecycle import queries
    from rapport.segments.lifecycle.services import evaluation, merging, wording

    people.COMPUTED_TRAITS.register(people.ComputedTraits("lifecycle", queries.traits, wording.words))
    people.PROJECTIONS.register(people.Projection("lifecycle", evaluation.evaluate, order=20))
    people.MERGEABLES.register(merging.MERGEABLE)
    people.PROFILE_SECTIONS.register(queries.profile_section, "lifecycle")
    people.PROFILE_BADGES.register(people.ProfileBadge("stage", "segments.view", queries.badge_of))
    people.PEOPLE_COLUMNS.register(
        people.PeopleColumn("stage", _("Stage"), 40, "segments.view", queries.stage_names_of)
    )
    stages = ChoiceFilter(
        "stage", _("Stage"), KeyTextTransform(STAGE_TRAIT, "traits"), choices=queries.choices
    )
    people.PEOPLE_FILTERS.register(people.PeopleFilter("stage", "segments.view", stages))
    people.PANELS.register(people.Panel("lifecycle", _("Lifecycle"), 15, "segments.view", "lifecycle:person"))


def _extend_core() -> None:
    from django.utils.translation import gettext_lazy as _

    from rapport.core.jobs import JOB_KINDS, JobKind, every
    from rapport.core.registry import API_ROUTERS, SETTINGS_PAGES, ApiRouter, SettingsPage
    from rapport.segments.lifecycle.services import computing

    API_ROUTERS.register(ApiRouter("/lifecycle", "rapport.segments.lifecycle.api"))
    computing.KIND.register()
    JOB_KINDS.register(
        JobKind(
            "segments.count_stages", _("Counting lifecycle stages"), computing.count_stages,
            schedule=every(minutes=15), queue="segments.traits",
        )
    )  # fmt: skip
    also = ("/lifecycle/stages/", "/lifecycle/start/")
    SETTINGS_PAGES.register(
        SettingsPage(
            "lifecycle", _("Lifecycle"), "route", "lifecycle:edit", 46, "segments.view", "people", also
        )
    )
