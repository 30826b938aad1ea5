"""Journeys and their versions; who is on which; what was heard and not looked at yet; what steps ask of others."""

from rapport.journeys.models.answers import ChoiceArm, JourneyTask, StepAnswer
from rapport.journeys.models.enrolments import Enrolment, HeardEvent, Passage
from rapport.journeys.models.journeys import Journey, JourneyVersion, ListenedEvent
from rapport.journeys.models.replays import Replay, ReplaySample
from rapport.journeys.models.tallies import StepStanding, StepTally
from rapport.journeys.models.timetables import Intake, Timetable

__all__ = [
    "ChoiceArm",
    "Enrolment",
    "HeardEvent",
    "Intake",
    "Journey",
    "JourneyTask",
    "JourneyVersion",
    "ListenedEvent",
    "Passage",
    "Replay",
    "ReplaySample",
    "StepAnswer",
    "StepStanding",
    "StepTally",
    "Timetable",
]
