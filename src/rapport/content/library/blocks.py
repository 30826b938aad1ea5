"""Writing blocks of content: each change is checked, and a version of its own."""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import Http404
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from rapport.content.library import queries
from rapport.content.library.models import Block, BlockVersion
from rapport.content.models import Template
from rapport.content.services import templates
from rapport.content.services.compiler import compile_mail
from rapport.content.services.expanding import Library, body_of
from rapport.content.services.liquid import Program
from rapport.content.services.liquid_source import TemplateError
from rapport.core import languages
from rapport.core.access import Actor
from rapport.core.clock import SYSTEM, Clock
from rapport.core.services import audit

LONGEST = 100_000
_KEY = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")


@transaction.atomic
def create_block(
    *, actor: Actor, key: str, name: str, kind: str, body: str, language: str = "",
    translations: Mapping[str, str] | None = None, clock: Clock = SYSTEM,
) -> Block:  # fmt: skip
    """Its first version. Raises PermissionDenied, ValidationError by field."""
    actor.require("templates.edit")
    if not _KEY.fullmatch(key):
        raise ValidationError({"key": _("A key has lower-case letters, digits, - and _ only.")})
    if Block.objects.filter(key=key).exists():
        raise ValidationError({"key": _("Another block has this key.")})
    now = clock.now()
    block = Block(
        key=key, kind=kind, version=0, created_at=now, updated_at=now, created_by=actor.label,
        language=languages.normal(language or get_language()),
    )  # fmt: skip
    _write(block, actor, clock, name, body, translations or {})
    _audit(actor, "block.created", block, clock)
    return block


@transaction.atomic
def change_block(
    *, actor: Actor, block_id: uuid.UUID, name: str, body: str,
    translations: Mapping[str, str] | None = None, clock: Clock = SYSTEM,
) -> Block:  # fmt: skip
    """The next version, if anything changed; `translations` stay where none are given.

    Templates show it when they are published again. Raises Http404, ValidationError by field.
    """
    actor.require("templates.edit")
    block = queries.block_for(actor, block_id, lock=True)
    _write(block, actor, clock, name, body, block.translations if translations is None else translations)
    _audit(actor, "block.changed", block, clock)
    return block


@transaction.atomic
def archive_block(*, actor: Actor, block_id: uuid.UUID, undo: bool = False, clock: Clock = SYSTEM) -> Block:
    """Takes it out of the lists, unless a template puts it in. Raises Http404, ValidationError."""
    actor.require("templates.edit")
    block = queries.block_for(actor, block_id, lock=True)
    users = [] if undo else [template.name for template in queries.users_of(actor, block)[:3]]
    if users:
        raise ValidationError(_("It is used by %(names)s.") % {"names": ", ".join(users)})
    block.archived_at = None if undo else clock.now()
    block.save(update_fields=["archived_at"])
    _audit(actor, "block.unarchived" if undo else "block.archived", block, clock)
    return block


def publish_users(*, actor: Actor, block_id: uuid.UUID, clock: Clock = SYSTEM) -> tuple[int, dict[str, str]]:
    """Publishes anew every template that has a published version with the block in it.

    (how many got a new version, {template that cannot be: why}). Raises Http404.
    """
    actor.require("templates.edit")
    block, published, refused = queries.block_for(actor, block_id), 0, dict[str, str]()
    for template in queries.users_of(actor, block).filter(version__gt=0):
        if _has_draft(template):
            refused[template.name] = _("it has changes that are not published")
            continue
        try:
            version = templates.publish(actor=actor, template_id=template.pk, clock=clock)
        except (TemplateError, Http404) as error:
            refused[template.name] = str(error)
        else:
            published += version.version > template.version
    return published, refused


def _has_draft(template: Template) -> bool:
    last = template.last_version()
    return last is None or any(
        getattr(last, field) != getattr(template, field) for field in templates.WRITTEN
    )


def _write(
    block: Block, actor: Actor, clock: Clock, name: str, body: str, translations: Mapping[str, str]
) -> None:
    before: tuple[Any, ...] = (block.name, block.body, block.translations)
    block.name, block.body = " ".join(name.replace("\0", "").split()), _tidied(body)
    block.translations = {
        languages.normal(tag): _tidied(text) for tag, text in translations.items() if text.strip()
    }
    if block.version and before == (block.name, block.body, block.translations):
        return
    _check(block)
    block.version, block.updated_at = block.version + 1, clock.now()
    block.save()
    BlockVersion.objects.create(
        block=block, version=block.version, body=block.body, translations=block.translations,
        created_at=block.updated_at, created_by=actor.label,
    )  # fmt: skip


def _tidied(body: str) -> str:
    return body.replace("\0", "").replace("\r\n", "\n").strip("\n")


def _check(block: Block) -> None:
    if not block.name or len(block.name) > 120:
        raise ValidationError({"name": _("Give it a name of at most 120 characters.")})
    if block.kind not in Block.Kind.values:
        raise ValidationError({"kind": _("Not one of the choices.")})
    if not block.body.strip():
        raise ValidationError({"body": _("Write what it says.")})
    for language in [block.language, *block.translations]:
        body = body_of(block, language)
        if len(body) > LONGEST:
            raise ValidationError({"body": _("At most %(limit)d characters.") % {"limit": LONGEST}})
        try:
            _compile(block, body, language)
        except TemplateError as error:
            where = f"{languages.name_of(language)}: " if block.translations else ""
            raise ValidationError({"body": f"{where}{error}"}) from error


def _compile(block: Block, body: str, language: str) -> None:
    library, inside = Library(), (block.key,)
    if block.kind == Block.Kind.TEXT:
        Program(library.text(body, language, inside))
        return
    compile_mail(subject="-", preheader="", mjml=_page(library.mjml(body, language, inside)))


def _page(body: str) -> str:
    """A page around it: sections stand in the body, anything else in a column."""
    if not re.match(r"\s*(<!--.*?-->\s*)*<mj-(section|wrapper|hero)\b", body, re.DOTALL):
        body = f"<mj-section><mj-column>{body}</mj-column></mj-section>"
    return f"<mjml><mj-body>{body}</mj-body></mjml>"


def preview_page(block: Block, body: str, language: str = "") -> str:
    """The MJML of a page that shows it, brand and blocks put in. Raises TemplateError."""
    library = Library()
    text = library.mjml(body, language, (block.key,)) if block.kind == Block.Kind.MJML else ""
    if block.kind == Block.Kind.TEXT:
        text = f"<mj-text>{library.text(body, language, (block.key,))}</mj-text>"
    return _page(text)


def _audit(actor: Actor, action: str, block: Block, clock: Clock) -> None:
    data = {"version": block.version}
    audit.record(
        actor=actor, action=action, object_type="content_block", object_id=block.pk, data=data, clock=clock
    )
