"""How people come in: by what happens, by a date of theirs, by the calendar, or let in by hand or by a program.

{"type": "event", "event", "where"?, "key"?}, {"type": "segment_entered" | "segment_left", "segment"},
{"type": "form", "form"}, {"type": "message", "channel"?}, {"type": "journey", "journey", "when"?},
{"type": "date", "trait", "yearly"?, "offset"?, "time"}, {"type": "schedule", "unit", "every"?, "weekdays"?,
"month_day"?, "time", "segment"}, {"type": "api"}
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

Trigger = Mapping[str, Any]
SEGMENT_EVENTS = {"segment_entered": "Segment Entered", "segment_left": "Segment Left"}
JOURNEY_EVENTS = {
    "entered": ("Journey Entered",),
    "goal": ("Journey Goal Reached",),
    "ended": ("Journey Goal Reached", "Journey Left"),
}
TIMED = ("date", "schedule")
_TEXT = {"type": "string", "minLength": 1, "maxLength": 200}
FIELDS: dict[str, dict[str, Any]] = {
    "event": {**_TEXT, "title": gettext_lazy("Event"), "format": "event"},
    "segment": {**_TEXT, "title": gettext_lazy("Segment"), "format": "segment"},
    "where": {"$ref": "#/$defs/condition", "title": gettext_lazy("Only if")},
    "key": {
        "type": "string",
        "maxLength": 200,
        "title": gettext_lazy("One run for each"),
        "format": "property",
    },
    "form": {**_TEXT, "title": gettext_lazy("Form"), "format": "form"},
    "channel": {**_TEXT, "title": gettext_lazy("Channel"), "format": "channel"},
    "journey": {**_TEXT, "title": gettext_lazy("Journey"), "format": "journey"},
    "when": {
        "enum": list(JOURNEY_EVENTS),
        "title": gettext_lazy("When they"),
        "labels": {
            "entered": gettext_lazy("have entered"),
            "goal": gettext_lazy("have reached the goal"),
            "ended": gettext_lazy("have come to the end, or left"),
        },
    },
    "trait": {**_TEXT, "title": gettext_lazy("Date"), "format": "trait"},
    "yearly": {"type": "boolean", "default": True, "title": gettext_lazy("Every year")},
    "offset": {"type": "integer", "minimum": -365, "maximum": 365, "title": gettext_lazy("Days after it")},
    "time": {
        "type": "string",
        "pattern": "^([01][0-9]|2[0-3]):[0-5][0-9]$",
        "title": gettext_lazy("Time"),
        "format": "time",
    },
    "unit": {
        "enum": ["day", "week", "month"],
        "title": gettext_lazy("Recurs by"),
        "labels": {
            "day": gettext_lazy("days"),
            "week": gettext_lazy("weeks"),
            "month": gettext_lazy("months"),
        },
    },
    "every": {"type": "integer", "minimum": 1, "maximum": 366, "title": gettext_lazy("Every so many")},
    "weekdays": {
        "type": "array",
        "maxItems": 7,
        "uniqueItems": True,
        "items": {"type": "integer", "minimum": 0, "maximum": 6},
        "title": gettext_lazy("On"),
        "format": "weekdays",
    },
    "month_day": {"type": "integer", "minimum": 1, "maximum": 31, "title": gettext_lazy("Day of the month")},
    "starts": {"type": "string", "format": "date", "title": gettext_lazy("From")},
    "per_hour": {
        "type": "integer",
        "minimum": 1,
        "maximum": 10_000_000,
        "title": gettext_lazy("At most an hour"),
    },
}


@dataclass(frozen=True, slots=True)
class TriggerKind:
    """A way in: which settings it must and may have, and how it is said."""

    name: str
    label: str | Promise
    icon: str
    required: tuple[str, ...]
    optional: tuple[str, ...]
    words: Callable[[Trigger], str]


def _recurs(trigger: Trigger) -> str:
    every = trigger.get("every", 1)
    counted = {
        "day": ngettext("every day", "every %d days", every),
        "week": ngettext("every week", "every %d weeks", every),
        "month": ngettext("every month", "every %d months", every),
    }
    often = counted.get(trigger["unit"], "…")
    return _("%(often)s at %(time)s, for the segment “%(segment)s”") % {
        "often": often % every if "%d" in often else often,
        "time": trigger["time"],
        "segment": trigger["segment"],
    }


def _dated(trigger: Trigger) -> str:
    when = _of_date(trigger)
    return _("%(when)s, every year") % {"when": when} if is_yearly(trigger) else when


def is_yearly(trigger: Trigger) -> bool:
    return bool(trigger.get("yearly", FIELDS["yearly"]["default"]))


def _of_date(trigger: Trigger) -> str:
    days = trigger.get("offset", 0)
    values = {"trait": trigger["trait"], "time": trigger["time"], "n": abs(days)}
    if days < 0:
        return (
            ngettext(
                "%(n)d day before “%(trait)s”, at %(time)s",
                "%(n)d days before “%(trait)s”, at %(time)s",
                -days,
            )
            % values
        )
    if days:
        return (
            ngettext(
                "%(n)d day after “%(trait)s”, at %(time)s", "%(n)d days after “%(trait)s”, at %(time)s", days
            )
            % values
        )
    return _("on “%(trait)s”, at %(time)s") % values


KINDS: Mapping[str, TriggerKind] = {
    kind.name: kind
    for kind in (
        TriggerKind(
            "event",
            gettext_lazy("When something happens"),
            "activity",
            ("event",),
            ("where", "key"),
            lambda trigger: _("when “%(name)s” happens") % {"name": trigger["event"]},
        ),
        TriggerKind(
            "segment_entered",
            gettext_lazy("When they enter a segment"),
            "log-in",
            ("segment",),
            ("where",),
            lambda trigger: _("when they enter the segment “%(name)s”") % {"name": trigger["segment"]},
        ),
        TriggerKind(
            "segment_left",
            gettext_lazy("When they leave a segment"),
            "log-out",
            ("segment",),
            ("where",),
            lambda trigger: _("when they leave the segment “%(name)s”") % {"name": trigger["segment"]},
        ),
        TriggerKind(
            "form",
            gettext_lazy("When they fill in a form"),
            "list",
            ("form",),
            ("where", "key"),
            lambda trigger: _("when they fill in the form “%(name)s”") % {"name": trigger["form"]},
        ),
        TriggerKind(
            "message",
            gettext_lazy("When they write to us"),
            "mail-open",
            (),
            ("channel", "where"),
            lambda trigger: _("when they write to us"),
        ),
        TriggerKind(
            "journey",
            gettext_lazy("After another journey"),
            "route",
            ("journey",),
            ("when",),
            lambda trigger: _("by another journey"),
        ),
        TriggerKind(
            "date",
            gettext_lazy("On a date of theirs"),
            "calendar",
            ("trait", "time"),
            ("yearly", "offset"),
            _dated,
        ),
        TriggerKind(
            "schedule",
            gettext_lazy("On a schedule"),
            "clock",
            ("unit", "time", "segment"),
            ("every", "weekdays", "month_day", "starts", "per_hour"),
            _recurs,
        ),
        TriggerKind(
            "api",
            gettext_lazy("By hand or by a program"),
            "user-plus",
            (),
            (),
            lambda trigger: _("by hand or by a program"),
        ),
    )
}
TRIGGERS = tuple(KINDS)
# Forms show a setting only where it matters: `when` says for which types, `needed` that one must be given there.
SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["type"],
    "additionalProperties": False,
    "properties": {
        "type": {"enum": list(TRIGGERS), "labels": {kind.name: kind.label for kind in KINDS.values()}},
        **{
            name: {
                **schema,
                "when": {"type": [k.name for k in KINDS.values() if name in (*k.required, *k.optional)]},
                "needed": any(name in kind.required for kind in KINDS.values()),
            }
            for name, schema in FIELDS.items()
        },
    },
}


def problems(trigger: Trigger) -> Iterator[tuple[str, str]]:
    """(setting, what is wrong with it), of a trigger of the right shape."""
    kind = KINDS[trigger["type"]]
    missing = {
        "event": _("Say which event lets people in."),
        "segment": _("Say which segment lets people in."),
        "form": _("Say which form lets people in."),
        "journey": _("Say which journey lets people in."),
        "trait": _("Say which date lets people in."),
        "unit": _("Say how it recurs."),
        "time": _("Say at what time."),
    }
    for name in kind.required:
        if not trigger.get(name):
            yield name, missing[name]
    for name in trigger.keys() - {"type", *kind.required, *kind.optional}:
        yield name, _("This says nothing for such a trigger.")


def events(trigger: Trigger) -> tuple[str, ...]:
    """The events by which it lets people in."""
    if trigger["type"] == "event":
        return (trigger["event"],)
    if trigger["type"] in SEGMENT_EVENTS:
        return (SEGMENT_EVENTS[trigger["type"]],)
    if trigger["type"] == "journey":
        return JOURNEY_EVENTS[trigger.get("when", "ended")]
    return {"form": ("Form Submitted",), "message": ("Message Replied",)}.get(trigger["type"], ())


def opens(trigger: Trigger, event: str, properties: Mapping[str, Any]) -> bool:
    """Whether this event is one of those that let somebody in."""
    if event not in events(trigger):
        return False
    match trigger["type"]:
        case "segment_entered" | "segment_left":
            return bool(properties.get("segment_key") == trigger["segment"])
        case "form":
            return bool(properties.get("form") == trigger["form"])
        case "message":
            return not trigger.get("channel") or bool(properties.get("channel") == trigger["channel"])
        case "journey":
            return bool(properties.get("journey_id") == trigger["journey"])
    return True


def words(trigger: Trigger) -> str:
    """How people come in, in words."""
    return KINDS[trigger["type"]].words(
        defaultdict(lambda: "…", {k: v for k, v in trigger.items() if v is not None})
    )
