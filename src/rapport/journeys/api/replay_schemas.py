"""The shapes of replays in the REST API."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any, Literal

from ninja import Field

from rapport.core.api import InputSchema, Schema

ReplayState = Literal["waiting", "running", "done", "failed", "cancelled", "gone"]
SampleWhy = Literal["entered", "refused", "differs"]


class HoldoutSideOut(Schema):
    people: int
    reached: int


class HoldoutOut(Schema):
    """Who reached the goal within `days` of entering; `low` and `high` hold at all times at once, at 95 %."""

    days: int
    treated: HoldoutSideOut
    holdout: HoldoutSideOut
    lift: float = Field(description="By which share more of the treated reached it.")
    low: float | None
    high: float | None
    altogether: float = Field(description="How many more reached it than would have.")


class ReplayIn(InputSchema):
    """The last so many days, or from a moment until another."""

    days: int | None = Field(None, ge=1, le=400)
    since: dt.datetime | None = Field(None, alias="from")
    until: dt.datetime | None = Field(None, alias="to")
    version: int | None = Field(None, ge=1, le=2_147_483_647, description="Without it: the draft.")
    against: int | Literal["draft"] | None = Field(None, description="What it is compared with.")


class ReplaySampleOut(Schema):
    """One of the people in it: every run, with its steps and messages, and what kept them out."""

    person_id: uuid.UUID
    person: str
    why: SampleWhy
    data: dict[str, Any]


class ReplayOut(Schema):
    """`result` is empty until the job is done."""

    id: uuid.UUID
    journey_id: uuid.UUID
    version: int | None = Field(description="None: the draft as it was.")
    against: int | Literal["draft"] | None
    since: dt.datetime
    until: dt.datetime
    created_at: dt.datetime
    state: ReplayState
    job_id: uuid.UUID | None
    done: int = Field(description="How many people were looked at.")
    total: int
    error: str
    result: dict[str, Any] = Field(
        description="entered, refused, outcomes, goal_rate, messages, skipped, steps, days, collisions, assumptions; "
        "with `against`: the same of that, and difference."
    )


class ReplayDetailOut(ReplayOut):
    samples: list[ReplaySampleOut]
    assumptions: list[str]
