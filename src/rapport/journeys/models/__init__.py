"""Journeys and their versions; who is on which; what was heard and not looked at yet."""

from rapport.journeys.models.enrolments import Enrolment, HeardEvent, Passage
from rapport.journeys.models.journeys import Journey, JourneyVersion, ListenedEvent
from rapport.journeys.models.replays import Replay, ReplaySample

__all__ = [
    "Enrolment",
    "HeardEvent",
    "Journey",
    "JourneyVersion",
    "ListenedEvent",
    "Passage",
    "Replay",
    "ReplaySample",
]
