"""What landing pages add elsewhere: pages, an API, events, tests, and words of the audit log."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from contextlib import suppress

from django.utils.translation import gettext_lazy

from rapport.content.landing import queries, trials
from rapport.content.web.models import FormSubmission
from rapport.core import registry
from rapport.core.audit_log import AuditedRecord, named
from rapport.core.audit_log import register as register_audit
from rapport.core.live.registry import COMMENTED_KINDS, CommentedKind
from rapport.events.registry import (
    EVENT_LISTENERS,
    EventListener,
    Occurrence,
)
from rapport.experiments.registry import register_subject

SUBMITTED = "Form Submitted"
ACTIONS = {
    "landing_page.created": gettext_lazy("Created the landing page %(record)s"),
    "landing_page.changed": gettext_lazy("Saved version %(version)s of the landing page %(record)s"),
    "landing_page.published": gettext_lazy("Published version %(version)s of the landing page %(record)s"),
    "landing_page.unpublished": gettext_lazy("Took the landing page %(record)s off the web"),
}


def register() -> None:
    views = "rapport.content.landing.views"
    label, icon = gettext_lazy("Landing pages"), "globe"
    COMMENTED_KINDS.register(
        CommentedKind(
            "page", gettext_lazy("Landing page"), "forms.view", queries.page_for, "content:landing-page"
        )
    )
    registry.NAVIGATION.register(
        registry.NavEntry(
            "landing-pages", label, icon, "content:landing-pages", 63, "forms.view", under="campaigns"
        )
    )
    registry.LISTS.register(
        registry.ListEntry("landing-pages", f"{views}.LandingList", "content:landing-pages")
    )
    registry.NEW_ENTRIES.register(
        registry.NewEntry(
            "landing-page", gettext_lazy("Landing page"), icon, "content:landing-new", 51, "forms.edit"
        )
    )
    registry.API_ROUTERS.register(registry.ApiRouter("/landing-pages", "rapport.content.landing.api"))
    EVENT_LISTENERS.register(EventListener("landing-pages", lambda names: {SUBMITTED} & set(names), hear))
    register_subject(trials.SUBJECT_OF_EXPERIMENTS)
    register_audit(
        ACTIONS,
        AuditedRecord(
            "landing_page", gettext_lazy("Landing page"), named(queries.pages, "content:landing-page")
        ),
    )


def hear(occurrences: Sequence[Occurrence]) -> None:
    """Notes for a test whose answer came from which version, once the stream knows who it is."""
    persons: dict[uuid.UUID, uuid.UUID] = {}
    for occurrence in occurrences:
        id_, _colon, rest = occurrence.message_id.partition(":")
        with suppress(ValueError):
            if rest == "form":
                persons[uuid.UUID(id_)] = occurrence.person_id
    answers = FormSubmission.objects.filter(pk__in=persons, landing__isnull=False).exclude(unit="")
    trials.hear([(answer, persons[answer.pk]) for answer in answers])
