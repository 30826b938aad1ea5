"""Writing on-site messages: as drafts, live, and stopped."""

from __future__ import annotations

import re
import uuid
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from rapport.content.onsite import live, queries
from rapport.content.onsite.models import OnSiteMessage
from rapport.content.services.liquid import Program
from rapport.content.services.liquid_source import TemplateError
from rapport.content.web.models import WebForm
from rapport.core.access import Actor
from rapport.core.clock import SYSTEM, Clock
from rapport.core.process_cache import forget
from rapport.core.services import audit

FIELDS = (
    "name", "format", "place", "slot", "title", "body", "image", "url", "label", "color", "segment", "pages",
    "form", "trigger", "trigger_at", "priority", "most_times", "pause_hours", "starts_at", "ends_at",
)  # fmt: skip
MAX_BODY = 2000
_COLOR = re.compile(r"#[0-9a-fA-F]{6}")
_SLOT = re.compile(r"[#.]?[A-Za-z_][\w-]*")
_PAGE = re.compile(r"[!/][^\s]*|\*[^\s]*")


@transaction.atomic
def create(*, actor: Actor, values: dict[str, Any], clock: Clock = SYSTEM) -> OnSiteMessage:
    """A draft, shown to nobody. Raises PermissionDenied, ValidationError by field."""
    actor.require("onsite.edit")
    now = clock.now()
    row = OnSiteMessage(created_at=now, updated_at=now, created_by=actor.label)
    _set(row, values)
    row.save()
    _audit(actor, "on_site_message.created", row, clock)
    return row


@transaction.atomic
def change(
    *, actor: Actor, message_id: uuid.UUID, values: dict[str, Any], clock: Clock = SYSTEM
) -> OnSiteMessage:
    """Takes effect with the next page view. Raises Http404, ValidationError by field."""
    actor.require("onsite.edit")
    row = queries.message_for(actor, message_id, lock=True)
    _set(row, values)
    row.updated_at = clock.now()
    row.save()
    _audit(actor, "on_site_message.changed", row, clock)
    return row


@transaction.atomic
def launch(*, actor: Actor, message_id: uuid.UUID, clock: Clock = SYSTEM) -> OnSiteMessage:
    """Shows it from now on, as its schedule says. Raises Http404."""
    return _turn(actor, message_id, clock, on=True)


@transaction.atomic
def stop(*, actor: Actor, message_id: uuid.UUID, clock: Clock = SYSTEM) -> OnSiteMessage:
    """Shows it to nobody any more. Raises Http404."""
    return _turn(actor, message_id, clock, on=False)


def _turn(actor: Actor, message_id: uuid.UUID, clock: Clock, *, on: bool) -> OnSiteMessage:
    actor.require("onsite.edit")
    row = queries.message_for(actor, message_id, lock=True)
    if row.is_live is on:
        return row
    now = clock.now()
    row.live_at, row.stopped_at = (now, None) if on else (row.live_at, now)
    row.updated_at = now
    row.save()
    _audit(actor, "on_site_message.launched" if on else "on_site_message.stopped", row, clock)
    return row


def _set(row: OnSiteMessage, values: dict[str, Any]) -> None:
    if unknown := values.keys() - set(FIELDS):
        raise ValidationError({name: _("There is no such field.") for name in sorted(unknown)})
    for name, value in values.items():
        text = value.replace("\0", "").replace("\r\n", "\n").strip() if isinstance(value, str) else value
        setattr(row, name, text)
    row.full_clean(exclude=["created_by"])
    if wrong := dict([*_problems(row), *_unreached(row)]):
        raise ValidationError(wrong)


def _problems(row: OnSiteMessage) -> Any:
    """(field, what is wrong)."""
    for name in ("image", "url"):
        value = getattr(row, name)
        if (
            value
            and not value.startswith(("https://", "http://"))
            and not (name == "url" and value[0] in "/#?")
        ):
            yield name, _("An address begins with https://.")
        if value.startswith("//"):
            yield name, _("An address begins with https://.")
    if row.color and not _COLOR.fullmatch(row.color):
        yield "color", _("A colour is written like #0b6bcb.")
    if row.format == OnSiteMessage.Format.SLOT and not _SLOT.fullmatch(row.slot):
        yield (
            "slot",
            _("Name the element by its id or class, such as #offer, or by the bare name of its slot."),
        )
    if row.url and not row.label:
        yield "label", _("A link needs words.")
    if len(row.body) > MAX_BODY:
        yield "body", _("At most %(limit)d characters.") % {"limit": MAX_BODY}
    if any(not _PAGE.fullmatch(line) for line in row.pages.split("\n") if line.strip()):
        yield "pages", _("One pattern a line, each beginning with /, such as /shop/*.")
    if row.starts_at and row.ends_at and row.ends_at <= row.starts_at:
        yield "ends_at", _("The end is before the start.")
    if row.most_times < 1:
        yield "most_times", _("At least once.")
    for name in ("title", "body"):
        try:
            Program(getattr(row, name))
        except TemplateError as error:
            yield name, str(error)


def _unreached(row: OnSiteMessage) -> Any:
    """(field, what is wrong) with when it appears, and the form in it."""
    if row.form and not WebForm.objects.filter(key=row.form).exclude(live_at=None).exists():
        yield "form", _("Choose a form that is open.")
    if row.trigger == OnSiteMessage.Trigger.SCROLL and not 1 <= row.trigger_at <= 100:
        yield "trigger_at", _("A percentage from 1 to 100.")
    if row.trigger == OnSiteMessage.Trigger.TIME and not 1 <= row.trigger_at <= 3600:
        yield "trigger_at", _("A number of seconds from 1 to 3600.")


def _audit(actor: Actor, action: str, row: OnSiteMessage, clock: Clock) -> None:
    forget(live.messages)
    audit.record(
        actor=actor,
        action=action,
        object_type="on_site_message",
        object_id=row.pk,
        data={"name": row.name, "format": row.format, "segment": row.segment},
        clock=clock,
    )
