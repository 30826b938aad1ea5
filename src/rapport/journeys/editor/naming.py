"""What settings name by a key, by the name that people know: templates, segments, purposes, channels, journeys."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from django.utils.translation import gettext as _

from rapport.channels.registry import UnknownChannel, channel_kind
from rapport.content.models import Template
from rapport.governance.models import Purpose
from rapport.journeys.models import Journey
from rapport.journeys.registry import STEP_KINDS
from rapport.segments.queries.segments import names as segment_names


def _ids(keys: Iterable[str]) -> list[uuid.UUID]:
    ids = []
    for key in keys:
        try:
            ids.append(uuid.UUID(key))
        except ValueError:
            continue
    return ids


def _templates(keys: set[str]) -> dict[str, str]:
    return {
        str(pk): name for pk, name in Template.objects.filter(pk__in=_ids(keys)).values_list("pk", "name")
    }


def _journeys(keys: set[str]) -> dict[str, str]:
    return {str(pk): name for pk, name in Journey.objects.filter(pk__in=_ids(keys)).values_list("pk", "name")}


def _purposes(keys: set[str]) -> dict[str, str]:
    return dict(Purpose.objects.filter(key__in=keys).values_list("key", "name"))


def _segments(keys: set[str]) -> dict[str, str]:
    names = segment_names()
    return {key: names[key] for key in keys if key in names}


def channel_label(key: str) -> str:
    try:
        return str(channel_kind(key).label)
    except UnknownChannel:
        return key


FINDERS: dict[str, Callable[[set[str]], dict[str, str]]] = {
    "template": _templates,
    "journey": _journeys,
    "purpose": _purposes,
    "segment": _segments,
    "channel": lambda keys: {key: channel_label(key) for key in keys},
}


def picked(step: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """(format, the setting's title, what it names) of a step's settings that name something."""
    kind = STEP_KINDS.get(str(step.get("type", "")))
    properties = kind.schema.get("properties", {}) if kind else {}
    return [
        (str(schema["format"]), str(schema.get("title", name)), value)
        for name, schema in properties.items()
        if schema.get("format") in FINDERS and isinstance(value := step.get(name), str) and value
    ]


def names_in(steps: Mapping[str, Mapping[str, Any]]) -> dict[str, list[str]]:
    """{step: what it names, by name}, with one query for each kind of thing."""
    wanted: dict[str, set[str]] = {}
    named = {name: picked(step) for name, step in steps.items()}
    for entries in named.values():
        for how, _title, key in entries:
            wanted.setdefault(how, set()).add(key)
    names = {how: FINDERS[how](keys) for how, keys in wanted.items()}
    return {
        name: [
            _("%(title)s: %(name)s") % {"title": title, "name": names[how].get(key) or _("missing")}
            for how, title, key in entries
            if how != "channel"
        ]
        for name, entries in named.items()
    }
