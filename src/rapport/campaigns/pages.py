"""What campaigns add to the frame: navigation, search, the New menu, a button on templates."""

from __future__ import annotations

from django.urls import reverse
from django.utils.translation import gettext_lazy
from django.utils.translation import gettext_noop as _

from rapport.campaigns import queries
from rapport.content.registry import TemplateAction, register_template_action
from rapport.core import registry
from rapport.core.access import Actor


def _search(actor: Actor, text: str, limit: int) -> list[registry.SearchHit]:
    campaigns = queries.campaigns(actor).filter(name__icontains=text)[:limit]
    return [
        registry.SearchHit(
            campaign.name,
            reverse("campaigns:campaign", args=[campaign.pk]),
            "send",
            campaign.segment.name,
        )
        for campaign in campaigns
    ]


def register() -> None:
    registry.register_navigation(
        registry.NavEntry("campaigns", _("Campaigns"), "send", "campaigns:campaigns", 50, "campaigns.view")
    )
    registry.register_search(
        registry.SearchProvider("campaigns", _("Campaigns"), "campaigns.view", _search, 40)
    )
    registry.register_new(
        registry.NewEntry("campaign", _("Campaign"), "send", "campaigns:campaign-new", 40, "campaigns.edit")
    )
    register_template_action(
        TemplateAction(
            "campaign",
            gettext_lazy("Use in a campaign"),
            "send",
            "campaigns:campaign-new",
            "campaigns.edit",
        )
    )
