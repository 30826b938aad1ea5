"""What a new template starts from: a design of the gallery, a template there is already, or the simple layout."""

from __future__ import annotations

import uuid
from typing import Any

from django.db import transaction
from django.http import Http404
from django.utils.translation import get_language

from rapport.channels.registry import channel_kind
from rapport.content import queries
from rapport.content.models import Template
from rapport.content.services import gallery, templates
from rapport.core.access import Actor
from rapport.core.clock import SYSTEM, Clock


@transaction.atomic
def start_template(
    *, actor: Actor, name: str, channel: str, start: str = "", clock: Clock = SYSTEM
) -> Template:
    """A new draft of a design (mail only), or that says what another template says. Raises Http404, TemplateError."""
    if (original := original_of(actor, start)) is not None:
        return _copy(actor, original, name, clock)
    designed: dict[str, Any] = {}
    if start in gallery.ORDER and not channel_kind(channel).fields:
        design = gallery.design(start, get_language() or "")
        designed = {"subject": design.subject, "preheader": design.preheader, "mjml": design.mjml}
    return templates.create_template(actor=actor, name=name, channel=channel, clock=clock, **designed)


def original_of(actor: Actor, start: str) -> Template | None:
    """The template that `start` names by its id. Raises Http404."""
    if not start or start in gallery.ORDER:
        return None
    try:
        original = queries.template_for(actor, uuid.UUID(start))
    except ValueError as error:
        raise Http404 from error
    if original.is_inline:
        raise Http404
    return original


def _copy(actor: Actor, original: Template, name: str, clock: Clock) -> Template:
    copy = templates.create_template(
        actor=actor,
        name=name,
        channel=original.channel,
        fields=original.fields,
        language=original.language,
        clock=clock,
        **{field: getattr(original, field) for field in templates.FIELDS[1:]},
    )
    copy.translations = original.translations
    copy.save(update_fields=["translations"])
    return copy
