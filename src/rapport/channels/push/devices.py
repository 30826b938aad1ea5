"""Devices of persons: registered by browsers and apps, moved with their person, ended when the push service says so."""

from __future__ import annotations

import datetime as dt
import json
import re
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.db import transaction

from rapport.channels.push import vapid
from rapport.channels.push.models import Device
from rapport.core import crypto
from rapport.events.registry import DeviceSeen
from rapport.people.queries.contact import AddressSource
from rapport.people.services.moving import rows_follow

PURPOSE = "push device"
# Whoever fills a person with invented devices makes every message to them dear.
MOST = 20
MAX_TOKEN = 4096
# Every event of an app names its device: written down once a day.
SEEN_EVERY = dt.timedelta(days=1)
_HEX = re.compile(r"[0-9A-Fa-f]{64,200}")
# The push services of Chrome and Edge, Firefox, Safari, Windows.
SERVICES = (
    "fcm.googleapis.com",
    "push.services.mozilla.com",
    "push.apple.com",
    "notify.windows.com",
    "android.googleapis.com",
)


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
    values = {
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
        kind=kind, digest=digest, defaults=values, create_defaults={**values, "created_at": now}
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


@transaction.atomic
def renew(*, before: Mapping[str, Any], after: Mapping[str, Any], now: dt.datetime) -> None:
    """Gives a browser's new subscription to whom the old one was. Nothing happens where that is not known."""
    try:
        _text, digest = _checked(Device.Kind.WEB, before)
        text, new_digest = _checked(Device.Kind.WEB, after)
    except Invalid:
        return
    row = Device.objects.select_for_update().filter(kind=Device.Kind.WEB, digest=digest).first()
    if row is None or row.gone_because == "detached" or digest == new_digest:
        return
    Device.objects.filter(kind=Device.Kind.WEB, digest=new_digest).delete()
    row.digest, row.sealed = new_digest, crypto.seal(PURPOSE, text)
    row.last_seen_at, row.gone_at, row.gone_because = now, None, ""
    row.save()


def end(device_ids: Iterable[int], because: str, now: dt.datetime) -> None:
    """Ends devices that their push service does not know any more."""
    Device.objects.filter(pk__in=list(device_ids), gone_at=None).update(
        gone_at=now, gone_because=because[:64]
    )


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


def take_seen(seen: Sequence[DeviceSeen]) -> None:
    """Registers the devices that events came from, the last word of each; what is on record already costs one read."""
    last: dict[tuple[str, str], DeviceSeen] = {}
    for sighting in sorted(seen, key=lambda sighting: sighting.at):
        token = sighting.device["token"]
        kind: str = Device.Kind.APNS if isinstance(token, str) and _HEX.fullmatch(token) else Device.Kind.FCM
        try:
            last[kind, _checked(kind, token)[1]] = sighting
        except Invalid:
            continue
    rows = Device.objects.filter(digest__in=[digest for _kind, digest in last])
    present = {(row.kind, row.digest): row for row in rows}
    for (kind, digest), sighting in last.items():
        row = present.get((kind, digest))
        if row is None or _is_news(row, sighting):
            _register_seen(kind, sighting)


def _is_news(row: Device, sighting: DeviceSeen) -> bool:
    """Whether the event says more than is on record, and is no late one from before it."""
    if sighting.at <= (row.gone_at or row.last_seen_at):
        return False
    moved = row.gone_at is not None or row.person_id != sighting.person_id
    return moved or sighting.at - row.last_seen_at >= SEEN_EVERY


def _register_seen(kind: str, sighting: DeviceSeen) -> None:
    device, app = sighting.device, sighting.context.get("app")
    register(
        person_id=sighting.person_id,
        kind=kind,
        token=device["token"],
        app=str(app.get("namespace") or app.get("name") or "") if isinstance(app, dict) else "",
        name=str(device.get("name") or device.get("model") or ""),
        language=str(sighting.context.get("locale") or ""),
        source=sighting.source,
        now=sighting.at,
    )


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
        raise Invalid(
            "subscription must be a PushSubscription as JSON: endpoint, keys.p256dh, keys.auth"
        ) from error
    if len(public) != 65 or public[0] != 4 or len(auth) != 16:
        raise Invalid("keys of the subscription are not of their sizes")
    if len(endpoint) > MAX_TOKEN or not endpoint.isascii() or not _is_push_service(endpoint):
        raise Invalid("endpoint is none of a push service that is known; RAPPORT_PUSH_SERVICES names more")
    text = json.dumps({"endpoint": endpoint, "p256dh": vapid.encoded(public), "auth": vapid.encoded(auth)})
    return text, crypto.digest(endpoint)


def _is_push_service(endpoint: str) -> bool:
    """Subscriptions come from strangers: messages go to hosts of browser makers only, and those that we are told of."""
    try:
        split_url = urlsplit(endpoint)
        host = (split_url.hostname or "").lower()
    except ValueError:
        return False
    if split_url.scheme == "https" and any(host == name or host.endswith(f".{name}") for name in SERVICES):
        return not split_url.username
    return f"{split_url.scheme}://{split_url.netloc}" in settings.PUSH_SERVICES


def _addresses(person_ids: Iterable[uuid.UUID]) -> dict[uuid.UUID, str]:
    rows = Device.objects.filter(person_id__in=list(person_ids), gone_at=None)
    return {person: str(person) for person in rows.values_list("person_id", flat=True).distinct()}


ADDRESSES = AddressSource(
    _addresses,
    "EXISTS (SELECT FROM channels_device device WHERE device.person_id = {person} AND device.gone_at IS NULL)",
)


MERGEABLE = rows_follow("devices", Device)


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
