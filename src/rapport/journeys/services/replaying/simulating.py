"""One person carried through their events by the engine's own code, moment by moment."""

from __future__ import annotations

import datetime as dt
import heapq
import itertools
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from rapport.core.clock import VirtualClock
from rapport.journeys.models import ListenedEvent
from rapport.journeys.registry import DEPTH, Act, Answers, Config, Errand, Position
from rapport.journeys.services import entering, happenings, holdout, moving
from rapport.journeys.services.definitions import Definition, listened
from rapport.journeys.services.engine import Move, StepFailed
from rapport.journeys.services.happenings import Happening
from rapport.journeys.services.replaying.past import PastWorld

Role = ListenedEvent.Role
# Whoever goes round without end is let go of; in a replay sooner than live.
MOST_MOMENTS = 2_000
# Somebody was let in by hand or by a program: {"key", "trigger"}.
BY_HAND = "Let in by hand"


@dataclass(frozen=True, slots=True)
class Plan:
    """What is replayed, of which journey, and until when."""

    journey_id: uuid.UUID
    name: str
    definition: Definition
    until: dt.datetime
    roles: Mapping[str, set[tuple[str, str]]]

    @classmethod
    def of(cls, journey_id: uuid.UUID, name: str, definition: Definition, until: dt.datetime) -> Plan:
        roles: dict[str, set[tuple[str, str]]] = {}
        for event, role in listened(definition):
            roles.setdefault(event, set()).add((event, role))
        return cls(journey_id, name, definition, until, roles)


@dataclass(frozen=True, slots=True)
class Passed:
    """A step that was passed, as a passage would say."""

    at: dt.datetime
    step: str
    branch: str
    because: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Message:
    """A message that a step would have ordered."""

    at: dt.datetime
    step: str
    config: Config


@dataclass(slots=True)
class Run:
    """An enrolment as it would have been; the engine reads it as it reads a row."""

    pk: int
    person_id: uuid.UUID
    key: str
    step: str
    data: dict[str, Any]
    entered_at: dt.datetime
    due_at: dt.datetime | None
    awaited: str = ""
    is_waiting: bool = False
    moves: int = 0
    moved_at: dt.datetime | None = None
    outcome: str = ""
    error: str = ""
    ended_at: dt.datetime | None = None
    passed: list[Passed] = field(default_factory=list)
    messages: list[Message] = field(default_factory=list)

    @property
    def is_live(self) -> bool:
        return self.ended_at is None

    def take(self, move: Move, now: dt.datetime) -> None:
        """What `store.write` writes to a row."""
        position = move.position
        self.step, self.moves, self.data = position.step, position.moves, position.data
        self.due_at, self.awaited, self.is_waiting = move.due_at, move.awaited, move.is_waiting
        self.moved_at = now
        self.outcome, self.ended_at = move.outcome, now if move.outcome else None
        self.passed += [Passed(now, trace.step, trace.branch, trace.because) for trace in move.traces]


@dataclass(frozen=True, slots=True)
class Refusal:
    """An event that might have let somebody in, and what kept them out."""

    at: dt.datetime
    event: str
    key: str
    reason: str
    because: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Earlier:
    """When the person last entered before the replay begins, by key, and until when that run went on."""

    entered_at: dt.datetime
    ended_at: dt.datetime | None


@dataclass(slots=True)
class Walk:
    """What became of one person."""

    person_id: uuid.UUID
    runs: list[Run] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)
    assumed: set[str] = field(default_factory=set)  # the steps at which an answer was assumed


class Simulation:
    """Carries one person through what happened to them. It is also the `Effects` that steps speak to."""

    _numbers = itertools.count(1)

    def __init__(
        self, plan: Plan, person_id: uuid.UUID, world: PastWorld, earlier: Mapping[str, Earlier] | None = None
    ) -> None:
        self.plan, self.world = plan, world
        self.walk = Walk(person_id)
        self._earlier = dict(earlier or {})
        self._coming: list[tuple[dt.datetime, int, Happening]] = []
        self._order = itertools.count()
        self._by_id: dict[int, Run] = {}
        self.last: Happening | None = None  # what happened at the last moment; None: a time came

    def run(self, events: Sequence[Happening]) -> Walk:
        """Through these events and every timer until the end."""
        self.add(events)
        for _moment in range(MOST_MOMENTS):
            if not self.advance():
                break
        return self.walk

    def add(self, events: Sequence[Happening]) -> None:
        """What is to happen."""
        for event in events:
            heapq.heappush(self._coming, (event.at, next(self._order), event))

    def advance(self) -> bool:
        """To the next moment at which anything happens; False when there is none."""
        live = [run for run in self.walk.runs if run.is_live and run.due_at is not None]
        due = min((run.due_at for run in live if run.due_at), default=None)
        event = self._coming[0][0] if self._coming else None
        if event is not None and event <= self.plan.until and (due is None or event <= due):
            self.world.now = max(self.world.now, event)
            self.last = heapq.heappop(self._coming)[2]
            self._hear(self.last)
        elif due is not None and due <= self.plan.until:
            self.world.now, self.last = max(self.world.now, due), None
            self._turn([run for run in live if run.due_at is not None and run.due_at <= self.world.now])
        else:
            return False
        return True

    def _hear(self, happening: Happening) -> None:
        roles = self.plan.roles.get(happening.event, set())
        live = [run for run in self.walk.runs if run.is_live]
        if any(role == Role.STEP for _event, role in roles):
            self._turn([run for run in live if run.due_at is not None and run.due_at <= self.world.now])
        for run in live:
            if not run.is_live or not roles:
                continue
            move = happenings.affected(self.plan.definition, roles, run, happening, self.world)
            if move is not None:
                run.take(move, self.world.now)
        if happening.event == BY_HAND or (happening.event, Role.ENTRY) in roles:
            self._let_in(happening)

    def _turn(self, runs: Sequence[Run]) -> None:
        for run in runs:
            try:
                moves = moving.moved(self.plan.definition, [run], self.world, self)
            except StepFailed as error:
                cause = error.__cause__ or error
                run.error, run.due_at = f"{run.step}: {cause}"[:500], None
            else:
                run.take(moves[0], self.world.now)

    def _let_in(self, happening: Happening) -> None:
        trigger, person = self.plan.definition["trigger"], self.walk.person_id
        if person not in self.world.traits([person]):
            return
        if happening.event == BY_HAND:
            key, given = str(happening.properties["key"]), happening.properties["trigger"]
            reason, because = self._kept_out(happening, key)
        elif happenings.opens(trigger, happening):
            entrant = happenings.entrant_of(trigger, happening)
            key, given = entrant.key, dict(entrant.trigger)
            reason, because = self._refused(happening, key)
        else:
            return
        if reason:
            self.walk.refusals.append(Refusal(self.world.now, happening.event, key, reason, because))
            return
        now, start = self.world.now, self.plan.definition["start"]
        run = Run(next(self._numbers), person, key, start, {"trigger": given}, now, now)
        if holdout.is_held(self.plan.journey_id, self.plan.definition, person):
            run.due_at, run.outcome, run.ended_at = None, "holdout", now
        self.walk.runs.append(run)
        self._by_id[run.pk] = run

    def _refused(self, happening: Happening, key: str) -> tuple[str, Mapping[str, Any]]:
        """Which rule of entry objects, and the values that it looked at."""
        trigger = self.plan.definition["trigger"]
        if not happenings.fits(trigger, happening, {}, self.world):
            return "where", happenings.evidence_of(trigger["where"], happening, self.world)
        return self._kept_out(happening, key)

    def _kept_out(self, happening: Happening, key: str) -> tuple[str, Mapping[str, Any]]:
        definition, person, world = self.plan.definition, self.walk.person_id, self.world
        if any(run.is_live and run.key == key for run in self.walk.runs) or self._is_on_it(key):
            return "on_it", {}
        last = [run.entered_at for run in self.walk.runs if run.key == key]
        before = self._earlier.get(key)
        entered = max([*last, *([before.entered_at] if before else [])], default=None)
        if reason := entering.again(definition.get("entry", {}), entered, world.now):
            return reason, {"entered_at": entered.isoformat()} if entered else {}
        audience = definition.get("audience")
        if audience and person not in entering.within(audience, [person], world):
            return "audience", happenings.evidence_of(audience, happening, world)
        return "", {}

    def _is_on_it(self, key: str) -> bool:
        before = self._earlier.get(key)
        return before is not None and (before.ended_at is None or before.ended_at > self.world.now)

    # What steps let happen.

    def send(self, step: str, config: Config, positions: Sequence[Position]) -> None:
        for position in positions:
            self._by_id[position.id].messages.append(Message(self.world.now, step, config))

    def set_traits(self, step: str, positions: Sequence[Position], traits: Mapping[str, Any]) -> None:
        for position in positions:
            self.world.lay(position.person_id, traits)

    def emit(
        self, step: str, event: str, positions: Sequence[Position], properties: Mapping[str, Any]
    ) -> None:
        """Nobody is told; only the journey itself hears it, as it would."""
        about = {"journey_id": str(self.plan.journey_id), "journey_name": self.plan.name, "step": step}
        for position in positions if event in self.plan.roles else ():
            given = {**properties, **about, DEPTH: position.depth + 1}
            happening = Happening(event, position.person_id, self.world.now, given)
            heapq.heappush(self._coming, (self.world.now, next(self._order), happening))

    def act(self, act: Act, step: str, config: Config, positions: Sequence[Position]) -> Answers:
        """Nothing is done; what it would have answered is assumed."""
        self.walk.assumed.add(step)
        clock = VirtualClock(self.world.now)
        return act.assume(Errand(step, config, positions, clock, self.plan.journey_id, self.plan.name))
