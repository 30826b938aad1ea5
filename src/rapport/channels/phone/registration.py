"""What calls add elsewhere: their channel, list, page, event, API and personal data."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from rapport.channels.phone import adapter, personal_data, queries
from rapport.channels.phone.models import CallTask
from rapport.core import registry
from rapport.core.audit_log import AuditedRecord, named
from rapport.core.audit_log import register as register_audit
from rapport.events.registry import EVENT_DESCRIPTIONS, EventDescription

OUTCOMES = dict(CallTask.Outcome.choices)


def register() -> None:
    adapter.register()
    registry.PERSONAL_DATA.register(personal_data.HOLDER)
    registry.LISTS.register(
        registry.ListEntry("calls", "rapport.channels.phone.views.CallList", "channels:calls")
    )
    registry.NAVIGATION.register(
        registry.NavEntry("calls", _("Calls"), "phone", "channels:calls", 60, "calls.view", under="inbox")
    )
    registry.API_ROUTERS.register(registry.ApiRouter("/calls", "rapport.channels.phone.api"))
    EVENT_DESCRIPTIONS.register(EventDescription("Call Made", "messages", "phone", _sentence))
    actions = {"call.made": _("Called for %(record)s")}
    register_audit(actions, AuditedRecord("call", _("Call"), named(queries.calls, "channels:call")))


def _sentence(properties: dict[str, Any], _context: dict[str, Any]) -> str:
    outcome = OUTCOMES.get(str(properties.get("outcome")), "")
    words = {"title": properties.get("title") or "", "outcome": outcome}
    return str(_("Was called about “%(title)s”: %(outcome)s")) % words
