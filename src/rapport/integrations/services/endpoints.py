"""Webhook endpoints: setting up, changing, secrets, disabling, a test, sending single messages again."""

from __future__ import annotations

import datetime as dt
import json
import re
import secrets
import uuid
from collections.abc import Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from rapport.core import access, crypto, jobs
from rapport.core.access import Actor
from rapport.core.clock import SYSTEM, Clock
from rapport.core.services import audit, outbound, standard_webhooks
from rapport.core.services.wake import wake
from rapport.integrations import queries
from rapport.integrations.models import WebhookEndpoint, WebhookMessage
from rapport.integrations.services.queueing import LOOP

SEALED = "webhook-endpoint"
TEST = "Webhook Test"
MAX_ENDPOINTS = 100
MAX_EVENTS = 100
OVERLAP = dt.timedelta(hours=24)
LONGEST_OVERLAP = dt.timedelta(days=7)
_PATTERN = re.compile(r"[^*\x00-\x1f]{0,199}\*?")
Disabled = WebhookEndpoint.Disabled
State = WebhookMessage.State


@transaction.atomic
def create(
    *, actor: Actor, name: str, url: str, events: Sequence[str], clock: Clock = SYSTEM
) -> tuple[WebhookEndpoint, str]:
    """The endpoint and its secret, which is shown this once. Raises ValidationError by field, PermissionDenied."""
    require(actor)
    values = _checked(name=name, url=url, events=events)
    if WebhookEndpoint.objects.count() >= MAX_ENDPOINTS:
        raise ValidationError({"name": _("There are %(n)d endpoints already.") % {"n": MAX_ENDPOINTS}})
    secret = standard_webhooks.new_secret()
    row = WebhookEndpoint.objects.create(
        **values, **_on_behalf_of(actor), secret=crypto.seal(SEALED, secret), created_at=clock.now()
    )
    _record(actor, "webhook_endpoint.created", row, clock, url=row.url, events=row.events)
    return row, secret


@transaction.atomic
def change(
    *,
    actor: Actor,
    endpoint_id: uuid.UUID,
    name: str | None = None,
    url: str | None = None,
    events: Sequence[str] | None = None,
    clock: Clock = SYSTEM,
) -> WebhookEndpoint:
    """Whoever changes where it leads or what is told gives it their own rights, so that nobody borrows another's."""
    row = _locked(actor, endpoint_id)
    values = _checked(
        name=row.name if name is None else name,
        url=row.url if url is None else url,
        events=row.events if events is None else events,
    )
    if (values["url"], values["events"]) != (row.url, row.events):
        values |= _on_behalf_of(actor) | {"rests_until": None}
    _save(row, **values)
    _record(actor, "webhook_endpoint.changed", row, clock, url=row.url, events=row.events)
    return row


def _on_behalf_of(actor: Actor) -> dict[str, str]:
    return {"actor_kind": actor.kind, "actor_id": actor.id[:64], "actor_label": actor.label[:254]}


@transaction.atomic
def delete(*, actor: Actor, endpoint_id: uuid.UUID, clock: Clock = SYSTEM) -> None:
    """With everything that waits for it and its history."""
    row = _locked(actor, endpoint_id)
    _record(actor, "webhook_endpoint.deleted", row, clock)
    row.delete()


@transaction.atomic
def rotate_secret(
    *, actor: Actor, endpoint_id: uuid.UUID, overlap: dt.timedelta = OVERLAP, clock: Clock = SYSTEM
) -> str:
    """A new secret, shown this once; the present one signs beside it until the overlap ends."""
    row = _locked(actor, endpoint_id)
    if not dt.timedelta(0) <= overlap <= LONGEST_OVERLAP:
        raise ValidationError({"overlap_hours": _("Between 0 and 168 hours.")})
    secret = standard_webhooks.new_secret()
    keeps = bool(overlap)
    _save(
        row,
        secret=crypto.seal(SEALED, secret),
        former_secret=row.secret if keeps else "",
        former_until=clock.now() + overlap if keeps else None,
    )
    _record(actor, "webhook_endpoint.secret_rotated", row, clock)
    return secret


def secrets_of(row: WebhookEndpoint, now: dt.datetime) -> list[str]:
    """What messages are signed with: the secret, and while it is changed, the former one too. Raises Unreadable."""
    sealed = [row.secret]
    if row.former_secret and row.former_until and row.former_until > now:
        sealed.append(row.former_secret)
    return [crypto.open_sealed(SEALED, secret) for secret in sealed]


@transaction.atomic
def disable(*, actor: Actor, endpoint_id: uuid.UUID, clock: Clock = SYSTEM) -> WebhookEndpoint:
    """What waits stays; what happens from now on is counted as missed and can be replayed."""
    row = _locked(actor, endpoint_id)
    if row.disabled_at is None:
        _save(row, disabled_at=clock.now(), disabled_because=Disabled.BY_HAND)
        _record(actor, "webhook_endpoint.disabled", row, clock)
    return row


@transaction.atomic
def enable(*, actor: Actor, endpoint_id: uuid.UUID, clock: Clock = SYSTEM) -> WebhookEndpoint:
    """What waits is sent at once. It acts with the rights of whoever enables it, if those of its maker are gone."""
    row = _locked(actor, endpoint_id)
    if row.disabled_at is not None:
        renewed = _on_behalf_of(actor) if row.disabled_because == Disabled.RIGHTS else {}
        _save(
            row, disabled_at=None, disabled_because="", failing_since=None, failures=0, rests_until=None,
            **renewed,
        )  # fmt: skip
        WebhookMessage.objects.filter(endpoint=row, state=State.WAITING).update(next_attempt_at=clock.now())
        _record(actor, "webhook_endpoint.enabled", row, clock)
        wake(LOOP)
    return row


def end(row: WebhookEndpoint, because: str, *, now: dt.datetime, clock: Clock) -> None:
    """Disables an endpoint on Rapport's own account, in the caller's transaction; Home tells of it."""
    ended = WebhookEndpoint.objects.filter(pk=row.pk, disabled_at=None)
    if ended.update(disabled_at=now, disabled_because=because):
        actor = access.system("webhooks")
        _record(actor, "webhook_endpoint.ended", row, clock, why=because)


@transaction.atomic
def send_test(*, actor: Actor, endpoint_id: uuid.UUID, clock: Clock = SYSTEM) -> WebhookMessage:
    """Queues a made-up event, also for a disabled endpoint: to see whether it may be enabled."""
    row = _locked(actor, endpoint_id)
    now, number = clock.now(), secrets.token_urlsafe(12)
    properties = {"text": "A test by Rapport; nothing happened."}
    message = WebhookMessage.objects.create(
        endpoint=row, webhook_id=f"msg_test_{number}", event=TEST, message_id=f"test-{number}", at=now,
        source="Rapport", properties=json.dumps(properties).encode(), is_test=True, created_at=now,
        next_attempt_at=now,
    )  # fmt: skip
    _record(actor, "webhook_endpoint.tested", row, clock)
    wake(LOOP)
    return message


@transaction.atomic
def resend(*, actor: Actor, endpoint_id: uuid.UUID, message_id: int, clock: Clock = SYSTEM) -> WebhookMessage:
    """Sends one message again now, under its own id. Raises ValidationError while the endpoint is disabled."""
    row = _locked(actor, endpoint_id)
    message = queries.message_for(row, message_id)
    if row.disabled_at is not None and not message.is_test:
        raise ValidationError(_("The endpoint is disabled; enable it first."))
    rows = WebhookMessage.objects.filter(pk=message.pk)
    jobs.reopen(rows, now=clock.now(), state=State.WAITING, settled_at=None)
    _save(row, rests_until=None)
    _record(actor, "webhook_endpoint.resent", row, clock, message=message.webhook_id)
    wake(LOOP)
    message.refresh_from_db()
    return message


def require(actor: Actor) -> None:
    """Raises PermissionDenied for who may not have events told to another program."""
    actor.require("webhooks.edit")
    actor.require("people.view")


def _locked(actor: Actor, endpoint_id: uuid.UUID) -> WebhookEndpoint:
    require(actor)
    return queries.endpoint_for(actor, endpoint_id, lock=True)


def _save(row: WebhookEndpoint, **fields: Any) -> None:
    for field, value in fields.items():
        setattr(row, field, value)
    row.save(update_fields=list(fields))


def _checked(*, name: str, url: str, events: Sequence[str]) -> dict[str, Any]:
    problems: dict[str, str] = {}
    if not 0 < len(name.strip()) <= 120:
        problems["name"] = _("Give it a name of at most 120 characters.")
    try:
        if len(url) > 2000:
            raise outbound.Refused(_("The address is too long."))
        outbound.check(url.strip())
    except (outbound.Refused, outbound.Unreachable) as error:
        problems["url"] = str(error)
    chosen = list(dict.fromkeys(pattern.strip() for pattern in events if pattern.strip()))
    if not 0 < len(chosen) <= MAX_EVENTS:
        problems["events"] = _("Choose between 1 and %(n)d events.") % {"n": MAX_EVENTS}
    elif wrong := [pattern for pattern in chosen if not _PATTERN.fullmatch(pattern)]:
        problems["events"] = _("“%(event)s” is no event: write its whole name, or its beginning and *.") % {
            "event": wrong[0][:80]
        }
    if problems:
        raise ValidationError(problems)
    return {"name": name.strip(), "url": url.strip(), "events": chosen}


def _record(actor: Actor, action: str, row: WebhookEndpoint, clock: Clock, **data: Any) -> None:
    audit.record(
        actor=actor, action=action, object_type="webhook_endpoint", object_id=row.pk,
        data={"name": row.name, **data}, clock=clock,
    )  # fmt: skip
