"""Writing templates: a draft that keeps itself, and versions that never change."""

from __future__ import annotations

import uuid
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from rapport.content import queries
from rapport.content.models import Link, Template, TemplateVersion
from rapport.content.services.compiler import Compiled, compile_mail
from rapport.content.services.liquid import TemplateError
from rapport.content.services.starter import STARTER_MJML, STARTER_SUBJECT
from rapport.core.access import Actor
from rapport.core.clock import SYSTEM, Clock
from rapport.core.services import audit

FIELDS = ("name", "subject", "preheader", "mjml", "text")
LIMITS = {"name": 120, "subject": 254, "preheader": 254, "mjml": 500_000, "text": 200_000}


def check_fields(values: dict[str, Any]) -> dict[str, str]:
    """The known fields as text within their limits. Raises TemplateError naming the field."""
    for field in FIELDS:
        if len(str(values.get(field, "")).replace("\r\n", "\n")) > LIMITS[field]:
            raise TemplateError(
                _("%(field)s: at most %(limit)d characters") % {"field": field, "limit": LIMITS[field]}
            )
    return tidied(values)


def tidied(values: dict[str, Any]) -> dict[str, str]:
    """The known fields as they are stored: one kind of line end, lines without blanks around."""
    texts = {
        field: str(values[field]).replace("\0", "").replace("\r\n", "\n")
        for field in FIELDS
        if field in values
    }
    return {
        field: text if field in {"mjml", "text"} else " ".join(text.split()) for field, text in texts.items()
    }


@transaction.atomic
def create_template(
    *, actor: Actor, name: str, subject: str = "", mjml: str = "", clock: Clock = SYSTEM, **more: str
) -> Template:
    """A new draft; without MJML it starts from a good one. Raises PermissionDenied, TemplateError."""
    actor.require("templates.edit")
    values = check_fields({"name": name, "subject": subject, "mjml": mjml, **more})
    now = clock.now()
    template = Template.objects.create(
        name=values["name"] or "Untitled",
        subject=values["subject"] or STARTER_SUBJECT,
        mjml=values["mjml"] or STARTER_MJML,
        preheader=values.get("preheader", ""),
        text=values.get("text", ""),
        version=0,
        created_at=now,
        updated_at=now,
        created_by=actor.label,
    )
    _audit(actor, "template.created", template, clock)
    return template


@transaction.atomic
def save_draft(*, actor: Actor, template_id: uuid.UUID, clock: Clock = SYSTEM, **values: Any) -> Template:
    """Keeps what is being written, whether or not it compiles. Raises Http404, TemplateError."""
    actor.require("templates.edit")
    template = queries.template_for(actor, template_id, lock=True)
    for field, value in check_fields(values).items():
        setattr(template, field, value)
    template.updated_at = clock.now()
    template.save()
    return template


@transaction.atomic
def publish(*, actor: Actor, template_id: uuid.UUID, clock: Clock = SYSTEM) -> TemplateVersion:
    """Freezes the draft as the next version; the last one if nothing changed. Raises TemplateError."""
    actor.require("templates.edit")
    template = queries.template_for(actor, template_id, lock=True)
    last = template.versions.order_by("-version").first()
    if last is not None and all(getattr(last, field) == getattr(template, field) for field in FIELDS[1:]):
        return last
    compiled = compile_template(template)
    template.version = (last.version if last else 0) + 1
    template.save(update_fields=["version"])
    version = TemplateVersion.objects.create(
        template=template,
        version=template.version,
        created_at=clock.now(),
        html=compiled.html,
        plain=compiled.plain,
        **{field: getattr(template, field) for field in FIELDS[1:]},
    )
    Link.objects.bulk_create(
        Link(template_version=version, position=at, url=url) for at, url in enumerate(compiled.links)
    )
    _audit(actor, "template.published", template, clock, version=version.version)
    return version


@transaction.atomic
def restore(*, actor: Actor, template_id: uuid.UUID, version: int, clock: Clock = SYSTEM) -> Template:
    """Makes an old version the draft again; nothing is lost, because versions stay. Raises Http404."""
    old = queries.version_for(actor, template_id, version)
    values = {field: getattr(old, field) for field in FIELDS[1:]}
    template = save_draft(actor=actor, template_id=template_id, clock=clock, **values)
    _audit(actor, "template.restored", template, clock, version=version)
    return template


@transaction.atomic
def archive_template(
    *, actor: Actor, template_id: uuid.UUID, undo: bool = False, clock: Clock = SYSTEM
) -> None:
    """Takes a template out of the lists, or brings it back. Raises Http404."""
    actor.require("templates.edit")
    template = queries.template_for(actor, template_id, lock=True)
    template.archived_at = None if undo else clock.now()
    template.save(update_fields=["archived_at"])
    _audit(actor, "template.unarchived" if undo else "template.archived", template, clock)


def compile_template(template: Template) -> Compiled:
    """Raises TemplateError with the line."""
    if not template.subject.strip():
        raise TemplateError(_("the subject is empty"))
    return compile_mail(
        subject=template.subject, preheader=template.preheader, mjml=template.mjml, text=template.text
    )


def _audit(actor: Actor, action: str, template: Template, clock: Clock, **data: Any) -> None:
    audit.record(
        actor=actor, action=action, object_type="template", object_id=template.pk, data=data, clock=clock
    )
