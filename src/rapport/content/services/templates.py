"""Writing templates: a draft that keeps itself, and versions that never change."""

from __future__ import annotations

import re
import secrets
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction
from django.utils.text import slugify
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from rapport.channels.registry import ChannelKind, UnknownChannel, channel_kind
from rapport.content import queries
from rapport.content.models import Link, Template, TemplateVersion
from rapport.content.services.compiler import Compiled, compile_fields, compile_mail
from rapport.content.services.expanding import Library
from rapport.content.services.liquid_source import TemplateError
from rapport.content.services.rewording import reworded
from rapport.content.services.starter import STARTER_MJML, STARTER_SUBJECT
from rapport.core import languages
from rapport.core.access import Actor
from rapport.core.clock import SYSTEM, Clock
from rapport.core.live import topics
from rapport.core.services import audit
from rapport.governance.registry import default_channel

FIELDS = ("name", "subject", "preheader", "mjml", "text")
# What a version keeps as it was written.
WRITTEN = (*FIELDS[1:], "fields", "language", "translations")
LONGEST = 20_000
INLINE = "inline-"
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


def checked_content(kind: ChannelKind, fields: Mapping[str, Any]) -> dict[str, str]:
    """The fields of a channel's content as they are stored. Raises TemplateError naming the one that is wrong."""
    if unknown := fields.keys() - {field.key for field in kind.fields}:
        raise TemplateError(
            _("the channel %(channel)s has no %(fields)s")
            % {"channel": kind.label, "fields": ", ".join(sorted(unknown))}
        )
    texts = {key: str(value).replace("\0", "").replace("\r\n", "\n") for key, value in fields.items()}
    for field in kind.fields:
        text = texts.get(field.key, "")
        if len(text) > LONGEST:
            raise TemplateError(
                _("%(field)s: at most %(limit)d characters") % {"field": field.label, "limit": LONGEST}
            )
        if field.kind == "choice" and text and text not in {key for key, _label in field.choices}:
            raise TemplateError(_("%(field)s: not one of the choices") % {"field": field.label})
        if field.kind != "text":
            texts[field.key] = " ".join(text.split())
    return texts


@transaction.atomic
def create_template(
    *,
    actor: Actor,
    name: str,
    subject: str = "",
    mjml: str = "",
    key: str = "",
    channel: str = "",
    fields: Mapping[str, Any] | None = None,
    language: str = "",
    is_inline: bool = False,
    clock: Clock = SYSTEM,
    **more: str,
) -> Template:
    """A new draft, in the language of who writes; email without MJML starts from a good one. Raises TemplateError."""
    actor.require("templates.edit")
    values = check_fields({"name": name, "subject": subject, "mjml": mjml, **more})
    kind = _kind(channel or default_channel().key)
    content = checked_content(kind, fields or {})
    now, is_mail = clock.now(), not kind.fields
    template = Template.objects.create(
        key=_checked_key(key, is_inline=is_inline) if key else _free_key(values["name"]),
        name=values["name"] or "Untitled",
        channel=kind.key,
        fields=content,
        language=languages.normal(language or get_language()),
        is_inline=is_inline,
        subject=values["subject"] or (STARTER_SUBJECT if is_mail else ""),
        mjml=values["mjml"] or (STARTER_MJML if is_mail else ""),
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
def save_draft(
    *, actor: Actor, template_id: uuid.UUID, translation: str = "", clock: Clock = SYSTEM, **values: Any
) -> Template:
    """Keeps what is being written, in a `translation` it has or else its own language, whether or not it compiles.

    Raises Http404, TemplateError.
    """
    actor.require("templates.edit")
    template = queries.template_for(actor, template_id, lock=True)
    if template.is_inline:
        raise TemplateError(_("This is what a call asked to send; it cannot be changed."))
    if (content := values.pop("fields", None)) is not None:
        values["fields"] = checked_content(_kind(template.channel), content)
    changed = check_fields(values) | {name: values[name] for name in WRITTEN[4:] if name in values}
    if translation in template.translations:
        template.name = changed.pop("name", template.name)
        template.translations[translation] |= changed
        changed = {}
    for field, value in changed.items():
        setattr(template, field, value)
    template.updated_at = clock.now()
    template.save()
    topics.tell(f"template:{template.pk}", by=actor.user_id)
    return template


@transaction.atomic
def publish(
    *, actor: Actor, template_id: uuid.UUID, words: Mapping[str, str] | None = None, clock: Clock = SYSTEM
) -> TemplateVersion:
    """Freezes the draft as the next version; the last one if nothing changed. Raises TemplateError.

    With `words`, a subject or preheader other than its own, the version is one beside its history.
    """
    actor.require("templates.edit")
    template = reworded(queries.template_for(actor, template_id, lock=True), words or {})
    numbered, library = template.versions.order_by("-version"), Library()
    last = numbered.filter(is_reworded=bool(words)).first()
    compiled, translated = compile_all(template, library)
    unchanged = last and all(getattr(last, field) == getattr(template, field) for field in WRITTEN)
    if last is not None and unchanged and last.uses == library.uses:
        return last
    number = max(numbered.values_list("version", flat=True)[:1], default=0) + 1
    if not words:
        template.version = number
        template.save(update_fields=["version"])
    version = TemplateVersion.objects.create(
        template=template,
        version=number,
        is_reworded=bool(words),
        created_at=clock.now(),
        html=compiled.html,
        plain=compiled.plain,
        compiled=compiled.fields,
        line=compiled.subject,
        uses=library.uses,
        translated={tag: _kept(content) for tag, content in translated.items()},
        **{field: getattr(template, field) for field in WRITTEN},
    )
    Link.objects.bulk_create(
        Link(template_version=version, position=at, url=url)
        for at, url in enumerate([compiled, *translated.values()][-1].links)
    )
    _audit(actor, "template.published", template, clock, version=version.version)
    if not words:  # else the draft is as it was
        topics.tell(f"template:{template.pk}", by=actor.user_id)
    return version


def _kept(content: Compiled) -> dict[str, Any]:
    """What a version keeps of a translation."""
    return {
        "subject": content.subject,
        "html": content.html,
        "plain": content.plain,
        "compiled": content.fields,
    }


@transaction.atomic
def restore(*, actor: Actor, template_id: uuid.UUID, version: int, clock: Clock = SYSTEM) -> Template:
    """Makes an old version the draft again; nothing is lost, because versions stay. Raises Http404."""
    old = queries.version_for(actor, template_id, version)
    values = {field: getattr(old, field) for field in WRITTEN}
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


def compile_template(
    template: Template, language: str = "", links: Sequence[str] = (), library: Library | None = None
) -> Compiled:
    """What it says in a language that it has, or else in its own, with the brand and blocks of now.

    Raises TemplateError with the line.
    """
    kind = _kind(template.channel)
    written = (library or Library()).expanded(template.written(language), language or template.language)
    if kind.fields:
        return compile_fields(kind, written.fields, links)
    if not written.subject.strip():
        raise TemplateError(_("the subject is empty"))
    return compile_mail(
        subject=written.subject, preheader=written.preheader, mjml=written.mjml, text=written.text,
        language=language or template.language, links=links,
    )  # fmt: skip


def compile_all(template: Template, library: Library | None = None) -> tuple[Compiled, dict[str, Compiled]]:
    """Its own language, and {language: each translation}, whose links are counted on. Raises TemplateError."""
    library = library or Library()
    own = last = compile_template(template, library=library)
    translated = {}
    for language in sorted(template.translations):
        try:
            last = translated[language] = compile_template(template, language, last.links, library)
        except TemplateError as error:
            raise TemplateError(f"{languages.name_of(language)}: {error.message}", error.line) from error
    return own, translated


def _checked_key(key: str, *, is_inline: bool) -> str:
    if key.startswith(INLINE) != is_inline:
        raise TemplateError(
            _("Keys that begin with %(prefix)s are kept for the content of calls.") % {"prefix": INLINE}
        )
    if not re.fullmatch(r"[a-z0-9][a-z0-9_-]{0,63}", key):
        raise TemplateError(_("A key has lower-case letters, digits, - and _ only."))
    if Template.objects.filter(key=key).exists():
        raise TemplateError(_("Another template has this key."))
    return key


def _free_key(name: str) -> str:
    base = slugify(name)[:48].strip("-").removeprefix(INLINE) or "template"
    if not Template.objects.filter(key=base).exists():
        return base
    return f"{base}-{secrets.token_hex(4)}"


def _kind(channel: str) -> ChannelKind:
    try:
        return channel_kind(channel)
    except UnknownChannel as error:
        raise TemplateError(str(error)) from error


def _audit(actor: Actor, action: str, template: Template, clock: Clock, **data: Any) -> None:
    audit.record(
        actor=actor, action=action, object_type="template", object_id=template.pk, data=data, clock=clock
    )
