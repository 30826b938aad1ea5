"""What an event means beyond being stored: traits, companies, consents."""

from __future__ import annotations

import datetime as dt
import re
import uuid
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import msgspec

from rapport.events.registry import CLICK_LISTENERS, DEVICE_LISTENERS, ClickSeen, DeviceSeen
from rapport.events.services import consents, privacy_signals, soft_opt_in
from rapport.events.services.envelope import Event, decode_object
from rapport.events.services.identifiers import addresses_of, identifiers_of, traits_of
from rapport.people.queries import survivor_of
from rapport.people.services import changes, company_merging, unmerged_profiles
from rapport.people.services import policy as policies
from rapport.people.services.companies import GroupCall, apply_groups
from rapport.people.services.profile import TraitUpdate, apply_traits
from rapport.people.services.traits import laid_over
from rapport.people.values.schema import PERSON

if TYPE_CHECKING:
    from rapport.events.services.stream import Item

survivors = survivor_of
_MARK = re.compile(rb"[?&]rapport_click=([A-Za-z0-9_-]{20,60})")
_TELLING = frozenset({"identify", "group"})
__all__ = ["apply", "identifiers_of", "stored_properties", "survivors", "traits_of"]


def apply(items: Sequence[Item]) -> dict[uuid.UUID, set[str]]:
    """Applies traits, memberships in companies and consents; returns what of whom changed."""
    # Most of a batch is neither.
    telling = [item for item in items if item.event.type in _TELLING]
    updates, groups = [], []
    for item in telling:
        event = item.event
        if event.type == "identify" and item.person_id:
            updates.append(
                TraitUpdate(item.person_id, _claimed(event), event.at, item.source, event.message_id)
            )
        elif event.type == "group" and item.person_id:
            groups.append(
                GroupCall(
                    event.other_id, item.person_id, traits_of(event), event.at, item.source, event.message_id
                )
            )
    joined = apply_groups(groups)
    company_merging.follow(groups)
    changed = apply_traits(updates)
    _learn(telling)
    _see_devices(items)
    _see_clicks(items)
    decided = privacy_signals.record(items) | consents.record(items) | soft_opt_in.record(items)
    for persons, what in ((joined, changes.COMPANIES), (decided, changes.CONSENTS)):
        for person in persons:
            changed.setdefault(person, set()).add(what)
    return changed


def _see_devices(items: Sequence[Item]) -> None:
    """Tells of the devices that these events came from, where these take push messages."""
    seen = []
    for item in items:
        if item.device and item.person_id:
            context = decode_object(item.event.context)
            device = context.get("device")
            if isinstance(device, dict) and device.get("token"):
                seen.append(DeviceSeen(item.person_id, item.event.at, item.source, device, context))
    if seen:
        for listen in DEVICE_LISTENERS:
            listen(seen)


def _see_clicks(items: Sequence[Item]) -> None:
    """Tells of the pages that somebody came to from a message."""
    seen = []
    for item in items:
        # Only browsers have an address of a page; most of these carry no mark, and none is decoded for it.
        if item.public and (mark := _MARK.search(bytes(item.event.context))):
            event = item.event
            seen.append(ClickSeen(mark[1].decode(), event.type, event.event, event.at))
    if seen:
        for listen in CLICK_LISTENERS:
            listen(seen)


def _claimed(event: Event) -> dict[str, Any]:
    return {**traits_of(event), **addresses_of(event)}


def _learn(items: Sequence[Item]) -> None:
    """Notes, for persons of merged families, which of them each fact is about, in case they are parted."""
    if not items:
        return
    claims = []
    policy = policies.current(PERSON)
    for item in items:
        if item.event.type == "identify" and item.home_id:
            event = item.event
            at = event.at.astimezone(dt.UTC).isoformat(timespec="microseconds")
            fact = {"at": at, "source": item.source, "message_id": event.message_id}
            accepted, _refused = policy.accepted(_claimed(event), item.source)
            claims.append((item.home_id, *laid_over(({}, {}), accepted, fact)))
    unmerged_profiles.learn(claims)


def stored_properties(event: Event) -> msgspec.Raw:
    """What stands under `properties` in the store: for identify and group calls, their traits."""
    return event.traits if event.type in {"identify", "group"} else event.properties
