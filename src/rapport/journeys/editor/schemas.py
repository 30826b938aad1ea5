"""What the side sheet edits: the JSON schema of a step's settings, and of all that is no step, with titles."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from rapport.journeys.registry import STEP_KINDS
from rapport.journeys.services import definitions

TITLES: dict[str, Any] = {
    "trigger": _("Who enters"),
    "trigger.type": _("People enter"),
    "entry": _("How often"),
    "entry.again": _("Again"),
    "entry.days": _("Days"),
    "audience": _("Audience"),
    "stay": _("Who leaves the audience leaves the journey"),
    "goal": _("Goal"),
    "goal.event": _("Event"),
    "goal.where": _("Only if"),
    "exits": _("Leave when"),
    "exits.event": _("Event"),
    "exits.where": _("Only if"),
    "holdout": _("Held back, in percent"),
    "late": _("After an outage"),
    "late.hours": _("Late by hours"),
    "late.then": _("Then"),
}
FORMATS = {
    "goal.event": "event",
    "exits.event": "event",
    "audience": "about-person",
}
# A setting that matters only for some choices of another beside it.
WHEN: dict[str, Mapping[str, tuple[str, ...]]] = {
    "entry.days": {"again": ("after",)},
}
LABELS: dict[str, Any] = {
    "never": _("never again"),
    "always": _("always"),
    "after": _("after some days"),
    "run": _("go on all the same"),
    "end": _("end the journey"),
}
# Settings that must be given where they matter, though the schema cannot say so.
NEEDED = {"entry.days"}
NOT_SETTINGS = ("start", "steps")


def of_start() -> dict[str, Any]:
    """Trigger, entry, audience, goal, exits and lateness, as one object."""
    whole = definitions.schema()
    properties = {
        name: _titled(copy.deepcopy(schema), name)
        for name, schema in whole["properties"].items()
        if name not in NOT_SETTINGS
    }
    return {"type": "object", "required": ["trigger"], "properties": properties}


def _titled(schema: dict[str, Any], name: str) -> dict[str, Any]:
    schema.setdefault("title", TITLES.get(name, name.rpartition(".")[2]))
    if name in FORMATS:
        schema.setdefault("format", FORMATS[name])
    if name in NEEDED:
        schema["needed"] = True
    if name in WHEN:
        schema.setdefault("when", WHEN[name])
    inner = schema.get("items", schema)
    for key, inside in inner.get("properties", {}).items():
        inner["properties"][key] = _titled({**inside}, f"{name}.{key}")
    return schema


def of_step(step_type: str) -> dict[str, Any]:
    """A step's title, note and settings."""
    kind = STEP_KINDS.get(step_type)
    own: Mapping[str, Any] = kind.schema if kind else {}
    title = {"type": "string", "title": _("Title"), "maxLength": 120}
    note = {"type": "string", "title": _("Note"), "maxLength": 2000}
    properties = {"title": title, **own.get("properties", {}), "note": note}
    return {"type": "object", "required": list(own.get("required", ())), "properties": properties}


def new_step(step_type: str) -> dict[str, Any]:
    """A step of a kind as it is put in: with the settings that its schema begins with."""
    properties = of_step(step_type)["properties"]
    begins = {
        name: copy.deepcopy(schema["default"]) for name, schema in properties.items() if "default" in schema
    }
    return {"type": step_type, **begins}
