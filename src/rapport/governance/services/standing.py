"""What still counts of a consent, where somebody has left for the address that it would be sent to."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection, Iterable

from rapport.governance import queries
from rapport.governance.consent_rule import PUBLIC_KEY
from rapport.governance.models import AddressWithdrawal, Consent, Suppression
from rapport.governance.registry import CONSENT_CHANNELS
from rapport.governance.services.addresses import addresses_of

# (person, purpose, channel)
Key = tuple[uuid.UUID, str, str]


def stopped_at(keys: Collection[Key]) -> dict[Key, dt.datetime]:
    """When each of these was last withdrawn for the person's address, by whomever, or everything there was."""
    places = _hashes(keys)
    rows = AddressWithdrawal.objects.filter(address_hash__in=set(places.values()))
    withdrawn = {
        (hashed, purpose, channel): at
        for hashed, purpose, channel, at in rows.values_list("address_hash", "purpose__key", "channel", "at")
    }
    marketing = {key for key, purpose in queries.purposes_by_key().items() if purpose.is_marketing}
    left = _left(places)
    stopped: dict[Key, dt.datetime] = {}
    for key, hashed in places.items():
        _person, purpose, channel = key
        from_all = left.get((hashed, channel)) if purpose in marketing else None
        if times := [at for at in (withdrawn.get((hashed, purpose, channel)), from_all) if at]:
            stopped[key] = max(times)
    return stopped


def still_granted(persons: Iterable[uuid.UUID]) -> set[Key]:
    """What these have consented to, except what the consent rule does not accept for their address."""
    channels = [channel.key for channel in CONSENT_CHANNELS]
    rows = Consent.objects.filter(person_id__in=set(persons), channel__in=channels, state="granted")
    lines = {
        (row.person_id, row.purpose.key, row.channel): row for row in rows.select_related("purpose", "record")
    }
    stopped, places = stopped_at(lines), _hashes(lines)
    left = _left(places)
    return {
        key
        for key, row in lines.items()
        if key not in stopped
        or (
            row.at > stopped[key]
            and (places[key], key[2]) not in left
            and row.record.address_hash == places[key]
            and PUBLIC_KEY not in row.record.evidence
        )
    }


def _hashes(keys: Collection[Key]) -> dict[Key, str]:
    """The address that each would be sent to, of those that have one."""
    reached = addresses_of({(person, channel) for person, _purpose, channel in keys})
    return {key: place.current for key in keys if (place := reached.get((key[0], key[2]))) and place.current}


def _left(places: dict[Key, str]) -> dict[tuple[str, str], dt.datetime]:
    """Which addresses have unsubscribed from everything on a channel, and when."""
    reason = Suppression.Reason.UNSUBSCRIBED
    rows = Suppression.objects.filter(address_hash__in=set(places.values()), reason=reason)
    return {
        (hashed, channel): at for hashed, channel, at in rows.values_list("address_hash", "channel", "at")
    }
