"""The languages of a template beside its own."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from django.db import transaction
from django.http import Http404
from django.utils.translation import gettext as _

from rapport.content import queries
from rapport.content.models import Template
from rapport.content.services import templates
from rapport.content.services.liquid_source import TemplateError
from rapport.core import languages
from rapport.core.access import Actor
from rapport.core.clock import SYSTEM, Clock
from rapport.core.services import audit

MOST = 30


@transaction.atomic
def add(*, actor: Actor, template_id: uuid.UUID, language: str, clock: Clock = SYSTEM) -> str:
    """Adds a language, which begins as what is written in the template's own. Returns its tag.

    Raises Http404, TemplateError.
    """
    actor.require("templates.edit")
    template = queries.template_for(actor, template_id, lock=True)
    tag = languages.normal(language)
    if not tag:
        raise TemplateError(_("A language is a tag such as de or pt-br."))
    if len(template.translations) >= MOST:
        raise TemplateError(_("At most %(count)d languages.") % {"count": MOST})
    if tag not in template.languages:
        template.translations[tag] = asdict(template.written())
        _keep(actor, template, "template.translated", tag, clock)
    return tag


@transaction.atomic
def replace(
    *, actor: Actor, template_id: uuid.UUID, written: Mapping[str, Mapping[str, Any]], clock: Clock = SYSTEM
) -> None:
    """Makes these all the languages there are beside its own. Raises Http404, TemplateError."""
    template = queries.template_for(actor, template_id, lock=True)
    tags = {languages.normal(tag): content for tag, content in written.items()}
    if len(tags) < len(written):
        raise TemplateError(_("A language stands there twice, in two spellings."))
    for gone in template.translations.keys() - tags.keys():
        drop(actor=actor, template_id=template_id, language=gone, clock=clock)
    for tag, content in tags.items():
        if tag == template.language:
            raise TemplateError(_("%(language)s is the template's own language.") % {"language": tag})
        add(actor=actor, template_id=template_id, language=tag, clock=clock)
        templates.save_draft(actor=actor, template_id=template_id, translation=tag, clock=clock, **content)


@transaction.atomic
def drop(*, actor: Actor, template_id: uuid.UUID, language: str, clock: Clock = SYSTEM) -> None:
    """Takes a language out of the draft; versions keep it. Raises Http404."""
    actor.require("templates.edit")
    template = queries.template_for(actor, template_id, lock=True)
    if template.translations.pop(language, None) is None:
        raise Http404
    _keep(actor, template, "template.translation_dropped", language, clock)


def _keep(actor: Actor, template: Template, action: str, language: str, clock: Clock) -> None:
    template.updated_at = clock.now()
    template.save(update_fields=["translations", "updated_at"])
    name = languages.name_of(language)
    audit.record(
        actor=actor,
        action=action,
        object_type="template",
        object_id=template.pk,
        data={"language": name},
        clock=clock,
    )
