"""Webhook sources: made, secured, mapped; and what failed is taken again or laid aside."""

from __future__ import annotations

import datetime as dt
import json
import secrets
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from rapport.core import crypto
from rapport.core.access import Actor
from rapport.core.clock import SYSTEM, Clock
from rapport.core.services import audit, standard_webhooks
from rapport.core.services.wake import wake
from rapport.events.models import Source
from rapport.events.services import sources
from rapport.transfers.feeds.presets import PRESETS
from rapport.transfers.feeds.services import trying
from rapport.transfers.feeds.services.signatures import SEALED, secret_of
from rapport.transfers.models import Received, Webhook

SETTINGS = ("signing", "secret", "header", "prefix", "tolerance_seconds", "per_minute")


@transaction.atomic
def create_webhook(*, actor: Actor, name: str, preset: str = "") -> Webhook:
    """A source with an address of its own, prepared for a known system. Raises ValidationError."""
    actor.require("data.edit")
    source = sources.create_source(actor=actor, name=name, kind=Source.Kind.WEBHOOK)
    webhook = Webhook(source=source, token=secrets.token_urlsafe(24))
    if chosen_preset := PRESETS.get(preset):
        webhook.header, webhook.prefix = chosen_preset.header, chosen_preset.prefix
    webhook.save()
    audit.record(actor=actor, action="webhook.created", object_type="webhook", object_id=webhook.source_id)
    return webhook


def open_for(
    source: Source, reader: str, *, signing: str, secret: str, header: str, prefix: str, now: dt.datetime
) -> Webhook:
    """The address of a source whose payloads a registered reader takes, in the transaction of who has asked for it."""
    sealed = crypto.seal(SEALED, secret) if secret else ""
    values = {"signing": signing, "secret": sealed, "header": header, "prefix": prefix, "per_minute": 6_000}
    given = {**values, "reader": reader, "mapped_at": now}
    return Webhook.objects.update_or_create(
        source=source, defaults=given, create_defaults={**given, "token": secrets.token_urlsafe(24)}
    )[0]


@transaction.atomic
def secure(*, actor: Actor, webhook_id: int, **given: Any) -> Webhook:
    """Says how senders prove themselves and how much they may send. An empty secret keeps the present one.

    Raises ValidationError by field.
    """
    actor.require("data.edit")
    webhook = _locked(webhook_id)
    for name in SETTINGS:
        if name in given and name != "secret":
            setattr(webhook, name, given[name])
    secret = "" if webhook.signing == Webhook.Signing.NONE else given.get("secret") or secret_of(webhook)
    _check(webhook, secret)
    webhook.secret = crypto.seal(SEALED, secret) if secret else ""
    webhook.save(update_fields=list(SETTINGS))
    data = {"signing": webhook.signing, "per_minute": webhook.per_minute}
    audit.record(
        actor=actor, action="webhook.secured", object_type="webhook", object_id=webhook.source_id, data=data
    )
    return webhook


def _check(webhook: Webhook, secret: str) -> None:
    if webhook.signing not in Webhook.Signing.values:
        raise ValidationError({"signing": _("Choose one of the ways to sign.")})
    if webhook.signing != Webhook.Signing.NONE and not secret:
        raise ValidationError({"secret": _("Copy the secret from the sending system.")})
    if webhook.signing == Webhook.Signing.HMAC and not webhook.header.strip():
        raise ValidationError({"header": _("Name the header that carries the signature.")})
    if webhook.signing == Webhook.Signing.STANDARD:
        try:
            standard_webhooks.key_of(secret)
        except ValueError:
            raise ValidationError(
                {"secret": _("The secret is base64 behind whsec_; copy it whole.")}
            ) from None
    if not 1 <= webhook.per_minute <= 60_000:
        raise ValidationError({"per_minute": _("Between 1 and 60,000.")})
    if not 10 <= webhook.tolerance_seconds <= 86_400:
        raise ValidationError({"tolerance_seconds": _("Between 10 seconds and a day.")})


@transaction.atomic
def save_mapping(
    *, actor: Actor, webhook_id: int, mapping: dict[str, Any], sample: str, clock: Clock = SYSTEM
) -> Webhook:
    """Puts a mapping to use that makes events of its sample. What waits or was left is then taken.

    Raises ValidationError by field of the mapping.
    """
    actor.require("data.edit")
    webhook = _locked(webhook_id)
    trial = trying.attempt_text(mapping, sample, sample_headers(webhook, sample), clock.now())
    if not trial.good:
        raise ValidationError(
            trial.by_field or {"sample": _("The sample does not meet the conditions: it gives no event.")}
        )
    webhook.mapping, webhook.sample, webhook.mapped_at = mapping, sample, clock.now()
    webhook.save(update_fields=["mapping", "sample", "mapped_at"])
    audit.record(
        actor=actor,
        action="webhook.mapped",
        object_type="webhook",
        object_id=webhook.source_id,
        data={"fields": sorted(mapping)},
    )
    wake("webhooks")
    return webhook


def sample_headers(webhook: Webhook, sample: str) -> dict[str, str]:
    """The headers a sample came with, when it is one of the last received and was not written by hand."""
    try:
        wanted = json.loads(sample)
        for item in webhook.received.order_by("-pk")[:50]:
            if json.loads(item.body) == wanted:
                return dict(item.headers)
    except (ValueError, RecursionError):
        pass
    return {}


@transaction.atomic
def replay(*, actor: Actor, webhook_id: int, received_id: int | None = None) -> int:
    """Has failed payloads (or one) taken again with the present mapping; returns how many."""
    actor.require("data.edit")
    count = _failed(webhook_id, received_id).update(state=Received.State.WAITING, reason="")
    _told(actor, "webhook.replayed", webhook_id, count)
    wake("webhooks")
    return count


@transaction.atomic
def discard(*, actor: Actor, webhook_id: int, received_id: int | None = None) -> int:
    """Lays failed payloads (or one) aside; they are forgotten with the others after seven days."""
    actor.require("data.edit")
    count = _failed(webhook_id, received_id).update(state=Received.State.DISCARDED)
    _told(actor, "webhook.discarded", webhook_id, count)
    return count


@transaction.atomic
def rotate_token(*, actor: Actor, webhook_id: int) -> Webhook:
    """Gives the source a new address; the old one is answered with 404 from now on."""
    actor.require("data.edit")
    webhook = _locked(webhook_id)
    webhook.token = secrets.token_urlsafe(24)
    webhook.save(update_fields=["token"])
    _told(actor, "webhook.address_replaced", webhook_id, 1)
    return webhook


def _failed(webhook_id: int, received_id: int | None) -> QuerySet[Received]:
    rows = Received.objects.filter(webhook_id=webhook_id, state=Received.State.FAILED)
    return rows.filter(pk=received_id) if received_id else rows


def _told(actor: Actor, action: str, webhook_id: int, count: int) -> None:
    data, of = {"count": count}, Webhook.objects.values_list("source_id", flat=True).get(pk=webhook_id)
    audit.record(actor=actor, action=action, object_type="webhook", object_id=of, data=data)


def _locked(webhook_id: int) -> Webhook:
    return Webhook.objects.select_for_update(of=("self",)).select_related("source").get(pk=webhook_id)
