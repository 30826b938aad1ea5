"""Consent and the rights of the people themselves, over REST."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Annotated, Any, ClassVar, Literal

from django.http import HttpRequest
from ninja import Router
from ninja.responses import Status
from pydantic import AwareDatetime, ConfigDict, Field, StringConstraints

from rapport.core.access import actor_of
from rapport.core.api import InputSchema, Page, Problem, Schema, cursor_page
from rapport.core.api.pages import Cursor, Limit
from rapport.core.clock import clock_of
from rapport.governance import queries
from rapport.governance.api.channels import Channel, default_key
from rapport.governance.models import ConsentRecord
from rapport.governance.registry import CONSENT_CHANNELS
from rapport.governance.services import consent, double_opt_in, erasure
from rapport.people import queries as people

router = Router(tags=["consent and privacy"])


class PurposeOut(Schema):
    key: str
    name: str
    description: str
    basis: str


class ConsentOut(Schema):
    """The state of consent for one purpose on one channel; `id` is the line of the ledger that decides."""

    id: int
    purpose: str
    channel: str
    state: str
    at: dt.datetime
    expires_at: dt.datetime | None
    source: str


class ConsentLine(ConsentOut):
    """One line of the ledger: who said what, when, where, and the proof of it."""

    recorded_at: dt.datetime
    actor: str
    basis: str
    evidence: dict[str, Any]


class ConsentIn(InputSchema):
    """`at` is when the person said so (now, if absent); `evidence` proves it: wording, form, page.

    `pending` asks the person by mail to confirm it (double opt-in). `wording` is kept once under its SHA-256,
    `expires_at` ends the consent. A grant of a day before 1970 or in the future is refused; a withdrawal of such a day
    counts from now.
    """

    purpose: Annotated[str, StringConstraints(max_length=64)]
    channel: Channel = Field(default_factory=default_key)
    state: Literal["granted", "withdrawn", "pending"]
    at: AwareDatetime | None = None
    source: Annotated[str, StringConstraints(max_length=120)] = ""
    wording: Annotated[str, StringConstraints(max_length=20_000)] = ""
    form_version: Annotated[str, StringConstraints(max_length=60)] = ""
    language: Annotated[str, StringConstraints(max_length=35)] = ""
    expires_at: AwareDatetime | None = None
    evidence: Annotated[dict[str, Any], Field(max_length=50)] = {}

    def proof(self) -> dict[str, Any]:
        """The evidence, with what has a field of its own."""
        named = {
            "wording": self.wording,
            "form_version": self.form_version,
            "language": self.language,
            "expires_at": self.expires_at.isoformat() if self.expires_at else "",
        }
        return self.evidence | {name: value for name, value in named.items() if value}


class PersonExportOut(Schema):
    """Everything held about a person, by part of Rapport."""

    person_id: uuid.UUID
    exported_at: dt.datetime
    data: dict[str, Any]


class ReceiptOut(Schema):
    """What was erased where; `signature` proves that this installation says so."""

    model_config: ClassVar[ConfigDict] = ConfigDict(extra="allow")

    person_id: uuid.UUID
    person_ids: list[uuid.UUID]
    requested_at: dt.datetime
    requested_by: str
    completed_at: dt.datetime | None = None
    stores: dict[str, dict[str, int]]
    kept: dict[str, int]
    signature: str = ""


@router.get("/purposes", response=Page[PurposeOut], summary="List purposes")
def list_purposes(request: HttpRequest) -> dict[str, Any]:
    """What personal data is used for here, and on which legal basis."""
    return {"data": list(queries.purposes(actor_of(request))), "next_cursor": None}


@router.get("/people/{uuid:person_id}/consents", response=Page[ConsentOut], summary="List consents")
def list_consents(request: HttpRequest, person_id: uuid.UUID) -> dict[str, Any]:
    """The state now, one per purpose and channel."""
    actor = actor_of(request)
    actor.require("people.view")
    person = people.person_for(actor, person_id)
    return {"data": [queries.shown(row) for row in queries.consents_of(person.pk)], "next_cursor": None}


@router.get("/people/{uuid:person_id}/consents/ledger", response=Page[ConsentLine], summary="Read the ledger")
def consent_ledger(
    request: HttpRequest, person_id: uuid.UUID, cursor: Cursor = None, limit: Limit = 50
) -> dict[str, Any]:
    """Every consent that was ever granted or withdrawn, newest first, with its evidence."""
    actor = actor_of(request)
    actor.require("people.view")
    person = people.person_for(actor, person_id)
    page, following = cursor_page(
        queries.ledger_of(actor, person.pk),
        scope=f"ledger:{person.pk}",
        sort=("-at", "-id"),
        cursor=cursor,
        limit=limit,
    )
    return {"data": [_line(line) for line in page], "next_cursor": following}


@router.get(
    "/people/{uuid:person_id}/consents/{int:consent_id}/receipt",
    response=dict[str, Any],
    summary="Read the receipt of a consent",
)
def consent_receipt(request: HttpRequest, person_id: uuid.UUID, consent_id: int) -> dict[str, Any]:
    """What was agreed to, in the structure of ISO/IEC TS 27560:2023, signed; of any line of the ledger."""
    actor = actor_of(request)
    actor.require("people.view")
    return queries.receipt_of(people.person_for(actor, person_id).pk, consent_id)


@router.post("/people/{uuid:person_id}/consents", response={201: ConsentLine}, summary="Record a consent")
def record_consent(request: HttpRequest, person_id: uuid.UUID, body: ConsentIn) -> Status[dict[str, Any]]:
    """Adds one line to the ledger. The newest `at` decides the state; a withdrawal wins a tie."""
    actor, now = actor_of(request), clock_of(request).now()
    if body.state == "pending" and CONSENT_CHANNELS[body.channel].identifier != "email":
        words = "Only email can be confirmed by mail."
        raise Problem(422, words, {"/body/channel": words})
    try:
        line = consent.record(
            actor=actor,
            person_id=person_id,
            purpose=body.purpose,
            channel=body.channel,
            state=body.state,
            at=body.at or now,
            source=body.source or actor.label,
            evidence=body.proof(),
        )
    except consent.InvalidConsent as error:
        place = "/body/at" if body.at and body.purpose in queries.purpose_ids() else "/body/purpose"
        raise Problem(422, str(error), {place: str(error)}) from error
    assert line is not None  # only an event can be recorded before
    if body.state == "pending":
        double_opt_in.ask_again(line)
    return Status(201, _line(line))


def _line(line: ConsentRecord) -> dict[str, Any]:
    names = ("id", "channel", "state", "at", "recorded_at", "source", "actor", "basis", "expires_at")
    shown = {name: getattr(line, name) for name in names}
    return {"purpose": line.purpose.key, **shown, "evidence": line.proof}


@router.post("/people/{uuid:person_id}/export", response=PersonExportOut, summary="Export a person")
def export_person(request: HttpRequest, person_id: uuid.UUID) -> dict[str, Any]:
    """A copy of everything held about the person (GDPR articles 15 and 20); leaves a receipt."""
    return erasure.export(actor=actor_of(request), person_id=person_id)


@router.delete("/people/{uuid:person_id}", response=ReceiptOut, summary="Erase a person")
def erase_person(request: HttpRequest, person_id: uuid.UUID) -> dict[str, Any]:
    """Forgets the person for good (GDPR article 17). Their addresses stay suppressed as keyed hashes."""
    return erasure.erase(actor=actor_of(request), person_id=person_id)
