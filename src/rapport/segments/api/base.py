"""What the parts of the API share: one router, and how a segment looks."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from ninja import Router

from rapport.core.api import Problem, Schema
from rapport.segments.language.problems import InvalidDefinition
from rapport.segments.models import Segment
from rapport.segments.queries import unseen_events

router = Router(tags=["segments"])
Definition = dict[str, Any]


class SegmentOut(Schema):
    """A segment. `state` is computing, ready or failed; `size` counts the stored members."""

    id: uuid.UUID
    key: str
    name: str
    description: str
    kind: str
    folder: str
    definition: Definition
    version: int
    state: str
    problem: str
    size: int
    created_at: dt.datetime
    updated_at: dt.datetime
    computed_at: dt.datetime | None


class SegmentDetail(SegmentOut):
    """`warnings` say what is odd about the definition: events that nobody has sent yet, and what may be meant."""

    warnings: list[str] = []

    @staticmethod
    def resolve_warnings(segment: Segment) -> list[str]:
        return unseen_events.warnings(segment.definition)


def refused(error: InvalidDefinition) -> Problem:
    errors = {f"/body/definition{problem.pointer}": problem.message for problem in error.problems}
    return Problem(422, "The definition cannot be used; see errors.", errors)
