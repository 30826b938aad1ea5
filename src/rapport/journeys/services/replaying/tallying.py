"""Counting what a replay would have done: by step, by day, by rule that objected, and beside other journeys."""

from __future__ import annotations

import datetime as dt
import uuid
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

from rapport.journeys.services.replaying.simulating import Message, Run, Walk
from rapport.messaging.services.foreseeing import Foreseen

Counts = dict[str, int]


@dataclass(frozen=True, slots=True)
class Sent:
    """A message that would have been ordered, and what the gate would have said."""

    message: Message
    foreseen: Foreseen


@dataclass(slots=True)
class StepCount:
    """How many came to a step, went on by which branch, stand there, failed; and what became of its messages."""

    passed: int = 0
    standing: int = 0
    failed: int = 0
    sent: int = 0
    branches: Counter[str] = field(default_factory=Counter)
    skipped: Counter[str] = field(default_factory=Counter)

    def shown(self) -> dict[str, Any]:
        arrived = self.passed + self.standing + self.failed
        return {
            "arrived": arrived,
            "passed": self.passed,
            "standing": self.standing,
            "failed": self.failed,
            "sent": self.sent,
            "branches": dict(self.branches),
            "skipped": dict(self.skipped),
        }


@dataclass(slots=True)
class Tally:
    """Adds up walks; `zone` says which day a moment is on."""

    zone: ZoneInfo
    people: int = 0
    entered: int = 0
    entered_people: int = 0
    messages: int = 0
    seconds_to_goal: list[float] = field(default_factory=list)
    outcomes: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    skipped: Counter[str] = field(default_factory=Counter)
    waited: int = 0
    steps: defaultdict[str, StepCount] = field(default_factory=lambda: defaultdict(StepCount))
    days: defaultdict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    day_steps: defaultdict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    near: Counter[tuple[str, str]] = field(default_factory=Counter)
    beside: Counter[uuid.UUID] = field(default_factory=Counter)

    def add(self, walk: Walk, sent: Mapping[int, Sequence[Sent]]) -> None:
        """One person; `sent` are the messages of each of their runs."""
        self.people += 1
        self.entered += len(walk.runs)
        self.entered_people += bool(walk.runs)
        self.refused.update({refusal.reason for refusal in walk.refusals})
        for run in walk.runs:
            self._add_run(run)
            for message in sent.get(run.pk, ()):
                self._add_message(message)

    def _add_run(self, run: Run) -> None:
        self.days[self._day(run.entered_at)]["entered"] += 1
        self.outcomes[run.outcome or ("failed" if run.error else "standing")] += 1
        if run.outcome == "goal" and run.ended_at:
            self.days[self._day(run.ended_at)]["goal"] += 1
            self.seconds_to_goal.append((run.ended_at - run.entered_at).total_seconds())
        for passed in run.passed:
            step = self.steps[passed.step]
            step.passed += 1
            if passed.branch:
                step.branches[passed.branch] += 1
            self.day_steps[self._day(passed.at)][passed.step] += 1
        if run.is_live:
            step = self.steps[run.step]
            step.failed += bool(run.error)
            step.standing += not run.error

    def _add_message(self, sent: Sent) -> None:
        self.messages += 1
        step, foreseen = self.steps[sent.message.step], sent.foreseen
        self.waited += foreseen.at > sent.message.at
        if foreseen.reason:
            step.skipped[foreseen.reason] += 1
            self.skipped[foreseen.reason] += 1
            return
        step.sent += 1
        self.days[self._day(foreseen.at)]["sent"] += 1
        self.near.update(set(foreseen.near))

    def _day(self, at: dt.datetime) -> str:
        return at.astimezone(self.zone).date().isoformat()

    def shown(self) -> dict[str, Any]:
        """JSON-ready; without what needs names, which `results` adds."""
        ordered = sorted(self.seconds_to_goal)
        held_back = self.outcomes["holdout"]
        return {
            "looked_at": self.people,
            "entered": self.entered,
            "entered_people": self.entered_people,
            "refused": dict(self.refused),
            "outcomes": dict(self.outcomes),
            "goal_rate": self.outcomes["goal"] / (self.entered - held_back)
            if self.entered > held_back
            else None,
            "median_hours_to_goal": round(ordered[(len(ordered) - 1) // 2] / 3600, 1) if ordered else None,
            "messages": self.messages,
            "sent": sum(step.sent for step in self.steps.values()),
            "waited": self.waited,
            "skipped": dict(self.skipped),
            "steps": {name: step.shown() for name, step in self.steps.items()},
            "days": [{"day": day, **counts} for day, counts in sorted(self.days.items())],
            "day_steps": [
                {"day": day, "steps": dict(steps)} for day, steps in sorted(self.day_steps.items())
            ],
        }


@dataclass(slots=True)
class Difference:
    """What two definitions do differently for the same people."""

    only_here: int = 0
    only_there: int = 0
    both: int = 0
    other_path: int = 0
    other_messages: int = 0

    def add(self, here: Walk, there: Walk) -> bool:
        """Says whether they fared otherwise."""
        if not here.runs and not there.runs:
            return False
        self.only_here += not there.runs
        self.only_there += not here.runs
        is_both = bool(here.runs and there.runs)
        self.both += is_both
        has_other_path, has_other_messages = paths(here) != paths(there), _ordered(here) != _ordered(there)
        self.other_path += is_both and has_other_path
        self.other_messages += is_both and has_other_messages
        return has_other_path or has_other_messages

    def shown(self) -> Counts:
        names = ("only_here", "only_there", "both", "other_path", "other_messages")
        return {name: getattr(self, name) for name in names}


def paths(walk: Walk) -> list[tuple[str, str, tuple[tuple[str, str], ...]]]:
    """(key, outcome, steps with their branches) of each run: what tells one path from another."""
    return [(run.key, run.outcome, tuple((at.step, at.branch) for at in run.passed)) for run in walk.runs]


def _ordered(walk: Walk) -> list[tuple[dt.datetime, str, str]]:
    """When each message would have been ordered, and which: the step's name alone says nothing."""
    return [
        (message.at, str(message.config.get("channel")), str(message.config.get("template")))
        for run in walk.runs
        for message in run.messages
    ]
