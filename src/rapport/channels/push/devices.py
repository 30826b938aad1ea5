"""Devices of persons: registered by browsers and apps, moved with their person, ended when the push service says so."""

from __future__ import annotations

import datetime as dt
import json
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from rapport.channels.models import Device
from rapport.channels.push import vapid
from rapport.core import crypto
from rapport.people.queries.contact import AddressSource
from rapport.people.registry import Mergeable, Pair

PURPOSE = "push device"
# Whoever fills a person with invented devices makes every message to them dear.
MOST = 20
MAX_TOKEN = 4096
# A push service on this machine, as tests and developers have it.
LOCAL = "http://127.0.0.1:"


class Invalid(ValueError):
    """This can be no device; the message says why."""


@dataclass(frozen=True, slots=True)
class Target:
    """A device with what names it at its push service. `seen_at` is when it said last that it is there."""

    id: int
    kind: str
    token: str
    app: str
    language: str
    seen_at: dt.datetime


@transaction.atomic
def register(
    *,
    person_id: uuid.UUID,
    kind: str,
    token: str | Mapping[str, Any],
    app: str = "",
    name: str = "",
    language: str = "",
    source: str = "",
    is_proven: bool = False,
    now: dt.datetime,
) -> Device:
    """Takes a device, which may have been somebody else's before: who uses it last has it. Raises Invalid."""
    text, digest = _checked(kind, token)
    facts = {
        "person_id": person_id,
        "sealed": crypto.seal(PURPOSE, text),
        "app": app[:120],
        "name": name[:120],
        "language": language[:35],
        "source": source[:120],
        "is_proven": is_proven,
        "last_seen_at": now,
        "gone_at": None,
        "gone_because": "",
    }
    device, _created = Device.objects.update_or_create(
        kind=kind, digest=digest, defaults=facts, create_defaults={**facts, "created_at": now}
    )
    surplus = Device.objects.filter(person_id=person_id, gone_at=None).order_by("-last_seen_at", "-pk")[MOST:]
    Device.objects.filter(pk__in=[row.pk for row in surplus]).update(gone_at=now, gone_because="too_many")
    return device


def detach(*, kind: str, token: str | Mapping[str, Any], now: dt.datetime) -> bool:
    """Ends a device because its user signed out or wants no more messages. Whoever knows the token may."""
    try:
        _text, digest = _checked(kind, token)
    except Invalid:
        return False
    rows = Device.objects.filter(kind=kind, digest=digest, gone_at=None)
    return bool(rows.update(gone_at=now, gone_because="detached"))


def end(device_ids: Iterable[int], because: str, now: dt.datetime) -> None:
    """Ends devices that their push service does not know any more."""
    Device.objects.filter(pk__in=list(device_ids), gone_at=None).update(gone_at=now, gone_because=because[:64])


def living(person_ids: Iterable[uuid.UUID], *, proven: bool = False) -> dict[uuid.UUID, list[Target]]:
    """The devices of these persons that take messages, newest first."""
    rows = Device.objects.filter(person_id__in=list(person_ids), gone_at=None)
    if proven:
        rows = rows.filter(is_proven=True)
    devices: dict[uuid.UUID, list[Target]] = {}
    for row in rows.order_by("-last_seen_at", "-pk"):
        try:
            token = crypto.open_sealed(PURPOSE, row.sealed)
        except crypto.Unreadable:
            continue
        target = Target(row.pk, row.kind, token, row.app, row.language, row.last_seen_at)
        devices.setdefault(row.person_id, []).append(target)
    return devices


def _checked(kind: str, token: str | Mapping[str, Any]) -> tuple[str, str]:
    """What is sealed and its digest. Raises Invalid."""
    if kind not in Device.Kind.values:
        raise Invalid(f"kind is one of {', '.join(Device.Kind.values)}")
    if kind == Device.Kind.WEB:
        return _subscription(token)
    if not isinstance(token, str) or not 8 <= len(token) <= MAX_TOKEN or not token.isascii():
        raise Invalid("token must be the registration token as the system gave it")
    text = token.strip().replace(" ", "").strip("<>")
    if kind == Device.Kind.APNS:
        text = text.lower()
        if not text.isalnum() or set(text) - set("0123456789abcdef"):
            raise Invalid("an APNs token is written in hexadecimal digits")
    elif not text.isprintable():
        raise Invalid("token must be the registration token as the system gave it")
    return text, crypto.digest(text)


def _subscription(given: str | Mapping[str, Any]) -> tuple[str, str]:
    try:
        data = json.loads(given) if isinstance(given, str) else given
        endpoint, keys = str(data["endpoint"]), data["keys"]
        public, auth = vapid.decoded(str(keys["p256dh"])), vapid.decoded(str(keys["auth"]))
    except (ValueError, KeyError, TypeError) as error:
        raise Invalid("subscription must be a PushSubscription as JSON: endpoint, keys.p256dh, keys.auth") from error
    if len(public) != 65 or public[0] != 4 or len(auth) != 16:
        raise Invalid("keys of the subscription are not of their sizes")
    # What leads inside is refused by the guard of outbound requests, when a message is sent.
    if len(endpoint) > MAX_TOKEN or not endpoint.isascii() or not endpoint.startswith(("https://", LOCAL)):
        raise Invalid("endpoint must be an address of a push service, beginning with https://")
    text = json.dumps({"endpoint": endpoint, "p256dh": vapid.encoded(public), "auth": vapid.encoded(auth)})
    return text, crypto.digest(endpoint)


def _addresses(person_ids: Iterable[uuid.UUID]) -> dict[uuid.UUID, str]:
    rows = Device.objects.filter(person_id__in=list(person_ids), gone_at=None)
    return {person: str(person) for person in rows.values_list("person_id", flat=True).distinct()}


ADDRESSES = AddressSource(
    _addresses,
    "EXISTS (SELECT FROM channels_device device WHERE device.person_id = {person} AND device.gone_at IS NULL)",
)


def merge(pairs: list[Pair]) -> dict[uuid.UUID, Any]:
    """Devices go with their person."""
    snapshots: dict[uuid.UUID, Any] = {}
    for survivor, absorbed in pairs:
        rows = Device.objects.filter(person_id=absorbed)
        if ids := list(rows.values_list("pk", flat=True)):
            rows.update(person_id=survivor)
            snapshots[absorbed] = ids
    return snapshots


def unmerge(pair: Pair, snapshot: Any) -> None:
    """Gives devices back that nobody else has taken since."""
    survivor, absorbed = pair
    Device.objects.filter(pk__in=snapshot or [], person_id=survivor).update(person_id=absorbed)


MERGEABLE = Mergeable("devices", ("channels.Device.person",), merge, unmerge)


def export(person_ids: Sequence[uuid.UUID]) -> list[dict[str, Any]]:
    """The devices of a person, without the tokens that could write to them."""
    return [
        {
            "kind": row.kind,
            "app": row.app,
            "name": row.name,
            "language": row.language,
            "source": row.source,
            "created_at": row.created_at.isoformat(),
            "last_seen_at": row.last_seen_at.isoformat(),
            "gone_at": row.gone_at.isoformat() if row.gone_at else None,
        }
        for row in Device.objects.filter(person_id__in=person_ids).order_by("pk")
    ]
