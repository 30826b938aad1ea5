"""What forms add elsewhere: pages, an API, events, and words of the audit log."""

from __future__ import annotations

import datetime as dt
import json
import uuid
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from rapport.content.web import personal_data, queries
from rapport.content.web.models import FormSubmission
from rapport.core import registry
from rapport.core.audit_log import AuditedRecord, named
from rapport.core.audit_log import register as register_audit
from rapport.core.live.registry import COMMENTED_KINDS, CommentedKind
from rapport.core.observing import RETENTIONS, Retention, delete_some
from rapport.events.registry import (
    EVENT_DESCRIPTIONS,
    EVENT_LISTENERS,
    EventDescription,
    EventListener,
    Occurrence,
)
from rapport.people.registry import MERGEABLES
from rapport.segments.builder.registry import PRESETS, Preset

SUBMITTED = "Form Submitted"
ACTIONS = {
    "web_form.created": gettext_lazy("Created the form %(record)s"),
    "web_form.changed": gettext_lazy("Saved version %(version)s of the form %(record)s"),
    "web_form.opened": gettext_lazy("Opened the form %(record)s"),
    "web_form.closed": gettext_lazy("Closed the form %(record)s"),
    "web_form.released": gettext_lazy("Took an answer to the form %(record)s out of the spam"),
}


SPAM_DAYS = 90


def forget_spam(before: dt.datetime, limit: int) -> int:
    """Files are kept of no spam."""
    spam = FormSubmission.State.SPAM
    return delete_some(FormSubmission.objects.filter(state=spam, at__lt=before), limit)


def register() -> None:
    RETENTIONS.register(Retention("form_spam", gettext_lazy("Spam of forms"), lambda: SPAM_DAYS, forget_spam))
    views = "rapport.content.web.views"
    COMMENTED_KINDS.register(
        CommentedKind("form", gettext_lazy("Form"), "forms.view", queries.form_for, "content:web-form")
    )
    registry.NAVIGATION.register(
        registry.NavEntry(
            "web-forms",
            gettext_lazy("Forms"),
            "clipboard-list",
            "content:web-forms",
            64,
            "forms.view",
            under="campaigns",
        )
    )
    registry.LISTS.register(registry.ListEntry("web-forms", f"{views}.FormList", "content:web-forms"))
    registry.NEW_ENTRIES.register(
        registry.NewEntry(
            "web-form", gettext_lazy("Form"), "clipboard-list", "content:web-form-new", 52, "forms.edit"
        )
    )
    registry.API_ROUTERS.register(registry.ApiRouter("/forms", "rapport.content.web.api"))
    EVENT_DESCRIPTIONS.register(EventDescription(SUBMITTED, "visits", "clipboard-list", _submitted))
    EVENT_DESCRIPTIONS.register(EventDescription("Form Viewed", "visits", "clipboard-list", _viewed))
    PRESETS.register(
        Preset("form", gettext_lazy("Submitted a form"), "clipboard-list", SUBMITTED, "form", queries.choices)
    )
    MERGEABLES.register(personal_data.MERGEABLE)
    EVENT_LISTENERS.register(EventListener("web-forms", lambda names: {SUBMITTED} & set(names), hear))
    register_audit(
        ACTIONS, AuditedRecord("web_form", gettext_lazy("Form"), named(queries.forms, "content:web-form"))
    )


def hear(occurrences: Sequence[Occurrence]) -> None:
    """Notes whose an answer is, once the stream knows."""
    whose: dict[uuid.UUID, list[str]] = defaultdict(list)
    for occurrence in occurrences:
        id_, _colon, rest = occurrence.message_id.partition(":")
        if rest == "form":
            whose[occurrence.person_id].append(id_)
    for person_id, ids in whose.items():
        FormSubmission.objects.filter(pk__in=[id_ for id_ in ids if _is_id(id_)], person=None).update(
            person_id=person_id
        )


def _is_id(text: str) -> bool:
    try:
        return bool(uuid.UUID(text))
    except ValueError:
        return False


def _name(properties: dict[str, Any]) -> str:
    name = properties.get("form_name") or properties.get("form") or ""
    return name if isinstance(name, str) else json.dumps(name)


def _submitted(properties: dict[str, Any], _context: dict[str, Any]) -> str:
    return _("Filled in the form “%(name)s”") % {"name": _name(properties)}


def _viewed(properties: dict[str, Any], _context: dict[str, Any]) -> str:
    return _("Saw the form “%(name)s”") % {"name": _name(properties)}
