"""A draft as one person would get it: nothing tracked, nothing kept, and what is missing is said."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from rapport.channels.protocol import Content, Result, Unfit
from rapport.channels.queries import lacks_sender, sender
from rapport.channels.registry import ChannelKind, UnknownChannel, channel_kind
from rapport.channels.services.connections import connected
from rapport.content.models import Template
from rapport.content.registry import LIQUID_VARIABLES, Addressee
from rapport.content.services import checks, liquid, templates
from rapport.content.services.compiler import Compiled
from rapport.content.services.json_liquid import field_program
from rapport.content.services.links import safe_url
from rapport.content.services.liquid import Program
from rapport.content.services.liquid_source import TemplateError
from rapport.content.services.rendering import Recipient, workspace_context
from rapport.core import languages
from rapport.core.access import Actor
from rapport.core.clock import SYSTEM, Clock
from rapport.core.queries import workspace
from rapport.core.services import audit
from rapport.governance.queries import contact_preference
from rapport.people import queries as people
from rapport.people.normalise import normalise

# Of a page that shows a message: inline styles yes, scripts never.
PREVIEW_POLICY = (
    "default-src 'none'; img-src https: http: data:; style-src 'unsafe-inline'; font-src https: data:; "
    "frame-ancestors 'self'; base-uri 'none'; form-action 'none'; sandbox"
)

# What a preview shows for values that come only when a message is sent: those of an order, a cart, a payment.
SAMPLE_DATA: dict[str, Any] = {
    "number": "10042",
    "items": [
        {"name": "Stoneware mug", "quantity": 2, "price": "£24.00"},
        {"name": "Linen tea towel", "quantity": 1, "price": "£12.50"},
    ],
    "shipping": "£3.90",
    "tax": "£6.73",
    "total": "£40.40",
    "date": "12 June 2026",
    "arrives": "16 June",
    "address": "Ada Brown\n12 Mill Lane\nLeeds LS1 4AB",
    "product": "Stoneware mug",
    "paid_with": "Visa •••• 4242",
}


@dataclass(frozen=True, slots=True)
class Preview:
    """`warnings` are about the template, `missing` are names this person has no value for, `measure` is the length."""

    subject: str
    preheader: str
    html: str
    text: str
    warnings: list[str]
    missing: list[str]
    fields: dict[str, str] = field(default_factory=dict)
    measure: str = ""


def preview(
    *, actor: Actor, template: Template, person_id: uuid.UUID | None = None, language: str | None = None
) -> Preview:
    """Renders the draft, in a language or in that of the person.

    Raises Http404 for a person the actor may not see, TemplateError with the line.
    """
    context = _context(actor, person_id)
    language = languages.best(context.pop("language") if language is None else language, template.languages)
    compiled = templates.compile_template(template, language)
    context |= _own_values(person_id, compiled)
    links = {f"link_{at}": safe_url(Program(url).render(context)) for at, url in enumerate(compiled.links)}
    context["rapport"] = {**links, "pixel": ""}
    page, missing = liquid.noting_missing(lambda: Program(compiled.html, html=True).render(context))
    subject, more = liquid.noting_missing(lambda: " ".join(Program(compiled.subject).render(context).split()))
    fields, lacking = _render_fields(channel_kind(template.channel), compiled.fields, context)
    return Preview(
        fields=fields,
        measure=channel_kind(template.channel).measure(fields),
        subject=subject,
        preheader=Program(compiled.preheader).render(context),
        html=page,
        text=Program(compiled.plain).render(context),
        warnings=compiled.warnings + (checks.of_mail(subject=subject, page=page) if page else []),
        missing=list(dict.fromkeys([*more, *missing, *lacking])),
    )


def _own_values(person_id: uuid.UUID | None, compiled: Compiled) -> dict[str, Any]:
    """What a person's message would read of the variables that are only read."""
    if person_id is None:
        return {}
    programs = [
        Program(part) for part in (compiled.subject, compiled.html, compiled.plain, *compiled.fields.values())
    ]
    names = {pair for program in programs for pair in program.names if pair[1] != liquid.ALL}
    own = dict[str, Any]()
    for variable in LIQUID_VARIABLES:
        keys = sorted(key for name, key in names if name == variable.name)
        if keys and variable.is_read_only:
            (values,) = variable.values([Addressee(person_id)], keys)
            if isinstance(values, Exception):
                raise values
            own[variable.name] = values
    return own


def _render_fields(
    kind: ChannelKind, fields: Mapping[str, str], context: dict[str, Any]
) -> tuple[dict[str, str], list[str]]:
    """The fields of a channel's content by name, and the names that were printed but do not exist."""
    texts, missing = dict[str, str](), list[str]()
    for name, source in fields.items():
        texts[name], lacking = liquid.noting_missing(
            partial(field_program(kind, name, source).render, context)
        )
        missing += lacking
    return texts, missing


def send_test(
    *,
    actor: Actor,
    template: Template,
    address: str,
    person_id: uuid.UUID | None = None,
    language: str | None = None,
    clock: Clock = SYSTEM,
) -> None:
    """Sends the draft once to an address, marked as a test. Raises TemplateError, Http404."""
    actor.require("templates.edit")
    kind = channel_kind(template.channel)
    recipient = normalise(kind.identifier, address) if kind.identifier else address.strip()
    if not recipient:
        raise TemplateError(_("that is no address of this channel"))
    if lacks_sender(kind, marketing=True):
        raise TemplateError(_("Set the sender address in Settings first."))
    rendered = preview(actor=actor, template=template, person_id=person_id, language=language)
    try:
        connection = connected(kind.key)
        compose = connection.composer(sender(marketing=True))
        subject = f"[Test] {rendered.subject}"
        content = Content(
            str(uuid.uuid4()), "", recipient, subject, rendered.html, rendered.text, clock.now(),
            fields=rendered.fields, test=True,
        )  # fmt: skip
        outcome = connection.channel.deliver([compose(content)])[0]
    except (Unfit, UnknownChannel) as error:
        raise TemplateError(str(error)) from error
    if outcome.result is not Result.ACCEPTED:
        raise TemplateError(f"it was not accepted: {outcome.code} {outcome.detail}".strip())
    audit.record(
        actor=actor, action="template.tested", object_type="template", object_id=template.pk, clock=clock
    )


def _context(actor: Actor, person_id: uuid.UUID | None) -> dict[str, Any]:
    person, language = dict[str, Any](), ""
    if person_id is not None:
        example = people.person_for(actor, person_id)
        chosen = contact_preference(example.pk).language
        recipient = Recipient(example.pk, example.name, example.email, example.traits, chosen)
        person, language = recipient.context(), recipient.language
    return {
        "language": language,
        "data": SAMPLE_DATA,
        **{variable.name: dict(variable.sample()) for variable in LIQUID_VARIABLES},
        "person": person,
        "workspace": workspace_context(workspace(), sender(marketing=True).name),
        **ways_out(),
    }


def ways_out() -> dict[str, str]:
    """What stands where the links of a person would."""
    return {
        "unsubscribe_url": f"{settings.PUBLIC_URL}/e/u/preview",
        "preferences_url": f"{settings.PUBLIC_URL}/preferences/preview",
    }
