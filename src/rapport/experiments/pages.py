"""What experiments add to the frame and to the API."""

from __future__ import annotations

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from rapport.core import registry
from rapport.core.access import Actor
from rapport.experiments import queries


def _search(actor: Actor, text: str, limit: int) -> list[registry.SearchHit]:
    rows = queries.experiments(actor).filter(name__icontains=text)[:limit]
    return [
        registry.SearchHit(row.name, reverse("experiments:experiment", args=[row.key]), "split", row.key)
        for row in rows
    ]


def register() -> None:
    registry.LISTS.register(
        registry.ListEntry(
            "experiments", "rapport.experiments.views.experiments.ExperimentList", "experiments:list"
        )
    )
    registry.NAVIGATION.register(
        registry.NavEntry(
            "experiments",
            _("Experiments"),
            "split",
            "experiments:list",
            68,
            "experiments.view",
            under="campaigns",
        )
    )
    registry.NEW_ENTRIES.register(
        registry.NewEntry("experiment", _("Experiment"), "split", "experiments:new", 48, "experiments.edit")
    )
    registry.SEARCH_PROVIDERS.register(
        registry.SearchProvider("experiments", _("Experiments"), "experiments.view", _search, 41)
    )
    registry.API_ROUTERS.register(registry.ApiRouter("/experiments", "rapport.experiments.api"))
    registry.SETTINGS_PAGES.register(
        registry.SettingsPage(
            "holdout", _("Holdout"), "split", "experiments:holdout", 28, "settings.view", "consent"
        )
    )
