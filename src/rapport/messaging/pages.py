"""What messaging adds elsewhere: a panel on the profile, a page in the settings."""

from __future__ import annotations

import uuid

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from rapport.channels.queries import usable_channels
from rapport.core.access import Actor
from rapport.core.registry import (
    API_ROUTERS,
    LISTS,
    NAVIGATION,
    SETTINGS_PAGES,
    ApiRouter,
    ListEntry,
    NavEntry,
    SettingsPage,
)
from rapport.events.registry import TIMELINE_RECORDS
from rapport.messaging.queries import headline
from rapport.messaging.services import timeline, unmatched
from rapport.people.registry import COMPOSERS, HEADLINES, PANELS, PROJECTIONS, Headline, Panel, Projection

UNMATCHED = NavEntry(
    "unmatched",
    _("Unmatched messages"),
    "circle-help",
    "messaging:unmatched",
    64,
    "messages.answer",
    under="inbox",
)


def _composer(actor: Actor, person_id: uuid.UUID, type_: str) -> str:
    """The tab of messages with its form, for a channel that is set up and reaches such identifiers."""
    if not (actor.may("messages.answer") and actor.may("messages.view")):
        return ""
    kinds = [kind for kind in usable_channels() if kind.answering is not None and kind.identifier == type_]
    return (
        f"{reverse('people:profile', args=[person_id])}?tab=messages&channel={kinds[0].key}" if kinds else ""
    )


def register() -> None:
    COMPOSERS.register(_composer, "messages")
    TIMELINE_RECORDS.register(timeline.records, "messages")
    HEADLINES.register(Headline("engagement", _("Engagement"), 20, "messages.view", headline.engagement))
    PANELS.register(Panel("messages", _("Messages"), 30, "messages.view", "messaging:person", place="tab"))
    API_ROUTERS.register(ApiRouter("", "rapport.messaging.api.messages"))
    LISTS.register(
        ListEntry("unmatched", "rapport.messaging.views.inbound.UnmatchedList", "messaging:unmatched")
    )
    NAVIGATION.register(UNMATCHED)
    PROJECTIONS.register(Projection("unmatched messages", unmatched.adopt))
    SETTINGS_PAGES.register(
        SettingsPage(
            "sending", _("Sending rules"), "send", "messaging:policy", 25, "settings.view", "consent"
        )
    )
    SETTINGS_PAGES.register(
        SettingsPage(
            "mailboxes", _("Mailboxes"), "inbox", "messaging:mailboxes", 22, "channels.view", "consent"
        )
    )
    SETTINGS_PAGES.register(
        SettingsPage(
            "deliverability",
            _("Deliverability"),
            "chart-column",
            "messaging:deliverability",
            24,
            "messages.view",
            "consent",
        )
    )
    API_ROUTERS.register(ApiRouter("/deliverability", "rapport.messaging.api.deliverability"))
    API_ROUTERS.register(ApiRouter("/mailboxes", "rapport.messaging.api.mailboxes"))
