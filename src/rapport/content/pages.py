"""What content adds to the frame: navigation, search, the New menu."""

from __future__ import annotations

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from rapport.content import queries
from rapport.core import registry
from rapport.core.access import Actor
from rapport.core.live.registry import COMMENTED_KINDS, CommentedKind


def _search(actor: Actor, text: str, limit: int) -> list[registry.SearchHit]:
    templates = queries.templates(actor).filter(name__icontains=text)[:limit]
    return [
        registry.SearchHit(
            template.name,
            reverse("content:template", args=[template.pk]),
            "layout-template",
            template.subject,
        )
        for template in templates
    ]


def register() -> None:
    registry.API_ROUTERS.register(registry.ApiRouter("/templates", "rapport.content.api"))
    registry.LISTS.register(
        registry.ListEntry("templates", "rapport.content.views.lists.TemplateList", "content:templates")
    )
    registry.NAVIGATION.register(
        registry.NavEntry(
            "templates",
            _("Templates"),
            "layout-template",
            "content:templates",
            60,
            "templates.view",
            under="campaigns",
        )
    )
    registry.SEARCH_PROVIDERS.register(
        registry.SearchProvider("templates", _("Templates"), "templates.view", _search, 50)
    )
    COMMENTED_KINDS.register(
        CommentedKind("template", _("Template"), "templates.view", queries.template_for, "content:template")
    )
    registry.NEW_ENTRIES.register(
        registry.NewEntry(
            "template", _("Template"), "layout-template", "content:template-new", 50, "templates.edit"
        )
    )
