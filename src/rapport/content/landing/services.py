"""Writing landing pages: every save is a version, and one of them is what visitors see."""

from __future__ import annotations

import re
import uuid
from typing import Any

import msgspec
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from rapport.content.landing import definitions, queries
from rapport.content.landing.models import LandingPage, LandingVersion
from rapport.content.web.models import WebForm
from rapport.core.access import Actor
from rapport.core.clock import SYSTEM, Clock
from rapport.core.live import topics
from rapport.core.process_cache import forget
from rapport.core.services import audit
from rapport.core.ui import formats
from rapport.experiments.models import Experiment

FIELDS = ("slug", "name", "host", "language", "definition")
MOST_BYTES = 200_000
_LANGUAGE = re.compile(r"([a-z]{2,3}(-[A-Za-z0-9]{2,8})?)?")
_HOST = re.compile(r"([a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)+)?")


@transaction.atomic
def create(*, actor: Actor, values: dict[str, Any], clock: Clock = SYSTEM) -> LandingPage:
    """A page that nobody sees yet. Raises PermissionDenied, ValidationError by field."""
    actor.require("forms.edit")
    now = clock.now()
    row = LandingPage(created_at=now, updated_at=now, created_by=actor.label)
    _set(row, values)
    _freeze(row, actor, clock)
    _audit(actor, "landing_page.created", row, clock)
    return row


@transaction.atomic
def change(*, actor: Actor, page_id: uuid.UUID, values: dict[str, Any], clock: Clock = SYSTEM) -> LandingPage:
    """The next version, which nobody sees before it is published. Raises Http404, ValidationError by field."""
    actor.require("forms.edit")
    row = queries.page_for(actor, page_id, lock=True)
    before = {name: getattr(row, name) for name in FIELDS}
    _set(row, values)
    if before != {name: getattr(row, name) for name in FIELDS}:
        row.updated_at = clock.now()
        _freeze(row, actor, clock)
        _audit(actor, "landing_page.changed", row, clock)
        topics.tell(f"page:{row.pk}", by=actor.user_id)
    return row


@transaction.atomic
def publish(
    *, actor: Actor, page_id: uuid.UUID, version: int | None = None, clock: Clock = SYSTEM
) -> LandingPage:
    """Shows a version, the newest unless one is named. Raises Http404, PermissionDenied, ValidationError."""
    actor.require("forms.edit")
    row = queries.page_for(actor, page_id, lock=True)
    chosen = row.versions.filter(version=version or row.version).first()
    if chosen is None:
        raise ValidationError({"version": _("There is no such version.")})
    if not definitions.read(chosen.definition).blocks:
        raise ValidationError({"version": _("Add a block before you publish it.")})
    if chosen != row.live and row.experiment and row.experiment.state == Experiment.State.RUNNING:
        raise ValidationError({"version": _("A test of this page runs. Decide or stop it first.")})
    show(row, chosen, clock)
    _audit(actor, "landing_page.published", row, clock, version=chosen.version)
    return row


@transaction.atomic
def unpublish(*, actor: Actor, page_id: uuid.UUID, clock: Clock = SYSTEM) -> LandingPage:
    """Shows it to nobody any more. Raises Http404, PermissionDenied."""
    actor.require("forms.edit")
    row = queries.page_for(actor, page_id, lock=True)
    if row.is_live:
        show(row, None, clock)
        _audit(actor, "landing_page.unpublished", row, clock)
    return row


def show(row: LandingPage, version: LandingVersion | None, clock: Clock) -> None:
    """In the caller's transaction, which answers for it."""
    row.live, row.updated_at = version, clock.now()
    row.live_at = clock.now() if version else None
    row.save(update_fields=["live", "live_at", "updated_at"])
    forget(queries.published)


def _set(row: LandingPage, values: dict[str, Any]) -> None:
    if unknown := values.keys() - set(FIELDS):
        raise ValidationError({name: _("There is no such field.") for name in sorted(unknown)})
    for name, value in values.items():
        setattr(row, name, value.strip() if isinstance(value, str) else value)
    row.host = row.host.lower()
    row.full_clean(exclude=["created_by", "definition", "live", "experiment"])
    if not _LANGUAGE.fullmatch(row.language) or (row.language and not formats.knows(row.language)):
        raise ValidationError({"language": _("A language is written like en or de-AT.")})
    if not _HOST.fullmatch(row.host):
        raise ValidationError({"host": _("A domain is written like offers.example.com.")})
    try:
        definition = definitions.read(row.definition)
    except msgspec.ValidationError as error:
        raise ValidationError({"definition": str(error)}) from error
    row.definition = definitions.written(definition)
    if len(msgspec.json.encode(row.definition)) > MOST_BYTES:
        raise ValidationError({"definition": _("The page is too large.")})
    forms = set(WebForm.objects.filter(key__in=definition.forms).values_list("key", flat=True))
    if wrong := definitions.problems(definition, forms):
        raise ValidationError({"definition": [text for texts in wrong.values() for text in texts]})


def _freeze(row: LandingPage, actor: Actor, clock: Clock) -> None:
    row.version += 1
    row.save()
    LandingVersion.objects.create(
        page=row, version=row.version, language=row.language, definition=row.definition,
        created_at=clock.now(), created_by=actor.label,
    )  # fmt: skip


def _audit(actor: Actor, action: str, row: LandingPage, clock: Clock, *, version: int = 0) -> None:
    forget(queries.published)
    audit.record(
        actor=actor, action=action, object_type="landing_page", object_id=row.pk,
        data={"name": row.name, "slug": row.slug, "version": version or row.version}, clock=clock,
    )  # fmt: skip
