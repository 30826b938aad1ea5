"""What a replay found, and a person's walk, as the page shows them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from rapport.core.ui import formats
from rapport.core.ui.charts import Chart, Series
from rapport.experiments.statistics.sequential import SMALLEST_ARM
from rapport.journeys import queries
from rapport.journeys.flow import in_order
from rapport.journeys.masks import Masks
from rapport.journeys.models import Enrolment, Replay, ReplaySample
from rapport.journeys.registry import STEP_KINDS
from rapport.journeys.services.holdout_effect import Effect
from rapport.journeys.services.replaying.walking import Moment
from rapport.messaging.services.gate import REASONS


def outcome_words(outcome: str) -> str:
    if outcome in Enrolment.Outcome.values:
        return str(Enrolment.Outcome(outcome).label)
    return _("Failed") if outcome == "failed" else _("Still on it")


def shown(replay: Replay, result: Mapping[str, Any], definition: Mapping[str, Any]) -> dict[str, Any]:
    """One definition's side of a result."""
    return {
        **result,
        "unsent": sum(result["skipped"].values()),
        "goal_share": formats.percent(result["goal_rate"]) if result["goal_rate"] is not None else "–",
        "chart": _chart(replay, result),
        "step_rows": _steps(result, definition),
        "skips": _worded(result["skipped"], lambda reason: str(REASONS.get(reason, reason))),
        "refusals": _worded(result["refused"], queries.refusal_words),
        "ends": _worded(result["outcomes"], outcome_words),
        "said": [queries.assumption_words(entry) for entry in result["assumptions"]],
    }


def _worded(counts: Mapping[str, int], words: Any) -> list[tuple[str, int]]:
    return [(words(name), n) for name, n in sorted(counts.items(), key=lambda pair: -pair[1])]


def _chart(replay: Replay, result: Mapping[str, Any]) -> Chart:
    """Every day of the span, also those without anybody."""
    counts = {row["day"]: row for row in result["days"]}
    days = sorted({*_days(replay), *map(dt.date.fromisoformat, counts)})
    names = (("entered", _("Entered")), ("sent", _("Messages")), ("goal", _("Reached the goal")))
    series = [
        Series(words, [counts.get(day.isoformat(), {}).get(name, 0) for day in days]) for name, words in names
    ]
    return Chart("line", _("Day"), days, series)


def _days(replay: Replay) -> list[dt.date]:
    first, last = replay.since.date(), replay.until.date()
    return [first + dt.timedelta(days=n) for n in range((last - first).days + 1)]


def _steps(result: Mapping[str, Any], definition: Mapping[str, Any]) -> list[dict[str, Any]]:
    rows = []
    for name, step in in_order(definition)["steps"].items():
        kind, counts = STEP_KINDS[step["type"]], result["steps"].get(name, {})
        branches = sorted(counts.get("branches", {}).items())
        rows.append(
            {
                "title": step.get("title") or name,
                "words": kind.words(step),
                "arrived": counts.get("arrived", 0),
                "standing": counts.get("standing", 0),
                "failed": counts.get("failed", 0),
                "sent": counts.get("sent", 0),
                "skipped": sum(counts.get("skipped", {}).values()),
                "branches": [(branch, n) for branch, n in branches if branch != "next"],
            }
        )
    return rows


def compared(replay: Replay) -> list[tuple[str, Any, Any]]:
    """Figures of both sides, beside each other."""
    here, there = replay.result, replay.result["against"]
    names = (
        ("entered", _("Entered")),
        ("messages", _("Messages ordered")),
        ("sent", _("Messages sent")),
        ("goal_rate", _("Goal rate")),
        ("expected_opt_outs", _("Opt-outs to expect")),
    )
    return [(words, _figure(name, here[name]), _figure(name, there[name])) for name, words in names]


def _figure(name: str, value: Any) -> str:
    if value is None:
        return "–"
    return formats.percent(value) if name == "goal_rate" else formats.number(value)


def samples(rows: Sequence[ReplaySample]) -> list[dict[str, Any]]:
    """People by why they are named, each with their first run in words."""
    return [
        {
            "sample": row,
            "why": row.get_why_display(),
            "runs": [_run(run) for run in row.data.get("runs", ())[:3]],
            "there": [_run(run) for run in row.data.get("there", {}).get("runs", ())[:3]],
            "refusals": [
                (parse_datetime(entry["at"]), queries.refusal_words(entry["reason"]))
                for entry in row.data.get("refusals", ())[:3]
            ],
        }
        for row in rows
    ]


def _run(run: Mapping[str, Any]) -> dict[str, Any]:
    steps = [
        at["step"] if at["branch"] in {"", "next"} else f"{at['step']}: {at['branch']}"
        for at in run["passed"]
    ]
    return {
        "entered_at": parse_datetime(run["entered_at"]),
        "outcome": outcome_words(run["outcome"] or ("failed" if run["error"] else "")),
        "steps": steps,
        "messages": [
            (parse_datetime(entry["goes_at"]), str(REASONS.get(entry["reason"], entry["reason"])))
            for entry in run["messages"]
        ],
    }


def moment(row: Moment, masks: Masks, trigger: Mapping[str, Any]) -> dict[str, Any]:
    """One moment of a walk: what happened, which steps followed and why, and where the person stands then."""
    return {
        "at": row.at,
        "event": row.event,
        "entered": row.entered,
        "passed": [(at, _values(at.because, masks)) for at in row.passed],
        "refusals": [(queries.refusal_words(no.reason), _values(no.because, masks)) for no in row.refusals],
        "messages": [
            (
                entry.message.step,
                entry.foreseen.at,
                str(REASONS.get(entry.foreseen.reason, entry.foreseen.reason)),
            )
            for entry in row.sent
        ],
        "standing": [
            (replace(run, key=masks.key(trigger, run.key)), outcome_words(run.outcome))
            for run in row.standing
        ],
    }


def _values(because: Mapping[str, Any], masks: Masks) -> list[str]:
    return [f"{name}: {value}" for name, value in masks.because(because).items()]


def effect(measured: Effect | None) -> dict[str, Any] | None:
    """Both sides with their rates, and the lift in words."""
    if measured is None:
        return None
    sides = [(_("On the journey"), measured.treated), (_("Held back"), measured.holdout)]
    share, altogether = measured.goal.share, measured.goal.altogether.estimate
    words = formats.percent(share.estimate)
    if share.low is not None and share.high is not None:
        between = {"low": formats.percent(share.low), "high": formats.percent(share.high)}
        words = f"{words} ({_('%(low)s to %(high)s') % between})"
    return {
        "days": measured.days,
        "sides": [(name, arm.persons, int(arm.total), formats.percent(arm.mean, 2)) for name, arm in sides],
        "lift": words if share.low is not None else "",
        "altogether": round(altogether),
        "smallest": SMALLEST_ARM,
    }
