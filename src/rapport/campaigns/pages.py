"""What campaigns add to the frame: navigation, search, the New menu, a button on templates."""

from __future__ import annotations

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from rapport.campaigns import queries
from rapport.content.registry import TEMPLATE_ACTIONS, TemplateAction
from rapport.core import registry
from rapport.core.access import Actor
from rapport.segments.registry import SEGMENT_ACTIONS, SegmentAction


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
    registry.API_ROUTERS.register(registry.ApiRouter("/campaigns", "rapport.campaigns.api"))
    registry.LISTS.register(
        registry.ListEntry(
            "campaigns", "rapport.campaigns.views.campaigns.CampaignList", "campaigns:campaigns"
        )
    )
    registry.NAVIGATION.register(
        registry.NavEntry("campaigns", _("Campaigns"), "send", "campaigns:campaigns", 50, "campaigns.view")
    )
    registry.SEARCH_PROVIDERS.register(
        registry.SearchProvider("campaigns", _("Campaigns"), "campaigns.view", _search, 40)
    )
    registry.NEW_ENTRIES.register(
        registry.NewEntry("campaign", _("Campaign"), "send", "campaigns:campaign-new", 40, "campaigns.edit")
    )
    SEGMENT_ACTIONS.register(
        SegmentAction(
            "campaign", _("Send a campaign to these"), "send", "campaigns:campaign-new", "campaigns.edit"
        )
    )
    TEMPLATE_ACTIONS.register(
        TemplateAction(
            "campaign",
            _("Use in a campaign"),
            "send",
            "campaigns:campaign-new",
            "campaigns.edit",
        )
    )
