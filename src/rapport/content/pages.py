"""What content adds to the frame: navigation, search, the New menu."""

from __future__ import annotations

from django.urls import reverse
from django.utils.translation import gettext_noop as _

from rapport.content import queries
from rapport.core import registry
from rapport.core.access import Actor


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
    registry.register_navigation(
        registry.NavEntry(
            "templates", _("Templates"), "layout-template", "content:templates", 60, "campaigns.view"
        )
    )
    registry.register_search(
        registry.SearchProvider("templates", _("Templates"), "campaigns.view", _search, 50)
    )
    registry.register_new(
        registry.NewEntry(
            "template", _("Template"), "layout-template", "content:template-new", 50, "campaigns.edit"
        )
    )
