"""Makes a journey of a playbook: its messages and its draft, in one transaction; and shows it before."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils.translation import get_language, override

from rapport.content.models import Template
from rapport.content.services import gallery, templates, translations
from rapport.content.services.gallery import Design
from rapport.core.access import Actor
from rapport.core.clock import SYSTEM, Clock
from rapport.governance.registry import default_channel
from rapport.journeys.models import Journey
from rapport.journeys.services import journeys
from rapport.journeys.services.playbooks.books import PLAYBOOKS, Given, Mail, Playbook, Text

# What stands in a preview for templates that are not made yet.
NO_TEMPLATE = "00000000-0000-0000-0000-000000000000"


@transaction.atomic
def make(
    *, actor: Actor, playbook: Playbook, answers: Mapping[str, Any], name: str = "", clock: Clock = SYSTEM
) -> Journey:
    """A draft with its templates, written in every language that Rapport speaks. Raises PermissionDenied."""
    actor.require("journeys.edit")
    templates_of = {
        key: str(_template(actor, mail, name or str(playbook.name), clock).pk)
        for key, mail in playbook.mails.items()
    }
    given = Given(_complete(playbook, answers), templates_of, default_channel().key)
    return journeys.create(
        actor=actor, name=name or str(playbook.name), definition=playbook.build(given), clock=clock
    )


def preview(playbook: Playbook, answers: Mapping[str, Any]) -> dict[str, Any]:
    """The definition as it would be."""
    mails = dict.fromkeys(playbook.mails, NO_TEMPLATE)
    return playbook.build(Given(_complete(playbook, answers), mails, default_channel().key))


def usual(playbook: Playbook) -> dict[str, Any]:
    """The usual answers, as far as they do not depend on what there is."""
    return {question.name: question.initial for question in playbook.questions}


def playbook_of(key: str) -> Playbook | None:
    return PLAYBOOKS.get(key)


def _complete(playbook: Playbook, answers: Mapping[str, Any]) -> dict[str, Any]:
    return {**usual(playbook), **{name: value for name, value in answers.items() if value is not None}}


def _template(actor: Actor, mail: Mail, journey: str, clock: Clock) -> Template:
    own = (get_language() or settings.LANGUAGE_CODE)[:2]
    design = _written(mail, own)
    row = templates.create_template(
        actor=actor, name=f"{journey}: {mail.name}"[:120], subject=design.subject, preheader=design.preheader,
        mjml=design.mjml, language=own, clock=clock,
    )  # fmt: skip
    for language in {code[:2] for code, _name in settings.LANGUAGES} - {own}:
        other = _written(mail, language)
        translations.add(actor=actor, template_id=row.pk, language=language, clock=clock)
        templates.save_draft(
            actor=actor, template_id=row.pk, translation=language, subject=other.subject,
            preheader=other.preheader, mjml=other.mjml, clock=clock,
        )  # fmt: skip
    return row


def _written(mail: Mail, language: str) -> Design:
    with override(language):
        if isinstance(mail.design, Text):
            text = mail.design
            return gallery.own_mail(
                subject=str(text.subject), preheader=str(text.preheader), title=str(text.title),
                paragraphs=[str(paragraph) for paragraph in text.paragraphs], button=str(text.button), url=text.url,
                language=language,
            )  # fmt: skip
        design = gallery.design(mail.design, language)
    mjml, subject = design.mjml, design.subject
    for old, new in mail.words.items():
        mjml, subject = mjml.replace(old, new), subject.replace(old, new)
    return Design(design.key, design.name, design.purpose, subject, design.preheader, mjml)
