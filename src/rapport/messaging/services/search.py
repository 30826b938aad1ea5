"""How templates and campaigns are found from the search of everything, and made from the New menu."""

from __future__ import annotations

from django.urls import reverse
from django.utils.translation import gettext_noop as _

from rapport.core.access import Actor
from rapport.core.registry import NewEntry, SearchHit, SearchProvider
from rapport.messaging import queries


def _campaigns(actor: Actor, text: str, limit: int) -> list[SearchHit]:
    found = queries.campaigns(actor).filter(name__icontains=text)[:limit]
    return [
        SearchHit(one.name, reverse("messaging:campaign", args=[one.pk]), "send", one.segment.name)
        for one in found
    ]


def _templates(actor: Actor, text: str, limit: int) -> list[SearchHit]:
    found = queries.templates(actor).filter(name__icontains=text)[:limit]
    return [
        SearchHit(one.name, reverse("messaging:template", args=[one.pk]), "layout-template", one.subject)
        for one in found
    ]


PROVIDERS = (
    SearchProvider("campaigns", _("Campaigns"), "campaigns.view", _campaigns, 40),
    SearchProvider("templates", _("Templates"), "campaigns.view", _templates, 50),
)
NEW = (
    NewEntry("campaign", _("Campaign"), "send", "messaging:campaign-new", 40, "campaigns.edit"),
    NewEntry("template", _("Template"), "layout-template", "messaging:template-new", 50, "campaigns.edit"),
)
