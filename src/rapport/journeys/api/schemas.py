"""The shapes of journeys in the REST API."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any, Literal

from ninja import Field

from rapport.core.api import InputSchema, Schema

JourneyState = Literal["draft", "live", "paused", "archived"]
ChanceReason = Literal[
    "entered", "holdout", "not_live", "where", "on_it", "again", "too_soon", "audience", "unknown"
]
Outcome = Literal[
    "", "completed", "goal", "exit", "outside", "removed", "late", "merged", "endless", "holdout"
]


class ProblemOut(Schema):
    """What is wrong with a definition, and where: a JSON pointer."""

    pointer: str
    message: str


class JourneyOut(Schema):
    id: uuid.UUID
    name: str
    state: JourneyState
    revision: int = Field(description="Grows with each change of the draft.")
    version: int | None = Field(None, description="The version that is live.")
    created_at: dt.datetime


class JourneyDetailOut(JourneyOut):
    definition: dict[str, Any] = Field(description="The draft; its schema is at /journeys/schema.")
    live: dict[str, Any] | None = Field(None, description="The definition that is live.")
    problems: list[ProblemOut]
    figures: dict[str, int] = Field(description="How many entered, are on it, failed, and ended how.")
    standing: dict[str, int] = Field(description="How many stand at each step.")


class JourneyIn(InputSchema):
    name: str = Field(min_length=1, max_length=120)
    definition: dict[str, Any] | None = None


class JourneyPatch(InputSchema):
    """With `revision`, a change made meanwhile is not overwritten."""

    name: str | None = Field(None, min_length=1, max_length=120)
    definition: dict[str, Any] | None = None
    revision: int | None = Field(None, ge=1, le=2_147_483_647)


class MoveIn(InputSchema):
    """Whoever stands at a step of an earlier version goes on at a step of the new one."""

    version: int = Field(ge=1, le=2_147_483_647, description="The earlier version's number.")
    step: str = Field(max_length=40)
    to: str = Field(max_length=40)


class PublicationIn(InputSchema):
    moves: list[MoveIn] = Field(default_factory=list, max_length=2000)


class PauseIn(InputSchema):
    paused: bool


class EnrolmentIn(InputSchema):
    """`key` tells several runs of one person apart; the same again gives the same enrolment."""

    person_id: uuid.UUID
    key: str = Field("", max_length=200)
    properties: dict[str, Any] = Field(default_factory=dict)


class PassageOut(Schema):
    step: str
    branch: str
    at: dt.datetime
    because: dict[str, Any]


class EnrolmentOut(Schema):
    """Where somebody is, since when, and what comes next."""

    id: int
    journey_id: uuid.UUID
    journey: str
    person_id: uuid.UUID
    key: str
    version: int
    step: str
    since: dt.datetime
    due_at: dt.datetime | None
    awaited: str = Field(description="The event that would let them go on at once.")
    entered_at: dt.datetime
    ended_at: dt.datetime | None
    outcome: Outcome
    error: str


class EnrolmentDetailOut(EnrolmentOut):
    passed: list[PassageOut]


class ChanceOut(Schema):
    """An event that might have let somebody in, and what became of it: `because` are the values that decided."""

    at: dt.datetime
    event: str
    key: str
    reason: ChanceReason
    explanation: str
    because: dict[str, Any]
    enrolment: int | None


class WhyNotOut(Schema):
    """Whether the journey would let somebody in now, and if not, why; and what became of each event so far."""

    may_enter: bool
    reason: Literal["", "not_live", "on_it", "again", "too_soon", "audience"]
    explanation: str
    history: list[ChanceOut] = Field(description="Oldest first, of the last so many days.")
