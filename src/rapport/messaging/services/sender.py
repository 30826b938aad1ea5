"""The sender: claims a batch through the gate, then works through it a handful at a time.

A round is as many messages as there are connections. Each round commits once: the outcomes of the round
before and the hand-over of the next. So at most claim round can ever be uncertain.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Any

from django.db import DatabaseError, transaction
from django.utils.translation import gettext as _

from rapport.channels.protocol import Message, Outcome
from rapport.channels.registry import CHANNELS, UnknownChannel
from rapport.channels.services.connections import Connected, connected
from rapport.content.registry import Addressee
from rapport.content.services.liquid_source import TemplateError
from rapport.content.services.rendering import Recipient
from rapport.core.clock import SYSTEM, Clock
from rapport.core.queries import workspace
from rapport.core.services.stopping import STOPPING
from rapport.messaging.models import Send
from rapport.messaging.services import claiming, handovers, ledger, outcomes, sends
from rapport.messaging.services.claiming import Claimed
from rapport.messaging.services.composing import Mailer
from rapport.messaging.services.keeper import Keeper
from rapport.messaging.services.ledger import Settled

log = logging.getLogger("rapport.messaging")
BATCH = 400
UNREACHABLE_FOR = dt.timedelta(seconds=30)

_warned: set[str] = set()


def send_marketing(clock: Clock = SYSTEM, limit: int = BATCH) -> int:
    """Recovers, claims, sends and completes marketing, over every channel. Returns how many were decided on."""
    return ledger.recover(clock.now()) + _send_all(clock, limit, marketing=True)


def send_transactional(clock: Clock = SYSTEM, limit: int = BATCH) -> int:
    """The same for what is no marketing, in a loop of its own: it waits behind no campaign."""
    return _send_all(clock, limit, marketing=False)


def _send_all(clock: Clock, limit: int, *, marketing: bool) -> int:
    done, waiting = 0, sends.channels_with_work()
    for kind in CHANNELS:
        if kind.key not in waiting:
            continue
        try:
            done += send_over(connected(kind.key, marketing=marketing), clock, limit, marketing=marketing)
        except UnknownChannel as error:
            _warn_once(kind.key, str(error))
    return done


def send_over(connection: Connected, clock: Clock, limit: int = BATCH, *, marketing: bool) -> int:
    """One batch over one open channel; returns how many deliveries were decided on."""
    claimed, judged = claiming.claim(limit, clock.now(), connection.channel.key, marketing=marketing)
    if claimed:
        with Keeper(claimed, clock):
            Run(connection, clock).send(claimed)
    if judged < limit:
        sends.finish(clock.now())
    return judged


def _warn_once(channel: str, problem: str) -> None:
    if problem not in _warned:
        _warned.add(problem)
        log.warning("nothing is sent over the channel %s: %s", channel, problem)


def _in_turns(claimed: Sequence[Claimed]) -> list[Claimed]:
    """One of each send after the other: a reminder to one person does not wait behind a campaign's share."""
    turns: Counter[int] = Counter()
    placed = []
    for claim in claimed:
        placed.append((turns[claim.fact.send_id], claim))
        turns[claim.fact.send_id] += 1
    return [claim for _turn, claim in sorted(placed, key=itemgetter(0))]


@dataclass(frozen=True, slots=True)
class Prepared:
    """A message ready to go; `context` is what it reads of the person."""

    claim: Claimed
    message: Message
    context: dict[str, Any]


class Run:
    """Sends one claimed batch. Between commit and hand-over nothing else happens."""

    def __init__(self, connection: Connected, clock: Clock) -> None:
        self._connection, self._channel = connection, connection.channel
        self._clock = clock
        self._workspace = workspace()
        self._mailers: dict[int, Mailer] = {}
        self._descriptions: outcomes.Descriptions = {}
        self._keys: dict[int, str] = {}
        self._claimed: Sequence[Claimed] = ()

    def send(self, claimed: Sequence[Claimed]) -> None:
        """Every delivery ends settled or released, unless the process dies."""
        size = self._channel.capacity
        self._keys = handovers.keys(claim.fact.send_id for claim in claimed)
        self._claimed = claimed = _in_turns(claimed)
        rounds = [claimed[at : at + size] for at in range(0, len(claimed), size)]
        settled: list[tuple[Claimed, Settled, Outcome | None]] = []
        for at, batch in enumerate(rounds):
            if STOPPING.is_set():
                # Nobody can say of a message in hand when the process ends whether it was sent.
                self._give_back(settled, rounds[at:], self._clock.now())
                return
            try:
                prepared, unfit = self._render(batch)
            except DatabaseError:
                self._between(settled, [], [])
                raise
            going = self._between(settled, prepared, unfit)
            messages = [row.message for row in going]
            answers = self._channel.deliver(messages) if messages else []
            now = self._clock.now()
            self._connection.note(messages, answers, now)
            settled = outcomes.settle_all([row.claim for row in going], answers, now)
            if any(outcomes.stops_sending(answer) for answer in answers):
                self._give_back(settled, rounds[at + 1 :], now + UNREACHABLE_FOR, answers[0].detail)
                return
        self._between(settled, [], [])

    def _give_back(
        self,
        settled: Sequence[tuple[Claimed, Settled, Outcome | None]],
        rounds: Sequence[Sequence[Claimed]],
        not_before: dt.datetime,
        detail: str = "",
    ) -> None:
        self._between(settled, [], [])
        ledger.release([claim for batch in rounds for claim in batch], not_before, detail)

    def _between(
        self,
        settled: Sequence[tuple[Claimed, Settled, Outcome | None]],
        prepared: Sequence[Prepared],
        unfit: Sequence[tuple[Claimed, str]],
    ) -> list[Prepared]:
        """One commit: what became of the last round, and the hand-over of the next. Returns what may go."""
        now = self._clock.now()
        if not (settled or prepared or unfit):
            return []
        with transaction.atomic():
            outcomes.record(settled, now, self._descriptions)
            outcomes.refuse(unfit, now)
            claims, contexts = [row.claim for row in prepared], [row.context for row in prepared]
            allowed = ledger.hand_over(claims, contexts, now) if prepared else set()
            ledger.release([claim for claim in claims if claim.id not in allowed], now)
        going = [row for row in prepared if row.claim.id in allowed]
        handovers.note([row.claim for row in going], self._keys, now)
        return going

    def _render(self, batch: Sequence[Claimed]) -> tuple[list[Prepared], list[tuple[Claimed, str]]]:
        prepared: list[Prepared] = []
        unfit: list[tuple[Claimed, str]] = []
        for claim in batch:
            try:
                prepared.append(Prepared(claim, *self._message(claim)))
            except TemplateError as error:
                unfit.append((claim, str(error)))
            except DatabaseError:
                raise
            except Exception as error:  # one message that cannot be made must not hold up the others
                log.exception("delivery %s cannot be rendered", claim.id)
                unfit.append((claim, f"{type(error).__name__}: {error}"))
        return prepared, unfit

    def _message(self, claim: Claimed) -> tuple[Message, dict[str, Any]]:
        fact, contact = claim.fact, claim.fact.contact
        if fact.send_id not in self._mailers:
            send = Send.objects.select_related("purpose").get(pk=fact.send_id)
            self._mailers[fact.send_id] = Mailer(send, self._workspace, self._connection)
            self._mailers[fact.send_id].foresee(
                {
                    other.id: Addressee(other.fact.contact.id, other.fact.data)
                    for other in self._claimed
                    if other.fact.send_id == fact.send_id and other.fact.contact
                }
            )
        if contact is None:
            raise TemplateError(_("the person is gone"))
        recipient = Recipient(contact.id, contact.name, fact.address, contact.traits)
        return self._mailers[fact.send_id].message(claim.id, recipient, self._clock.now(), fact.data)
