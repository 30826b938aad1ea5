"""Single messages that a program asks for: a receipt, a reset of a password, a reminder. An origin of sends."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import Http404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from rapport.channels import queries as channels
from rapport.channels.protocol import Attachment
from rapport.channels.registry import ChannelKind, UnknownChannel, channel_kind
from rapport.content import queries as content
from rapport.content.models import Template, TemplateVersion
from rapport.content.services import templates
from rapport.content.services.liquid_source import TemplateError
from rapport.core.access import Actor, system
from rapport.core.clock import SYSTEM, Clock
from rapport.core.services import audit, wake
from rapport.governance.models import Purpose
from rapport.messaging import queries
from rapport.messaging.models import Delivery
from rapport.messaging.registry import Description, SendOrigin
from rapport.messaging.services import files, sends
from rapport.people import queries as people
from rapport.people.models import Person
from rapport.people.normalise import normalise
from rapport.people.services import profile

ORIGIN = "message"
PUBLISHER = system("message call")  # who may send a message need not be allowed to edit templates
# Who may take back messages, by what ordered them.
CANCELLABLE = {ORIGIN: "messages.send", "answer": "messages.answer"}
MAX_DATA = 64 * 1024
LATEST = dt.timedelta(days=366)


@dataclass(frozen=True, slots=True)
class Call:
    """What is asked for: a `template` by id or key or the `content` itself, to a person by id or by identifier.

    `to` is {"person": id} or {type of identifier: value}. `key` makes it happen once, however often it is asked for.
    """

    channel: str
    purpose: str
    to: Mapping[str, str]
    template: str = ""
    content: Mapping[str, Any] = field(default_factory=dict)
    data: Mapping[str, Any] = field(default_factory=dict)
    send_at: dt.datetime | None = None
    key: str = ""
    files: Sequence[Attachment] = ()


@transaction.atomic
def request(*, actor: Actor, call: Call, clock: Clock = SYSTEM) -> Delivery:
    """Puts one message into the ledger; the gate decides when it is due. The same `key` gives the same message.

    Raises PermissionDenied, Http404 for a person who is not there, ValidationError naming what is wrong.
    """
    actor.require("messages.send")
    kind, purpose, now = usable_kind(call.channel), purpose_named(call.purpose), clock.now()
    send_at = time_of(call.send_at, now)
    if len(json.dumps(dict(call.data))) > MAX_DATA:
        raise ValidationError({"data": _("At most 64 KB.")})
    files.check(kind, call.files, "attachments")
    version = _version(actor, call, kind, clock)
    person, address = _recipient(actor, call.to, kind, clock)
    send = sends.triggered(
        actor=actor,
        origin=ORIGIN,
        origin_id=str(version.template_id),
        purpose=purpose,
        channel=kind.key,
        version=version,
        clock=clock,
    )
    # Two programs may number what they do alike.
    occurrence = occurrence_of(f"{actor.kind} {actor.id} {call.key}" if call.key else "")
    recipient = sends.Recipient(
        person.pk,
        {"requested_by": actor.label},
        uuid.uuid4(),
        occurrence,
        address,
        call.data,
        send_at,
        send_at + dt.timedelta(hours=queries.sending_policy().lateness_hours),
    )
    added = sends.add_recipients(send=send, recipients=[recipient], now=now)
    row = Delivery.objects.get(send=send, person=person, channel=kind.key, occurrence=occurrence)
    if added:
        files.keep(row, call.files)
        note(actor, "message.requested", recipient.id, clock)
    return row


@transaction.atomic
def cancel(*, actor: Actor, delivery_id: uuid.UUID, clock: Clock = SYSTEM) -> Delivery:
    """Takes back a message that was not handed over yet. Raises Http404, ValidationError when it is too late."""
    row = queries.delivery_for(actor, delivery_id)
    permission = CANCELLABLE.get(row.send.origin)
    if permission is None:
        raise Http404
    actor.require(permission)
    if row.person_id is not None:
        people.require_persons(actor, permission, [row.person_id])
    delivery = Delivery.objects.select_for_update().select_related("send").get(pk=delivery_id)
    if delivery.state == Delivery.State.SKIPPED and delivery.reason == "cancelled":
        return delivery
    if delivery.state != Delivery.State.QUEUED:
        raise ValidationError(
            _("It is too late: the message is %(state)s.") % {"state": delivery.get_state_display()}
        )
    delivery.state, delivery.reason, delivery.finished_at = Delivery.State.SKIPPED, "cancelled", clock.now()
    delivery.save(update_fields=["state", "reason", "finished_at"])
    wake.wake(sends.WAKES)
    note(actor, "message.cancelled", delivery.pk, clock)
    return delivery


def usable_kind(channel: str) -> ChannelKind:
    """Raises ValidationError."""
    try:
        kind = channel_kind(channel)
    except UnknownChannel as error:
        raise ValidationError({"channel": str(error)}) from error
    if kind not in channels.usable_channels():
        raise ValidationError({"channel": _("No account of this channel is set up.")})
    return kind


def purpose_named(key: str) -> Purpose:
    """Raises ValidationError."""
    purpose = Purpose.objects.filter(key=key, archived_at=None).first()
    if purpose is None:
        raise ValidationError({"purpose": _("There is no purpose “%(key)s”.") % {"key": key}})
    return purpose


def time_of(at: dt.datetime | None, now: dt.datetime) -> dt.datetime:
    """When it is due. Raises ValidationError."""
    if at is not None and at > now + LATEST:
        raise ValidationError({"send_at": _("That is more than a year away.")})
    return max(at or now, now)


def _version(actor: Actor, call: Call, kind: ChannelKind, clock: Clock) -> TemplateVersion:
    """The published version of the template, or the content as a template of its own."""
    if bool(call.template) == bool(call.content):
        raise ValidationError({"template": _("Give a template or the content, one of them.")})
    try:
        template = _inline(actor, call, kind, clock) if call.content else named(actor, call.template)
        return published(template, kind, clock)
    except TemplateError as error:
        raise ValidationError({"content" if call.content else "template": str(error)}) from error


def published(template: Template, kind: ChannelKind, clock: Clock) -> TemplateVersion:
    """The version of a template that is sent over a channel. Raises TemplateError, ValidationError."""
    if template.channel != kind.key:
        raise ValidationError({"template": _("The template was written for another channel.")})
    last = template.last_version()
    return last or templates.publish(actor=PUBLISHER, template_id=template.pk, clock=clock)


def named(actor: Actor, name: str) -> Template:
    """Raises ValidationError."""
    template = content.template_named(actor, name)
    if template is None:
        raise ValidationError({"template": _("There is no template “%(name)s”.") % {"name": name}})
    return template


def _inline(actor: Actor, call: Call, kind: ChannelKind, clock: Clock) -> Template:
    """The template of exactly this content, made when it is first used."""
    body = json.dumps([kind.key, dict(call.content)], sort_keys=True)
    key = f"{templates.INLINE}{hashlib.sha256(body.encode()).hexdigest()[:40]}"
    if template := Template.objects.filter(key=key).first():
        return template
    given = dict(call.content)
    values: dict[str, Any] = {"fields": given} if kind.fields else _mail(given)
    return templates.create_template(
        actor=PUBLISHER,
        name=f"{actor.label}: {given.get('subject') or kind.label}"[:120],
        key=key,
        channel=kind.key,
        is_inline=True,
        clock=clock,
        **values,
    )


def _mail(given: dict[str, Any]) -> dict[str, str]:
    if unknown := given.keys() - {"subject", "preheader", "mjml", "text"}:
        raise TemplateError(_("an email has no %(fields)s") % {"fields": ", ".join(sorted(unknown))})
    return {name: str(value) for name, value in given.items()}


def _recipient(actor: Actor, to: Mapping[str, str], kind: ChannelKind, clock: Clock) -> tuple[Person, str]:
    """The person, and the address to use instead of their own where one of the channel was given."""
    if len(to) != 1:
        raise ValidationError({"to": _("Give a person or one identifier.")})
    (type_, value), *_rest = to.items()
    if type_ == "person":
        named = people.person_for(actor, value)
        people.require_persons(actor, "messages.send", [named.pk])
        return named, ""
    normal = normalise(type_, value)
    if not normal:
        raise ValidationError({f"to/{type_}": _("That is no usable identifier of this type.")})
    person = people.find(actor, f"{type_}:{normal}")
    if person is None:
        try:
            person = profile.create_person(
                actor=actor, identifiers=[(type_, normal)], traits={}, source="message", clock=clock
            )
        except ValueError as error:
            raise ValidationError({f"to/{type_}": str(error)}) from error
    people.require_persons(actor, "messages.send", [person.pk])
    return person, normal if type_ == kind.identifier else ""


def occurrence_of(key: str) -> str:
    """Which of several messages of a standing send one is: the same for the same key."""
    return hashlib.sha256(key.encode()).hexdigest() if key else str(uuid.uuid4())


def note(actor: Actor, action: str, delivery_id: uuid.UUID | None, clock: Clock) -> None:
    audit.record(
        actor=actor, action=action, object_type="delivery", object_id=delivery_id, data={}, clock=clock
    )


def _describe(ids: Sequence[str]) -> dict[str, Description]:
    by_template = {pk.partition(":")[0]: pk for pk in ids}
    names = Template.objects.filter(pk__in=by_template).values_list("pk", "name", "key")
    described = {str(pk): Description(name, {"template": key, "name": name}) for pk, name, key in names}
    return {pk: described[pk.partition(":")[0]] for pk in ids if pk.partition(":")[0] in described}


def _url(origin_id: str) -> str:
    return reverse("content:template", args=[origin_id.partition(":")[0]])


SEND_ORIGIN = SendOrigin(ORIGIN, gettext_lazy("Message"), _url, _describe)
