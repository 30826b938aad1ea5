"""What on-site messages add elsewhere: a page, an API, events, personal data, and words of the audit log."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from rapport.content.onsite import decisions, queries, trials
from rapport.core import registry
from rapport.core.audit_log import AuditedRecord, named
from rapport.core.audit_log import register as register_audit
from rapport.events.registry import EVENT_DESCRIPTIONS, EventDescription, Sentence
from rapport.experiments.registry import register_subject
from rapport.people.registry import MERGEABLES

ACTIONS = {
    "on_site_message.created": _("Created the on-site message %(record)s"),
    "on_site_message.changed": _("Changed the on-site message %(record)s"),
    "on_site_message.launched": _("Launched the on-site message %(record)s"),
    "on_site_message.stopped": _("Stopped the on-site message %(record)s"),
}
SENTENCES = {
    "On-site Message Shown": _("Was shown “%(name)s” on the website"),
    "On-site Message Dismissed": _("Dismissed “%(name)s” on the website"),
}


def register() -> None:
    registry.NAVIGATION.register(
        registry.NavEntry(
            "on-site", _("On-site"), "monitor", "content:on-site", 65, "onsite.view", under="campaigns"
        )
    )
    registry.LISTS.register(
        registry.ListEntry("on-site", "rapport.content.onsite.views.OnSiteList", "content:on-site")
    )
    registry.API_ROUTERS.register(registry.ApiRouter("/on-site-messages", "rapport.content.onsite.api"))
    MERGEABLES.register(decisions.MERGEABLE)
    register_subject(trials.SUBJECT_OF_EXPERIMENTS)
    for event, words in SENTENCES.items():
        EVENT_DESCRIPTIONS.register(EventDescription(event, "messages", "monitor", _sentence(words)))
    register_audit(
        ACTIONS,
        AuditedRecord(
            "on_site_message", _("On-site message"), named(queries.messages, "content:on-site-message")
        ),
    )


def _sentence(words: Any) -> Sentence:
    def sentence(properties: dict[str, Any], _context: dict[str, Any]) -> str:
        return str(words) % {"name": properties.get("name") or ""}

    return sentence
