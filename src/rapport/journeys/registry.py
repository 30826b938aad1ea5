"""The door for steps: what a kind of step is, and what the engine gives it and takes from it.

A step is written once and runs in three places: live, in a replay over past events, and when one person is walked
through. It must therefore ask `World` for what it knows and tell `Effects` what is to happen, and touch nothing else.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from django.utils.functional import Promise

from rapport.core.access import Actor
from rapport.core.clock import Clock
from rapport.core.registration import Registry

# A step of a definition: {"type": …, its own settings…, "next": step or {branch: step}}.
Config = Mapping[str, Any]


# The property in which events of journeys say how many led to it.
DEPTH = "journey_depth"


def depth_of(properties: Mapping[str, Any]) -> int:
    depth = properties.get(DEPTH, 0)
    return depth if isinstance(depth, int) and not isinstance(depth, bool) else 0


@dataclass(slots=True)
class Position:
    """Where somebody stands, as the engine carries them from step to step. `data` is the enrolment's.

    `since` is when they came to the step at which they were taken up.
    """

    id: int
    person_id: uuid.UUID
    key: str
    step: str
    data: dict[str, Any]
    entered_at: dt.datetime
    moves: int = 0
    since: dt.datetime | None = None

    @property
    def depth(self) -> int:
        """How many journeys led to this one, each by an event of its own."""
        return depth_of(self.data.get("trigger", {}).get("properties", {}))


@dataclass(frozen=True, slots=True)
class Arrival:
    """Somebody at a step: for the first time, because its time has come (`is_due`), or because `event` happened."""

    position: Position
    is_due: bool = False
    event: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Pass:
    """They go on by a branch. `answer` is kept under the step's name for later steps."""

    branch: str = "next"
    because: Mapping[str, Any] = field(default_factory=dict)
    answer: Any = None


@dataclass(frozen=True, slots=True)
class Wait:
    """They stay until a moment, or until the event happens, whichever is first."""

    until: dt.datetime | None
    event: str = ""


@dataclass(frozen=True, slots=True)
class End:
    """They have come to the end."""

    outcome: str = "completed"


Outcome = Pass | Wait | End


# The journey of a replay, which writes nothing.
NOWHERE = uuid.UUID(int=0)


@dataclass(frozen=True, slots=True)
class Errand:
    """What a step wants done for these people. `journey_id` and its name are for what others read of it."""

    step: str
    config: Config
    positions: Sequence[Position]
    clock: Clock
    journey_id: uuid.UUID = NOWHERE
    journey_name: str = ""

    def key(self, position: Position) -> str:
        """Names this step of this run: what is done under it is done once."""
        return f"journey-{position.id}-{position.moves}"


Answers = Mapping[int, Pass]


@dataclass(frozen=True, slots=True)
class Act:
    """Something outside of journeys that a step lets happen: a coupon, points, a question to a program or a person.

    `run` does it in the engine's transaction and answers {position's id: how they go on}; whoever is missing waits for
    `services.answering`. `assume` is what a replay, which does nothing, takes for the answers: pure, and for everybody.
    """

    name: str
    run: Callable[[Errand], Answers]
    assume: Callable[[Errand], Answers] = lambda errand: {
        position.id: Pass() for position in errand.positions
    }


class World(Protocol):
    """What is known at the moment of a step. Each question is asked once for a batch."""

    now: dt.datetime

    def traits(self, person_ids: Sequence[uuid.UUID]) -> Mapping[uuid.UUID, Mapping[str, Any]]:
        """{person: traits, with email and name}; whoever is gone or erased is missing."""

    def members(self, segment: str, person_ids: Sequence[uuid.UUID]) -> set[uuid.UUID]:
        """Those of them in the segment with this key."""

    def zone(self, person_id: uuid.UUID) -> ZoneInfo:
        """The person's time zone, or the workspace's. `traits` must have been asked for before."""

    def refused(self, purpose: str, channel: str, person_ids: Sequence[uuid.UUID]) -> Mapping[uuid.UUID, str]:
        """{person: why nothing of the purpose reaches them over the channel now, or ""}; missing: they are gone."""


class Effects(Protocol):
    """What steps let happen. Live it is written in the engine's transaction, in a replay it is only counted."""

    def send(self, step: str, config: Config, positions: Sequence[Position]) -> None:
        """One message for each, through the gate."""

    def set_traits(self, step: str, positions: Sequence[Position], traits: Mapping[str, Any]) -> None:
        """The same traits for each."""

    def emit(
        self, step: str, event: str, positions: Sequence[Position], properties: Mapping[str, Any]
    ) -> None:
        """One domain event for each."""

    def act(self, act: Act, step: str, config: Config, positions: Sequence[Position]) -> Answers:
        """Lets something happen at once; in a replay, what it is assumed to answer."""


class Problems(Protocol):
    """Where checks say what is wrong with a step."""

    def add(self, pointer: str, message: str) -> None:
        """`pointer` is relative to the step, such as "until.time"."""


@dataclass(frozen=True, slots=True)
class StepKind:
    """A kind of step. `schema` is the JSON Schema of its settings, which are checked before `check` is asked.

    `run` answers for each arrival, in order. `branches(config)` names the ways out; no branch ends the journey there.
    `events(config)` names the events it waits for, `awaited(config)` is the condition on them. `words(config)` is the
    step in a sentence's part; `templates(config)` are the templates it sends, each with its place. `waits` is true
    where time may pass: rules have no such steps; `changes_people` where a merge of them would wait for the step. What
    a step answers is printed in messages only if it `is_ours`: an event that was waited for may come from anybody.
    Programs answer over the API only what `is_answerable`: approvals are for those who were asked.
    `permission` is what somebody needs to do by hand what it does: whoever publishes it must have it.
    """

    name: str
    label: str | Promise
    icon: str
    schema: Mapping[str, Any]
    run: Callable[[str, Config, Sequence[Arrival], World, Effects], Sequence[Outcome]]
    words: Callable[[Config], str]
    check: Callable[[Config, Problems], None] = lambda config, problems: None
    branches: Callable[[Config], tuple[str, ...]] = lambda config: ("next",)
    events: Callable[[Config], tuple[str, ...]] = lambda config: ()
    is_counted: bool = True
    awaited: Callable[[Config], Config | None] = lambda config: config.get("where")
    waits: bool = False
    changes_people: bool = False
    templates: Callable[[Config], tuple[tuple[str, str], ...]] = lambda config: ()
    is_ours: bool = False
    is_answerable: bool = False
    permission: str = ""


@dataclass(frozen=True, slots=True)
class Picker:
    """What can be chosen where a schema says this `format`: [(value, name)], in the order to offer it."""

    name: str
    choices: Callable[[Actor], list[tuple[str, str]]]


PICKERS: Registry[Picker] = Registry("picker")
STEP_KINDS: Registry[StepKind] = Registry("kind of step", key="name")
