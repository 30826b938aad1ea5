"""Connecting a system: its settings, which are tried before they are kept, and the address at which it calls."""

from __future__ import annotations

import json
import secrets
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from rapport.commerce.models import MAIN_STORE, Order, Product
from rapport.connectors import queries
from rapport.connectors.asking import Api, Denied, Trouble, readable
from rapport.connectors.models import Connector, ConnectorResource, Disconnected
from rapport.connectors.registry import CONNECTORS, ConnectorKind
from rapport.connectors.services import standing
from rapport.core import crypto
from rapport.core.access import Actor
from rapport.core.clock import SYSTEM, Clock
from rapport.core.services import audit
from rapport.core.setting_fields import parted, read_settings
from rapport.events.models import Source
from rapport.events.services.sources import create_source
from rapport.transfers.feeds.services.webhooks import open_for

SEALED = "connector"
READER = "connector"


@contextmanager
def opened(connector: Connector) -> Iterator[Api]:
    """The system's API. What it is asked is counted. Raises asking.Trouble, crypto.Unreadable."""
    kind = queries.kind_of(connector)
    whole = settings_of(connector)
    api = kind.open(whole)
    api.hide(parted(kind.fields, whole)[1].values())
    try:
        yield api
    finally:
        api.close()


def settings_of(connector: Connector) -> dict[str, Any]:
    """All settings, secrets included. Raises crypto.Unreadable."""
    hidden = json.loads(crypto.open_sealed(SEALED, connector.secrets)) if connector.secrets else {}
    return {**connector.settings, **hidden}


def connect(
    *, actor: Actor, kind: str, name: str, values: Mapping[str, Any], store: str = "", clock: Clock = SYSTEM
) -> Connector:
    """A new connector, once the other side has answered with these settings. Raises ValidationError by field."""
    actor.require("connectors.edit")
    chosen = _kind(kind)
    whole = read_settings(chosen.fields, values, {})
    details = tried(chosen, whole)
    with transaction.atomic():
        _refuse_twice(chosen, whole, details)
        row = _create(
            actor,
            chosen,
            name.strip() or str(details.get("name") or chosen.label),
            store,
            whole,
            details,
            clock,
        )
        row.details = details
        row.save()
        for resource in chosen.resources:
            # What changes from now on comes by itself, whether the past is read or not.
            ConnectorResource.objects.create(connector=row, key=resource.key, seen_until=clock.now())
        standing.works(row, clock.now())
        _audit(actor, "connector.created", row, clock)
    row.refresh_from_db()
    return row


def address_of(kind: ConnectorKind, whole: Mapping[str, Any], details: Mapping[str, Any]) -> str:
    """What tells a system from all others of its kind."""
    return str(details.get("account") or kind.store(whole)).lower()[:500]


def _refuse_twice(kind: ConnectorKind, whole: Mapping[str, Any], details: Mapping[str, Any]) -> None:
    """A shop that is connected a second time would have every order twice. Raises ValidationError."""
    address = address_of(kind, whole, details)
    for row in Connector.objects.filter(kind=kind.key):
        if address_of(kind, row.settings, row.details) == address:
            words = _("It is connected already, as “%(name)s”.") % {"name": row.name}
            raise ValidationError({"__all__": words})


def _create(
    actor: Actor,
    kind: ConnectorKind,
    name: str,
    store: str,
    whole: Mapping[str, Any],
    details: Mapping[str, Any],
    clock: Clock,
) -> Connector:
    former = Disconnected.objects.filter(kind=kind.key, address=address_of(kind, whole, details))
    before = former.select_related("source").first()
    if before and store.strip()[:64] in {"", before.store}:
        source, store = before.source, before.store
        former.delete()
        source.kind, source.disabled_at = Source.Kind.CONNECTOR, None
        source.save(update_fields=["kind", "disabled_at"])
    else:
        source = create_source(actor=actor, name=name[:120], kind=Source.Kind.CONNECTOR)
    row = Connector(
        kind=kind.key, name=source.name, source=source, created_at=clock.now(), next_at=clock.now(),
        store=store.strip()[:64] or _free_store(kind.store(whole)),
    )  # fmt: skip
    _keep(row, kind, whole)
    return row


def _free_store(named: str) -> str:
    """The first shop of a business is its main one; another has a name of its own."""
    taken = Connector.objects.filter(store=MAIN_STORE).exists()
    in_use = Order.objects.filter(store=MAIN_STORE).exists() or Product.objects.exists()
    return named[:64] if taken or in_use else MAIN_STORE


def change(
    *,
    actor: Actor,
    connector_id: uuid.UUID,
    values: Mapping[str, Any],
    every_minutes: int | None = None,
    clock: Clock = SYSTEM,
) -> Connector:
    """Other settings, once the other side has answered with them. An empty secret keeps the present one.

    Raises Http404, ValidationError by field.
    """
    actor.require("connectors.edit")
    row = queries.connector_for(actor, connector_id)
    kind = queries.kind_of(row)
    whole = read_settings(kind.fields, values, settings_of(row))
    if every_minutes is not None and not 1 <= every_minutes <= 1440:
        raise ValidationError({"every_minutes": _("Between one minute and a day.")})
    details = tried(kind, whole)  # may take long: nothing is locked meanwhile
    with transaction.atomic():
        row = queries.connector_for(actor, connector_id, lock=True)
        row.details, row.every_minutes = details, every_minutes or row.every_minutes
        _change(actor, row, kind, whole, clock)
    return row


def _change(
    actor: Actor, row: Connector, kind: ConnectorKind, whole: Mapping[str, Any], clock: Clock
) -> None:
    _keep(row, kind, whole)
    row.next_at = clock.now()
    row.save()
    standing.works(row, clock.now())
    if queries.webhook(row) and kind.hooks and kind.hooks.secret(whole):
        _open(row, kind, kind.hooks.secret(whole), clock)
    _audit(actor, "connector.changed", row, clock)


def tried(kind: ConnectorKind, whole: Mapping[str, Any]) -> dict[str, Any]:
    """What the other side says of itself. Raises ValidationError with what it says against us."""
    try:
        api = kind.open(whole)
        api.hide(parted(kind.fields, whole)[1].values())
        try:
            with readable():
                return kind.look(api)
        finally:
            api.close()
    except Denied as error:
        words = _("It does not let us in. Check the keys and what they allow. %(said)s") % {"said": error}
        raise ValidationError({"__all__": words}) from error
    except Trouble as error:
        raise ValidationError({"__all__": str(error)}) from error


def subscribe(*, actor: Actor, connector_id: uuid.UUID, clock: Clock = SYSTEM) -> Connector:
    """Has the other side call us whenever something changes. Raises ValidationError, Http404."""
    actor.require("connectors.edit")
    row = queries.connector_for(actor, connector_id)
    kind = queries.kind_of(row)
    if kind.hooks is None:
        raise ValidationError(_("It makes no calls; it is asked every few minutes."))
    with transaction.atomic():
        hook = open_hook(queries.connector_for(actor, connector_id, lock=True), kind, clock)
    secret = kind.hooks.secret(settings_of(row)) or secrets.token_urlsafe(32)
    try:
        with opened(row) as api, readable():
            given = kind.hooks.subscribe(api, queries.address(hook), secret)
    except Trouble as error:
        raise ValidationError(_("It was not entered there: %(said)s") % {"said": error}) from error
    with transaction.atomic():
        row = queries.connector_for(actor, connector_id, lock=True)
        _open(row, kind, given, clock)
        row.subscribed_at = clock.now()
        row.save(update_fields=["subscribed_at"])
        _audit(actor, "connector.subscribed", row, clock)
    return row


def open_hook(row: Connector, kind: ConnectorKind, clock: Clock) -> Any:
    """The address it calls. Until the secret is known, nobody can prove to be it, so nothing is taken."""
    secret = kind.hooks.secret(settings_of(row)) if kind.hooks else ""
    return queries.webhook(row) or _open(row, kind, secret or secrets.token_urlsafe(32), clock)


def _open(row: Connector, kind: ConnectorKind, secret: str, clock: Clock) -> Any:
    hooks = kind.hooks
    assert hooks is not None
    return open_for(
        row.source, READER, signing=hooks.signing, secret=secret, header=hooks.header, prefix=hooks.prefix,
        now=clock.now(),
    )  # fmt: skip


@transaction.atomic
def turn(*, actor: Actor, connector_id: uuid.UUID, on: bool, clock: Clock = SYSTEM) -> Connector:
    """Off, nothing is asked and no call is taken; on again, what changed meanwhile is read."""
    actor.require("connectors.edit")
    row = queries.connector_for(actor, connector_id, lock=True)
    row.disabled_at = None if on else clock.now()
    row.next_at = clock.now() if on else None
    row.save(update_fields=["disabled_at", "next_at"])
    Source.objects.filter(pk=row.source_id).update(disabled_at=row.disabled_at)
    _audit(actor, "connector.enabled" if on else "connector.disabled", row, clock)
    return row


@transaction.atomic
def disconnect(*, actor: Actor, connector_id: uuid.UUID, clock: Clock = SYSTEM) -> None:
    """Forgets the keys and how far it was read. What it told stays, under its source, which is switched off; connected
    again, it goes on under that one.
    """
    actor.require("connectors.edit")
    row = queries.connector_for(actor, connector_id, lock=True)
    _audit(actor, "connector.deleted", row, clock)
    hook, source = queries.webhook(row), row.source
    address = address_of(queries.kind_of(row), row.settings, row.details)
    former = {"store": row.store, "source": source}
    row.delete()
    Disconnected.objects.update_or_create(kind=row.kind, address=address, defaults=former)
    if hook:
        hook.delete()
    source.kind, source.disabled_at = Source.Kind.SERVER, clock.now()
    source.save(update_fields=["kind", "disabled_at"])


def _kind(key: str) -> ConnectorKind:
    try:
        return CONNECTORS[key]
    except KeyError:
        names = ", ".join(sorted(name for name, _kind in CONNECTORS.items()))
        words = _("There is no connector %(key)s; there are %(names)s.") % {"key": key, "names": names}
        raise ValidationError({"kind": words}) from None


def _keep(row: Connector, kind: ConnectorKind, whole: Mapping[str, Any]) -> None:
    row.settings, hidden = parted(kind.fields, whole)
    row.secrets = crypto.seal(SEALED, json.dumps(hidden)) if hidden else ""


def _audit(actor: Actor, action: str, row: Connector, clock: Clock) -> None:
    audit.record(
        actor=actor, action=action, object_type="connector", object_id=row.pk,
        data={"name": row.name, "kind": row.kind}, clock=clock,
    )  # fmt: skip
