"""Where events come from and the rows that carry them from capture to ClickHouse."""

from rapport.events.models.activities import Activity, ActivityVersion
from rapport.events.models.catalogue import (
    EventProperty,
    EventSchema,
    EventType,
    PlanState,
    SourcePlan,
    Violation,
)
from rapport.events.models.pipeline import LogBatch, QuarantinedEvent, SeenMessage
from rapport.events.models.positions import LogPosition, StreamTry
from rapport.events.models.sources import Source
from rapport.events.models.squash import Squashed

__all__ = [
    "Activity",
    "ActivityVersion",
    "EventProperty",
    "EventSchema",
    "EventType",
    "LogBatch",
    "LogPosition",
    "PlanState",
    "QuarantinedEvent",
    "SeenMessage",
    "Source",
    "SourcePlan",
    "Squashed",
    "StreamTry",
    "Violation",
]
