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
    """Where somebody stands, as the engine carries them from step to step. `data` is the enrolment's."""

    id: int
    person_id: uuid.UUID
    key: str
    step: str
    data: dict[str, Any]
    entered_at: dt.datetime
    moves: int = 0

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


class World(Protocol):
    """What is known at the moment of a step. Each question is asked once for a batch."""

    now: dt.datetime

    def traits(self, person_ids: Sequence[uuid.UUID]) -> Mapping[uuid.UUID, Mapping[str, Any]]:
        """{person: traits, with email and name}; whoever is gone or erased is missing."""

    def members(self, segment: str, person_ids: Sequence[uuid.UUID]) -> set[uuid.UUID]:
        """Those of them in the segment with this key."""

    def zone(self, person_id: uuid.UUID) -> ZoneInfo:
        """The person's time zone, or the workspace's. `traits` must have been asked for before."""


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


class Problems(Protocol):
    """Where checks say what is wrong with a step."""

    def add(self, pointer: str, message: str) -> None:
        """`pointer` is relative to the step, such as "until.time"."""


@dataclass(frozen=True, slots=True)
class StepKind:
    """A kind of step. `schema` is the JSON Schema of its settings, which are checked before `check` is asked.

    `run` answers for each arrival, in order. `branches(config)` names the ways out; no branch ends the journey there.
    `events(config)` names the events it waits for. `words(config)` is the step in a sentence's part.
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


STEP_KINDS: Registry[StepKind] = Registry("kind of step", key="name")
