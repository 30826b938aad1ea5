"""A draft as one person would get it: nothing tracked, nothing kept, and what is missing is said."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

from django.conf import settings

from rapport.channels.email.mime import HeaderInjection, Parts, Skeleton
from rapport.channels.protocol import Message, Result
from rapport.channels.registry import UnknownChannel
from rapport.core.access import Actor
from rapport.core.clock import SYSTEM, Clock
from rapport.core.queries import workspace
from rapport.core.services import audit
from rapport.messaging.models import Template
from rapport.messaging.services import liquid, sender, templates, tokens
from rapport.messaging.services.liquid import Program, TemplateError, safe_url
from rapport.messaging.services.rendering import Recipient, workspace_context
from rapport.people import queries as people
from rapport.people.normalise import normalise


@dataclass(frozen=True, slots=True)
class Preview:
    """`warnings` are about the template, `missing` are names this person has no value for."""

    subject: str
    preheader: str
    html: str
    text: str
    warnings: list[str]
    missing: list[str]


def preview(*, actor: Actor, template: Template, person_id: uuid.UUID | None = None) -> Preview:
    """Renders the draft. Raises Http404 for a person the actor may not see, TemplateError with the line."""
    compiled = templates.compile_template(template)
    context = _context(actor, person_id)
    links = {f"link_{at}": safe_url(Program(url).render(context)) for at, url in enumerate(compiled.links)}
    context["rapport"] = {**links, "pixel": ""}
    page, missing = liquid.noting_missing(lambda: Program(compiled.html, html=True).render(context))
    subject, more = liquid.noting_missing(lambda: " ".join(Program(template.subject).render(context).split()))
    return Preview(
        subject=subject,
        preheader=Program(template.preheader).render(context),
        html=page,
        text=Program(compiled.plain).render(context),
        warnings=compiled.warnings,
        missing=list(dict.fromkeys([*more, *missing])),
    )


def send_test(
    *,
    actor: Actor,
    template: Template,
    address: str,
    person_id: uuid.UUID | None = None,
    clock: Clock = SYSTEM,
) -> None:
    """Sends the draft once to an address, marked as a test. Raises TemplateError, Http404."""
    actor.require("campaigns.edit")
    recipient = normalise("email", address)
    if recipient is None:
        raise TemplateError("that is not an e-mail address")
    business = workspace()
    if not business.sender_email:
        raise TemplateError("set the sender address in Settings first")
    shown = preview(actor=actor, template=template, person_id=person_id)
    try:
        skeleton = Skeleton(
            sender_name=business.sender_name or business.name,
            sender=business.sender_email,
            reply_to=business.reply_to,
        )
        host = business.sender_email.rsplit("@", 1)[-1]
        subject = f"[Test] {shown.subject}"
        parts = Parts("", recipient, subject, shown.html, shown.text, f"{uuid.uuid4()}@{host}")
        payload = skeleton.build(parts, clock.now())
        message = Message(business.sender_email, recipient, payload)
        outcome = sender.channel_for("email").deliver([message])[0]
    except (HeaderInjection, UnknownChannel) as error:
        raise TemplateError(str(error)) from error
    if outcome.result is not Result.ACCEPTED:
        raise TemplateError(f"the mail server did not take it: {outcome.code} {outcome.detail}".strip())
    audit.record(
        actor=actor, action="template.tested", object_type="template", object_id=template.pk, clock=clock
    )


def _context(actor: Actor, person_id: uuid.UUID | None) -> dict[str, Any]:
    person: dict[str, Any] = {}
    preferences = f"{settings.PUBLIC_URL}/preferences/preview"
    if person_id is not None:
        found = people.person_for(actor, person_id)
        person = Recipient(found.pk, found.name, found.email, found.traits).context()
        preferences = tokens.preferences_url(found.pk)
    return {
        "person": person,
        "workspace": workspace_context(workspace()),
        "unsubscribe_url": f"{settings.PUBLIC_URL}/e/u/preview",
        "preferences_url": preferences,
    }
