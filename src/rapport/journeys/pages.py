"""What journeys add to the frame, to profiles and to the API."""

from __future__ import annotations

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from rapport.core import registry
from rapport.core.access import Actor
from rapport.core.live.registry import COMMENTED_KINDS, CommentedKind
from rapport.journeys import queries
from rapport.people.registry import PANELS, Panel


def _search(actor: Actor, text: str, limit: int) -> list[registry.SearchHit]:
    rows = queries.journeys(actor).filter(name__icontains=text)[:limit]
    return [
        registry.SearchHit(row.name, reverse("journeys:journey", args=[row.pk]), "route", row.state_label)
        for row in rows
    ]


def register() -> None:
    registry.LISTS.register(
        registry.ListEntry("journeys", "rapport.journeys.views.journeys.JourneyList", "journeys:list")
    )
    COMMENTED_KINDS.register(
        CommentedKind("journey", _("Journey"), "journeys.view", queries.journey_for, "journeys:journey")
    )
    registry.LISTS.register(
        registry.ListEntry("journey-tasks", "rapport.journeys.views.tasks.TaskList", "journeys:tasks")
    )
    registry.NAVIGATION.register(
        registry.NavEntry("journeys", _("Journeys"), "route", "journeys:list", 52, "journeys.view")
    )
    registry.NEW_ENTRIES.register(
        registry.NewEntry("journey", _("Journey"), "route", "journeys:new", 46, "journeys.edit")
    )
    registry.SEARCH_PROVIDERS.register(
        registry.SearchProvider("journeys", _("Journeys"), "journeys.view", _search, 38)
    )
    registry.API_ROUTERS.register(registry.ApiRouter("/journeys", "rapport.journeys.api.work"))
    registry.API_ROUTERS.register(registry.ApiRouter("/journeys", "rapport.journeys.api.journeys"))
    registry.API_ROUTERS.register(registry.ApiRouter("/journeys", "rapport.journeys.api.replays"))
    registry.API_ROUTERS.register(registry.ApiRouter("/people", "rapport.journeys.api.people"))
    PANELS.register(Panel("journeys", _("Journeys"), 45, "journeys.view", "journeys:person"))
