"""What campaigns add to the frame: navigation, search, the New menu, a button on templates."""

from __future__ import annotations

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from rapport.campaigns import queries
from rapport.core import registry
from rapport.core.access import Actor
from rapport.core.links import RECORD_ACTIONS, RecordAction
from rapport.core.live.registry import COMMENTED_KINDS, CommentedKind


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


def _search_posts(actor: Actor, text: str, limit: int) -> list[registry.SearchHit]:
    posts = queries.social_posts(actor).filter(name__icontains=text)[:limit]
    return [
        registry.SearchHit(post.name, reverse("campaigns:social-post", args=[post.pk]), "radio")
        for post in posts
    ]


CAMPAIGNS = registry.NavEntry(
    "campaigns",
    _("Campaigns"),
    "send",
    "campaigns:campaigns",
    50,
    "campaigns.view",
    under="campaigns",
)
COMMENTED = CommentedKind(
    "campaign", _("Campaign"), "campaigns.view", queries.campaign_for, "campaigns:campaign"
)


def register() -> None:
    registry.API_ROUTERS.register(registry.ApiRouter("/campaigns", "rapport.campaigns.api"))
    registry.API_ROUTERS.register(registry.ApiRouter("", "rapport.campaigns.api.costs"))
    lists = "rapport.campaigns.views.campaigns.CampaignList"
    registry.LISTS.register(registry.ListEntry("campaigns", lists, "campaigns:campaigns"))
    COMMENTED_KINDS.register(COMMENTED)
    registry.NAVIGATION.register(CAMPAIGNS)
    registry.SEARCH_PROVIDERS.register(
        registry.SearchProvider("campaigns", _("Campaigns"), "campaigns.view", _search, 40)
    )
    registry.NEW_ENTRIES.register(
        registry.NewEntry("campaign", _("Campaign"), "send", "campaigns:campaign-new", 40, "campaigns.edit")
    )
    registry.NEW_ENTRIES.register(
        registry.NewEntry(
            "re-permission",
            _("Re-permission campaign"),
            "shield-check",
            "campaigns:re-permission",
            45,
            "campaigns.edit",
        )
    )
    registry.SETTINGS_PAGES.register(
        registry.SettingsPage(
            "campaigns", _("Approvals"), "shield-check", "campaigns:approvals", 29, "settings.view", "consent"
        )
    )
    for record, label in (("segment", _("Send a campaign to these")), ("template", _("Use in a campaign"))):
        RECORD_ACTIONS.register(
            RecordAction(
                f"campaign-of-{record}", record, label, "send", "campaigns.edit", "campaigns:campaign-new"
            )
        )
    _register_posts()


def _register_posts() -> None:
    registry.API_ROUTERS.register(registry.ApiRouter("/social-posts", "rapport.campaigns.api.social"))
    registry.LISTS.register(
        registry.ListEntry(
            "social-posts", "rapport.campaigns.views.social_posts.SocialPostList", "campaigns:social-posts"
        )
    )
    registry.NAVIGATION.register(
        registry.NavEntry(
            "social-posts",
            _("Social posts"),
            "radio",
            "campaigns:social-posts",
            66,
            "social.view",
            under="campaigns",
        )
    )
    registry.NEW_ENTRIES.register(
        registry.NewEntry(
            "social-post", _("Social post"), "radio", "campaigns:social-post-new", 47, "social.edit"
        )
    )
    registry.SEARCH_PROVIDERS.register(
        registry.SearchProvider("social-posts", _("Social posts"), "social.view", _search_posts, 42)
    )
