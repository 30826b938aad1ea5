"""What becomes of an answer: a row, and its events in the log, in one transaction."""

from __future__ import annotations

import datetime as dt
import uuid
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import msgspec
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from rapport.content.web import definitions, queries, uploads
from rapport.content.web.answers import Answers
from rapport.content.web.definitions import Definition
from rapport.content.web.models import FormSubmission, WebForm, WebFormVersion
from rapport.core import crypto
from rapport.core.access import Actor
from rapport.core.clock import SYSTEM, Clock
from rapport.core.process_cache import kept_for
from rapport.core.services import audit
from rapport.events.models import Source
from rapport.events.services import envelope, log
from rapport.people.normalise import normalise

SOURCE = "Forms"
_SPACE = uuid.UUID("6f1f0c9e-3a0b-5d1c-9a57-3d7f3f0c7b11")


@dataclass(frozen=True)
class Arrival:
    """How an answer came: the page's token, who the visitor is to the tracker, from where, in which language.

    `landing` is the version of the landing page it stands on, `unit` by what a test of it had drawn the visitor.
    """

    token: str = ""
    visitor: str = ""
    network: str = ""
    language: str = ""
    page: str = ""
    agent: str = ""
    campaign: tuple[tuple[str, str], ...] = ()
    landing: uuid.UUID | None = None
    unit: str = ""


def identity_of(form: WebForm, answers: Answers, arrival: Arrival, now: dt.datetime) -> uuid.UUID:
    """The same for the same answer from the same page; without a token, for the same answer of one network and day."""
    at_all = arrival.token or [arrival.network, now.date().isoformat()]
    files = [[name, file.name, file.size] for name, file in sorted(answers.files.items())]
    content = msgspec.json.encode([form.key, at_all, sorted(answers.typed.items()), files, answers.consents])
    return uuid.uuid5(_SPACE, crypto.digest(content.decode()))


def take(
    *, form: WebForm, answers: Answers, arrival: Arrival, reasons: list[str], clock: Clock = SYSTEM
) -> FormSubmission:
    """Keeps an answer and logs what it says; what is judged spam is only kept. Sent twice, it is one."""
    now = clock.now()
    id_ = identity_of(form, answers, arrival, now)
    definition = definitions.read(form.definition)
    row = FormSubmission(
        id=id_, form=form, version=form.version, at=now, reasons=reasons,
        state=FormSubmission.State.SPAM if reasons else FormSubmission.State.ACCEPTED,
        anonymous_id=arrival.visitor or f"form-{id_}", email=_email_in(definition, answers.values),
        values=answers.values, consents=answers.consents,
        language=arrival.language[:16], page=arrival.page[:1000], campaign=dict(arrival.campaign),
        landing_id=arrival.landing, unit=arrival.unit,
    )  # fmt: skip
    try:
        with transaction.atomic():
            row.save(force_insert=True)
            if not reasons:
                _log(row, definition, arrival.agent, now)
                _keep_files(row, answers.files)
    except IntegrityError:
        # It was there already, or came a second time meanwhile.
        if (before := FormSubmission.objects.filter(pk=id_).first()) is not None:
            return before
        raise
    return row


def agreed_to_another(form: WebForm, version: str, consents: list[str]) -> bool:
    """Whether what was ticked stood in a version that said it otherwise; a page that names none is not asked."""
    if not consents or not version.isdecimal() or int(version[:9]) == form.version:
        return False
    shown = WebFormVersion.objects.filter(form=form.pk, version=int(version[:9])).first()
    if shown is None:
        return True
    now, then = form, shown
    return (definitions.read(now.definition).consents, now.translations) != (
        definitions.read(then.definition).consents,
        then.translations,
    )


def _keep_files(row: FormSubmission, files: dict[str, UploadedFile]) -> None:
    """Only of an answer that is new: a file that no answer names would never be erased."""
    if files:
        row.values = {**row.values, **uploads.keep(row.pk, files)}
        row.save(update_fields=["values"])


@transaction.atomic
def release(*, actor: Actor, submission_id: uuid.UUID, clock: Clock = SYSTEM) -> FormSubmission:
    """Takes what was judged spam for an answer after all. Raises Http404, PermissionDenied, ValidationError."""
    actor.require("forms.edit")
    row = queries.submission_for(actor, submission_id, lock=True)
    if row.state != FormSubmission.State.SPAM:
        raise ValidationError(_("This is no spam."))
    row.state = FormSubmission.State.ACCEPTED
    row.save(update_fields=["state"])
    shown = WebFormVersion.objects.get(form=row.form_id, version=row.version)
    _log(row, definitions.read(shown.definition), "", clock.now())
    audit.record(
        actor=actor, action="web_form.released", object_type="web_form", object_id=row.form_id,
        data={"submission": str(row.pk)}, clock=clock,
    )  # fmt: skip
    return row


def _email_in(definition: Definition, values: dict[str, Any]) -> str:
    for field in definition.fields:
        if "email" in {field.trait, field.kind} and isinstance(values.get(field.name), str):
            return (normalise("email", values[field.name]) or "")[:254]
    return ""


def _log(row: FormSubmission, definition: Definition, agent: str, now: dt.datetime) -> None:
    raw = [msgspec.json.encode(call) for call in calls(row, definition, agent)]
    events = [envelope.accept(call, type_="", received=now, sent=None) for call in raw]
    log.append(source(now).pk, events, now)


@kept_for(queries.SECOND)
def _present_source() -> Source:
    """Raises DoesNotExist."""
    rows = Source.objects.filter(name__startswith=SOURCE, kind=Source.Kind.WEBSITE).order_by("pk")
    if (row := rows.first()) is None:
        raise Source.DoesNotExist
    return row


def source(now: dt.datetime) -> Source:
    """Where answers come from: a website, because anybody can fill in a form. Made with the first."""
    with suppress(Source.DoesNotExist):
        return _present_source()
    website = Source.Kind.WEBSITE
    # A server of that name is trusted in what it says of people; whoever fills in a form is not.
    name = f"{SOURCE} (website)" if Source.objects.filter(name=SOURCE).exists() else SOURCE
    values = {"kind": website, "write_key": crypto.token("wk"), "created_at": now}
    return Source.objects.get_or_create(name=name, defaults=values)[0]


def calls(row: FormSubmission, definition: Definition, agent: str) -> list[dict[str, Any]]:
    """The answer in the words of the capture API: who it is, what they entered, what they agreed to."""
    values = {name: value for name, value in row.values.items() if not isinstance(value, dict)}
    named = {question.name: question.trait for question in definition.fields if question.trait}
    traits = {named[name]: value for name, value in values.items() if name in named}
    about = {
        "form": row.form.key,
        "form_name": row.form.name,
        "form_version": row.version,
        "submission_id": str(row.pk),
    }
    shared: dict[str, Any] = {
        "anonymousId": row.anonymous_id,
        "timestamp": row.at.isoformat(),
        "context": {
            "page": {"url": row.page}, "campaign": row.campaign, "locale": row.language, "userAgent": agent[:500]
        },
    }  # fmt: skip
    everything: list[dict[str, Any]] = []
    if traits:
        everything.append({"type": "identify", "traits": traits, "messageId": f"{row.pk}:who", **shared})
    everything.append(
        {
            "type": "track", "event": "Form Submitted", "messageId": f"{row.pk}:form",
            "properties": {**values, **about}, **shared,
        }
    )  # fmt: skip
    return [*everything, *_consents(row, definition, shared)]


def _consents(row: FormSubmission, definition: Definition, shared: dict[str, Any]) -> list[dict[str, Any]]:
    if not row.consents:
        return []
    shown = WebFormVersion.objects.get(form=row.form_id, version=row.version)
    words = definitions.translated(definition, shown.translations.get(row.language, {}))
    given = [
        (consent, channel)
        for consent in words.consents
        if consent.name in row.consents
        for channel in consent.channels
    ]
    return [
        {
            "type": "track", "event": "Consent Granted", "messageId": f"{row.pk}:{number}",
            "properties": {
                "purpose": consent.purpose, "channel": channel, "wording": consent.wording,
                "form": row.form.key, "form_version": f"{row.form.key} v{row.version}"[:60],
                "language": row.language or shown.language, "page": row.page,
            },
            **shared,
        }
        for number, (consent, channel) in enumerate(given)
    ]  # fmt: skip
