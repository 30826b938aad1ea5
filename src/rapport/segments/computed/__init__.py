"""Computed traits: what a person's events add up to, kept as traits and kept fresh."""

from __future__ import annotations


def register() -> None:
    """Registers what computed traits add to core and people; called when the segments app is ready."""
    from django.utils.translation import gettext_lazy as _

    from rapport.core import registry
    from rapport.core.jobs import JOB_KINDS, JobKind, every
    from rapport.people.registry import (
        COMPUTED_TRAITS,
        HEADLINES,
        PROJECTIONS,
        ComputedTraits,
        Headline,
        Projection,
    )
    from rapport.segments.computed import queries, wording
    from rapport.segments.computed.services import computing, evaluation

    PROJECTIONS.register(Projection("computed traits", evaluation.evaluate, order=10))
    COMPUTED_TRAITS.register(ComputedTraits("computed", queries.keys, wording.words))
    HEADLINES.register(Headline("value", _("Value"), 10, "people.view", wording.value_of))
    registry.API_ROUTERS.register(registry.ApiRouter("/computed-traits", "rapport.segments.computed.api"))
    registry.LISTS.register(
        registry.ListEntry(
            "computed-traits", "rapport.segments.computed.views.traits.TraitList", "computed:list"
        )
    )
    computing.KIND.register()
    JOB_KINDS.register(
        JobKind(
            "segments.trait_statistics", _("Figures about computed traits"), computing.renew_statistics,
            schedule=every(minutes=15), queue="segments.traits",
        )
    )  # fmt: skip
    page = registry.SettingsPage(
        "computed-traits", _("Computed traits"), "hash", "computed:list", 28, "segments.view", "people"
    )
    registry.SETTINGS_PAGES.register(page)
