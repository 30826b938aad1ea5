"""What steps let happen, live: gathered from a batch, then written in the engine's transaction."""

from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from rapport.channels.registry import channel_kind
from rapport.content.models import Template
from rapport.core.access import system
from rapport.core.clock import Clock
from rapport.core.services import outbox
from rapport.core.services.outbox import DomainEvent
from rapport.governance.models import Purpose
from rapport.journeys.models import Journey
from rapport.journeys.registry import DEPTH, STEP_KINDS, Act, Answers, Config, Errand, Position
from rapport.journeys.services.origin import ORIGIN
from rapport.messaging.queries import sending_policy
from rapport.messaging.services import calls, sends
from rapport.people.services.changes import mark_changed
from rapport.people.services.profile import TraitUpdate, apply_traits

ACTOR = system("journey")


def origin_id(journey_id: uuid.UUID, step: str) -> str:
    """Of the sends of a step: the journey, and the step in twelve characters."""
    return f"{journey_id.hex}:{hashlib.blake2b(step.encode(), digest_size=6).hexdigest()}"


def source_of(journey: str) -> str:
    """Who changed traits, as their history says."""
    return f"journey {journey}"[:120]


class LiveEffects:
    """Of one batch of one journey; `write` in the transaction that moves its people."""

    def __init__(self, journey: Journey, clock: Clock, definition: Mapping[str, Any]) -> None:
        self._journey, self._clock = journey, clock
        steps = definition["steps"].items()
        self._ours = [name for name, step in steps if STEP_KINDS[step["type"]].is_ours]
        self._sends: dict[tuple[str, str], tuple[Config, list[Position]]] = {}
        self._traits: list[tuple[str, list[Position], Mapping[str, Any]]] = []
        self._events: list[tuple[str, str, list[Position], Mapping[str, Any]]] = []

    def send(self, step: str, config: Config, positions: Sequence[Position]) -> None:
        _config, so_far = self._sends.setdefault((step, config["channel"]), (config, []))
        so_far += as_they_are(positions)

    def set_traits(self, step: str, positions: Sequence[Position], traits: Mapping[str, Any]) -> None:
        self._traits.append((step, as_they_are(positions), traits))

    def emit(
        self, step: str, event: str, positions: Sequence[Position], properties: Mapping[str, Any]
    ) -> None:
        self._events.append((step, event, as_they_are(positions), properties))

    def act(self, act: Act, step: str, config: Config, positions: Sequence[Position]) -> Answers:
        """At once: its answer says how they go on. The transaction is the engine's."""
        errand = Errand(
            step, config, as_they_are(positions), self._clock, self._journey.pk, self._journey.name
        )
        return act.run(errand)

    def write(self) -> None:
        now = self._clock.now()
        for (step, _channel), (config, positions) in self._sends.items():
            self._write_sends(step, config, positions, now)
        for step, positions, traits in self._traits:
            self._write_traits(step, positions, traits, now)
        journey = {"journey_id": str(self._journey.pk), "journey_name": self._journey.name}
        outbox.emit_many(
            [
                DomainEvent(
                    event,
                    position.person_id,
                    {**given, **journey, "step": step, DEPTH: position.depth + 1},
                    f"journey-{position.id}-{position.moves}-told",
                )
                for step, event, positions, given in self._events
                for position in positions
            ],
            clock=self._clock,
        )

    def _write_sends(
        self, step: str, config: Config, positions: Sequence[Position], now: dt.datetime
    ) -> None:
        template = Template.objects.get(pk=config["template"])
        version = calls.published(template, channel_kind(config["channel"]), self._clock)
        send = sends.triggered(
            actor=ACTOR,
            origin=ORIGIN.name,
            origin_id=origin_id(self._journey.pk, step),
            purpose=Purpose.objects.get(key=config["purpose"]),
            channel=config["channel"],
            version=version,
            clock=self._clock,
        )
        expires_at = now + dt.timedelta(hours=sending_policy().lateness_hours)
        because = {"journey": str(self._journey.pk), "journey_name": self._journey.name, "step": step}
        recipients = [
            sends.Recipient(
                position.person_id,
                {**because, "enrolment": position.id},
                occurrence=f"{position.id}:{position.moves}",
                data=self._printed(position),
                expires_at=expires_at,
            )
            for position in positions
        ]
        sends.add_recipients(send=send, recipients=recipients, now=now)

    def _printed(self, position: Position) -> Mapping[str, Any]:
        """What let them in, and what our own steps answered ({{ data.steps.gift.code }}).

        Anybody can send what came with a page's key in somebody's name: it is not printed in a message to them.
        """
        trigger = position.data.get("trigger", {})
        given: Mapping[str, Any] = {} if trigger.get("is_public") else trigger.get("properties", {})
        answers = {name: position.data[name] for name in self._ours if name in position.data}
        return {**given, "steps": answers} if answers else given

    def _write_traits(
        self, step: str, positions: Sequence[Position], traits: Mapping[str, Any], now: dt.datetime
    ) -> None:
        source = source_of(self._journey.name)
        updates = [
            TraitUpdate(
                position.person_id,
                dict(traits),
                now,
                source,
                f"journey-{position.id}-{position.moves}",
                ACTOR.label,
            )
            for position in positions
        ]
        apply_traits(updates, clock=self._clock)
        mark_changed([position.person_id for position in positions])


def as_they_are(positions: Sequence[Position]) -> list[Position]:
    """Copies, because the engine moves a position on."""
    return [dataclasses.replace(position) for position in positions]
