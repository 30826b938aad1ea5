"""Writing forms: every change is a version of its own, because consents refer to it."""

from __future__ import annotations

import re
import uuid
from typing import Any

import msgspec
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.text import slugify
from django.utils.translation import gettext as _

from rapport.content.web import definitions, queries
from rapport.content.web.models import WebForm, WebFormVersion
from rapport.core.access import Actor
from rapport.core.clock import SYSTEM, Clock
from rapport.core.live import topics
from rapport.core.process_cache import forget
from rapport.core.services import audit
from rapport.governance.queries import purposes_by_key
from rapport.governance.registry import CONSENT_CHANNELS

FIELDS = ("key", "name", "language", "definition", "translations")
MOST_LANGUAGES, MOST_BYTES = 20, 200_000
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})?")
_KEY = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")


@transaction.atomic
def create(*, actor: Actor, values: dict[str, Any], clock: Clock = SYSTEM) -> WebForm:
    """A form that takes no answers yet. Raises PermissionDenied, ValidationError by field."""
    actor.require("forms.edit")
    now = clock.now()
    row = WebForm(created_at=now, updated_at=now, created_by=actor.label)
    _set(row, values)
    _freeze(row, actor, clock)
    _audit(actor, "web_form.created", row, clock)
    return row


@transaction.atomic
def begun(*, actor: Actor, name: str, language: str, clock: Clock = SYSTEM) -> WebForm:
    """A form that asks for the address only, open at once: what a new page starts with. Raises ValidationError."""
    row = create(actor=actor, values=first_values(name, language), clock=clock)
    return turn(actor=actor, form_id=row.pk, live=True, clock=clock)


def first_values(name: str, language: str) -> dict[str, Any]:
    """What a new form of this name is made of: the field that all have."""
    email = {
        "name": "email", "kind": "email", "label": _("Email address"), "required": True, "trait": "email",
    }  # fmt: skip
    definition = {"title": name, "steps": [{"fields": [email]}]}
    return {"name": name, "key": _free_key(name), "language": language, "definition": definition}


def _free_key(name: str) -> str:
    key = slugify(name)[:56] or "form"
    taken = set(WebForm.objects.filter(key__startswith=key).values_list("key", flat=True))
    return next(
        entry for entry in [key, *(f"{key}-{n}" for n in range(2, len(taken) + 3))] if entry not in taken
    )


@transaction.atomic
def change(*, actor: Actor, form_id: uuid.UUID, values: dict[str, Any], clock: Clock = SYSTEM) -> WebForm:
    """Takes effect at once, as the next version. Raises Http404, PermissionDenied, ValidationError by field."""
    actor.require("forms.edit")
    row = queries.form_for(actor, form_id, lock=True)
    before = {name: getattr(row, name) for name in FIELDS}
    _set(row, values)
    if before != {name: getattr(row, name) for name in FIELDS}:
        row.updated_at = clock.now()
        _freeze(row, actor, clock)
        _audit(actor, "web_form.changed", row, clock)
        topics.tell(f"form:{row.pk}", by=actor.user_id)
    return row


@transaction.atomic
def turn(*, actor: Actor, form_id: uuid.UUID, live: bool, clock: Clock = SYSTEM) -> WebForm:
    """Lets a form take answers, or no more. Raises Http404, PermissionDenied."""
    actor.require("forms.edit")
    row = queries.form_for(actor, form_id, lock=True)
    if row.is_live is not live:
        row.live_at = row.updated_at = clock.now()
        row.live_at = row.live_at if live else None
        row.save(update_fields=["live_at", "updated_at"])
        _audit(actor, "web_form.opened" if live else "web_form.closed", row, clock)
    return row


def _set(row: WebForm, values: dict[str, Any]) -> None:
    if unknown := values.keys() - set(FIELDS):
        raise ValidationError({name: _("There is no such field.") for name in sorted(unknown)})
    for name, value in values.items():
        setattr(row, name, value.strip() if isinstance(value, str) else value)
    if not _KEY.fullmatch(row.key):
        raise ValidationError({"key": _("A key has small letters, digits, - and _.")})
    row.full_clean(exclude=["created_by", "definition", "translations"])
    try:
        definition = definitions.read(row.definition)
        texts = msgspec.convert(row.translations, definitions.Translations)
    except msgspec.ValidationError as error:
        raise ValidationError({"definition": str(error)}) from error
    if len(msgspec.json.encode([row.definition, texts])) > MOST_BYTES or len(texts) > MOST_LANGUAGES:
        raise ValidationError({"definition": _("The form is too large.")})
    if any(not _LANGUAGE.fullmatch(tag) for tag in [*texts, *([row.language] if row.language else [])]):
        raise ValidationError({"language": _("A language is written like en or de-AT.")})
    wrong = definitions.problems(
        definition, set(purposes_by_key()), {channel.key for channel in CONSENT_CHANNELS}
    )
    if wrong:
        raise ValidationError(
            {"definition": [f"{place}: {text}" for place, all_ in wrong.items() for text in all_]}
        )
    row.definition = definitions.written(definition)


def _freeze(row: WebForm, actor: Actor, clock: Clock) -> None:
    row.version += 1
    row.save()
    WebFormVersion.objects.create(
        form=row, version=row.version, language=row.language, definition=row.definition,
        translations=row.translations, created_at=clock.now(), created_by=actor.label,
    )  # fmt: skip


def _audit(actor: Actor, action: str, row: WebForm, clock: Clock) -> None:
    forget(queries.live_forms)
    audit.record(
        actor=actor, action=action, object_type="web_form", object_id=row.pk,
        data={"name": row.name, "key": row.key, "version": row.version}, clock=clock,
    )  # fmt: skip
