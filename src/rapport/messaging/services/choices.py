"""STOP and START: what a person says about a channel on the channel itself.

STOP withdraws consent to every marketing purpose on the channel, for all whom the address may reach. START takes back
what STOP withdrew, and nothing else: it was said to an automaton and names no purpose, so it cannot be a new consent.
"""

from __future__ import annotations

import uuid
from contextlib import suppress

from django.db import transaction
from django.utils.translation import gettext as _

from rapport.channels.incoming import Choice
from rapport.channels.models import ChannelAccount
from rapport.channels.registry import CHANNELS
from rapport.core import crypto
from rapport.core.access import system
from rapport.core.clock import SYSTEM, Clock
from rapport.governance import queries as governance
from rapport.governance.models import MARKETING, Consent, Purpose
from rapport.governance.services import consent, suppression
from rapport.people import queries as people
from rapport.people.models import Person
from rapport.people.normalise import normalise

ACTOR = system("channel")
STOP, START = "stop", "start"


@transaction.atomic
def take_choice(*, account: ChannelAccount, choice: Choice, clock: Clock = SYSTEM) -> None:
    """Records what a person said, once for each purpose it is about."""
    persons = _reached(account.channel, choice.address)
    if choice.wants:
        _start(account, choice, persons, clock)
    else:
        _stop(account, choice, persons, clock)


def _reached(channel: str, address: str) -> list[Person]:
    """Everybody whom the address names now; where addresses are no identifiers, the person with this id."""
    identifier = CHANNELS[channel].identifier
    value = normalise(identifier, address) if identifier else None
    named = people.named_by([(identifier, value)]) if value else set()
    if not identifier:
        with suppress(ValueError):
            named = {uuid.UUID(address)}
    survivors = set(people.survivor_of(named).values())
    return list(Person.objects.filter(pk__in=survivors, erased_at=None))


def _stop(account: ChannelAccount, choice: Choice, persons: list[Person], clock: Clock) -> None:
    purposes = list(Purpose.objects.filter(basis__in=MARKETING))
    states = Consent.objects.filter(person__in=persons, channel=account.channel)
    before = {
        (person, purpose): state
        for person, purpose, state in states.values_list("person", "purpose", "state")
    }
    for person in persons:
        for purpose in purposes:
            usual = "" if purpose.basis == Purpose.Basis.CONSENT else Consent.State.GRANTED
            had = before.get((person.pk, purpose.pk), usual) == Consent.State.GRANTED
            _record(account, choice, person, purpose.key, "withdrawn", clock, taken=had)
    consent.withdraw_addresses(
        [
            consent.WithdrawnAddress(purpose.key, account.channel, choice.address, choice.at, STOP)
            for purpose in purposes
        ],
        clock=clock,
    )


def _start(account: ChannelAccount, choice: Choice, persons: list[Person], clock: Clock) -> None:
    stopped = Consent.objects.filter(
        person__in=persons,
        channel=account.channel,
        state=Consent.State.WITHDRAWN,
        record__source=STOP,
        record__evidence__taken=True,
    ).select_related("person", "purpose")
    for row in stopped:
        _record(account, choice, row.person, row.purpose.key, "granted", clock)
    normal = governance.normal_address(account.channel, choice.address)
    if normal is None:
        return
    hashed = crypto.address_hash(account.channel, normal)
    suppression.forgive(
        actor=ACTOR, channel=account.channel, address_hash=hashed, until=choice.at,
        reason=_("The person has written START over this channel."), clock=clock,
    )  # fmt: skip


def _record(
    account: ChannelAccount,
    choice: Choice,
    person: Person,
    purpose: str,
    state: consent.State,
    clock: Clock,
    **evidence: bool,
) -> None:
    consent.record(
        actor=ACTOR,
        person_id=person.pk,
        purpose=purpose,
        channel=account.channel,
        state=state,
        at=choice.at,
        source=START if choice.wants else STOP,
        evidence={"words": choice.words, "account": account.pk, "message": choice.provider_id, **evidence},
        addresses=(choice.address,),
        clock=clock,
    )
