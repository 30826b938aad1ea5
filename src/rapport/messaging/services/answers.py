"""Messages that somebody writes to one person by hand: answers to what came in, and what goes on from ours.

An origin of sends. What is typed is the `data` of the delivery, never a template; a template may be chosen instead, as
channels with a window ask for once it is over. The same key sends once, however often it is asked for.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from rapport.channels.protocol import Answered, Attachment
from rapport.channels.registry import Answering, ChannelKind
from rapport.content.models import TemplateVersion
from rapport.content.services.handwritten import handwritten
from rapport.content.services.liquid_source import TemplateError
from rapport.core.access import Actor
from rapport.core.clock import SYSTEM, Clock
from rapport.core.plain_text import unturned
from rapport.governance.models import Purpose
from rapport.messaging import queries
from rapport.messaging.models import Answer, Delivery
from rapport.messaging.queries.thread import Target
from rapport.messaging.registry import Description, SendOrigin
from rapport.messaging.services import calls, files, quotes, sends
from rapport.people import queries as people

ORIGIN = "answer"
PURPOSE = "answers"
MAX_TEXT, MAX_SUBJECT = 100_000, 254
# So long an answer waits before it goes, when whoever wrote it can take it back by a click.
UNDO = dt.timedelta(seconds=10)


@dataclass(frozen=True, slots=True)
class Written:
    """What is to be wording: the text and other fields by their keys, or a template; `quotes` adds what is answered."""

    fields: Mapping[str, str] = field(default_factory=dict)
    template: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)
    files: Sequence[Attachment] = ()
    quotes: bool = False
    purpose: str = ""
    send_at: dt.datetime | None = None
    key: str = ""


@transaction.atomic
def send(*, actor: Actor, target: Target, written: Written, clock: Clock = SYSTEM) -> Delivery:
    """Puts the message into the ledger; the gate decides when it is due.

    Raises PermissionDenied, ValidationError naming what is wrong.
    """
    actor.require("messages.answer")
    people.require_persons(actor, "messages.answer", [target.person.pk])
    kind, now = calls.usable_kind(target.kind.key), clock.now()
    version, data = _content(actor, kind, target, written, clock)
    purpose = calls.purpose_named(written.purpose) if written.purpose else answers_purpose()
    send = sends.triggered(
        actor=actor,
        origin=ORIGIN,
        origin_id=str(version.template_id),
        purpose=purpose,
        channel=kind.key,
        version=version,
        clock=clock,
    )
    recipient = _recipient(actor, target, written, data, now)
    added = sends.add_recipients(send=send, recipients=[recipient], now=now)
    row = Delivery.objects.get(
        send=send, person=target.person, channel=kind.key, occurrence=recipient.occurrence
    )
    if added:
        Answer.objects.create(
            delivery=row, inbound=target.inbound, earlier=target.earlier, written_by=actor.label
        )
        files.keep(row, written.files)
        calls.note(actor, "message.answered", row.pk, clock)
    return row


def _recipient(
    actor: Actor, target: Target, written: Written, data: Mapping[str, Any], now: dt.datetime
) -> sends.Recipient:
    at = calls.time_of(written.send_at, now)
    return sends.Recipient(
        target.person.pk,
        {"requested_by": actor.label},
        uuid.uuid4(),
        calls.occurrence_of(written.key),
        target.address,
        data,
        at,
        at + dt.timedelta(hours=queries.sending_policy().lateness_hours),
    )


def exists(target: Target, key: str) -> bool:
    """Whether this very message was asked for before."""
    rows = Delivery.objects.filter(person=target.person, channel=target.kind.key, send__origin=ORIGIN)
    return rows.filter(occurrence=calls.occurrence_of(key)).exists()


def same_key(actor: Actor, target: Target, written: Written, seen: str) -> str:
    """The key of what is said over a conversation whose newest message was `seen`: two clicks or tabs say it once."""
    wording = [actor.label, str(target.person.pk), target.kind.key, target.address, seen, written.template]
    wording += [f"{name}={value}" for name, value in sorted(written.fields.items())]
    wording += [f"{file.name}:{hashlib.sha256(file.content).hexdigest()}" for file in written.files]
    return "\n".join(wording)


def answers_purpose(*, looking: bool = False) -> Purpose:
    """That of personal answers: they are part of what the person asked for, and no marketing.

    It is made with the first answer; `looking` gets it as it will be, and writes nothing.
    """
    if purpose := Purpose.objects.filter(key=PURPOSE).first():
        return purpose
    values = {
        "name": _("Personal answers"),
        "basis": Purpose.Basis.CONTRACT,
        "description": _("What people of the business write to one person by hand."),
    }
    if looking:
        return Purpose(key=PURPOSE, **values)
    return Purpose.objects.get_or_create(
        key=PURPOSE, defaults={**values, "position": Purpose.objects.count()}
    )[0]


def answered(delivery_id: uuid.UUID) -> Answered | None:
    """What a message written by hand answers."""
    answer = Answer.objects.select_related("inbound", "earlier").filter(pk=delivery_id).first()
    return _answered(answer) if answer else None


def _answered(answer: Answer) -> Answered | None:
    if answer.inbound is not None:
        return Answered(answer.inbound.provider_id, earlier=answer.inbound.earlier)
    if answer.earlier is not None:
        before = Answer.objects.select_related("inbound").filter(pk=answer.earlier_id).first()
        ids = [*before.inbound.earlier, before.inbound.provider_id] if before and before.inbound else []
        return Answered(answer.earlier.provider_id, str(answer.earlier_id), ids)
    return None


def _content(
    actor: Actor, kind: ChannelKind, target: Target, written: Written, clock: Clock
) -> tuple[TemplateVersion, Mapping[str, Any]]:
    """The version that is sent, and its data."""
    if written.template:
        try:
            return calls.published(calls.named(actor, written.template), kind, clock), written.data
        except TemplateError as error:
            raise ValidationError({"template": str(error)}) from error
    if kind.answering is None:
        raise ValidationError({"channel": _("Nobody can write by hand over this channel.")})
    fields = _checked(kind, kind.answering, target, written, clock.now())
    if written.quotes:
        fields |= quotes.quoted(target.inbound, target.earlier)
    return handwritten(kind, clock), fields


def _checked(
    kind: ChannelKind, answering: Answering, target: Target, written: Written, now: dt.datetime
) -> dict[str, str]:
    limits = {entry.key: entry.limit for entry in kind.fields}
    if answering.has_subject:
        limits = {"subject": MAX_SUBJECT, answering.text: MAX_TEXT}
    allowed = {
        answering.text,
        *answering.more,
        *answering.late,
        *(["subject"] if answering.has_subject else []),
    }
    if unknown := written.fields.keys() - allowed:
        raise ValidationError({name: _("An answer over this channel has no such part.") for name in unknown})
    fields = {
        name: unturned(str(value).replace("\0", "").replace("\r\n", "\n")).strip()
        for name, value in written.fields.items()
    }
    fields = {
        name: text if name == answering.text else " ".join(text.split()) for name, text in fields.items()
    }
    for name, text in fields.items():
        if len(text) > limits[name]:
            raise ValidationError({name: _("At most %(limit)d characters.") % {"limit": limits[name]}})
    if not fields.get(answering.text):
        raise ValidationError({answering.text: _("There is nothing to say yet.")})
    if answering.has_subject and not fields.get("subject"):
        fields["subject"] = target.subject or _("Message")
    for entry in kind.fields:
        if entry.required and entry.key != answering.text and not fields.get(entry.key):
            raise ValidationError({entry.key: _("This is needed.")})
    if not target.window_open(now) and not any(fields.get(name) for name in answering.late):
        raise ValidationError({answering.text: _("The time for free text is over: choose a template.")})
    files.check(kind, written.files)
    return fields


def _describe(ids: Sequence[str]) -> dict[str, Description]:
    return {pk: Description(_("Personal message"), {"personal": "yes"}) for pk in ids}


SEND_ORIGIN = SendOrigin(
    ORIGIN,
    gettext_lazy("Personal message"),
    lambda origin_id: reverse("content:template", args=[origin_id.partition(":")[0]]),
    _describe,
)
