"""Everything the builder's templates need for one drawing of a definition."""

from __future__ import annotations

import json
from typing import Any

from django.utils.translation import gettext_lazy

from rapport.core.access import Actor
from rapport.governance.models import Purpose
from rapport.governance.registry import CONSENT_CHANNELS
from rapport.people import identity_types
from rapport.segments.builder import suggestions
from rapport.segments.builder.nodes import Node, flat, nodes, place_problems, root_of
from rapport.segments.builder.registry import PRESETS
from rapport.segments.builder.trait_choices import fit, trait_choices
from rapport.segments.clauses.event import COUNTS
from rapport.segments.clauses.profile import FIELDS
from rapport.segments.language import registry, tree
from rapport.segments.language.problems import Problem
from rapport.segments.queries import segments as queries

FIGURE_CHOICES = (
    (
        gettext_lazy("Amounts"),
        (
            ("sum", gettext_lazy("with the sum of")),
            ("average", gettext_lazy("with the average of")),
            ("min", gettext_lazy("with the smallest")),
            ("max", gettext_lazy("with the largest")),
            ("unique", gettext_lazy("with the number of different")),
        ),
    ),
    (
        gettext_lazy("Values"),
        (
            ("first_value", gettext_lazy("with the first")),
            ("last_value", gettext_lazy("with the last")),
            ("most_frequent", gettext_lazy("with the most frequent")),
        ),
    ),
    (
        gettext_lazy("Times"),
        (
            ("first_time", gettext_lazy("for the first time")),
            ("last_time", gettext_lazy("for the last time")),
        ),
    ),
)


def drawing(
    definition: Any,
    *,
    actor: Actor,
    problems: list[Problem] | None = None,
    mode: str = "visual",
    raw: str = "",
) -> dict[str, Any]:
    """The context of builder/tree.html. `raw` is JSON as typed, when it could not be read."""
    definition = root_of(definition)
    root = nodes(definition)
    general = place_problems(root, problems or [])
    events = [name for node in flat(root) for name in _events(node)]
    traits = trait_choices(actor)
    for node in flat(root):
        if node.kind == "trait":
            fit(node, traits)
    _offer_choices(root, actor)
    used = {node.shown["name"] for node in flat(root) if node.kind == "trait" and node.shown["name"]}
    return {
        "root": root,
        "mode": mode,
        "json": raw or json.dumps(definition, indent=2, ensure_ascii=False),
        "general_problems": general,
        "words": tree.sentence(definition),
        "kinds": [kind for kind in registry.CLAUSE_KINDS if kind.name not in {"all", "any", "not"}],
        "presets": list(PRESETS),
        "traits": traits,
        "events": suggestions.events(),
        "properties": suggestions.properties(events),
        "values": [(name, suggestions.values(name)) for name in sorted(used)],
        "property_values": [
            (name, suggestions.property_values(events, name)) for name in sorted(_properties(root))
        ],
        **_choices(actor),
    }


def _offer_choices(root: Node, actor: Actor) -> None:
    """What a named condition asks for is chosen among what there is."""
    for node in flat(root):
        if node.kind != "event":
            continue
        for preset in PRESETS:
            for condition in node.shown["conditions"]:
                if (preset.event, preset.property) == (node.shown["name"], condition["name"]):
                    condition["choices"] = preset.choices(actor)
                    condition["values"] = {value for value, _label in condition["choices"]}


def _choices(actor: Actor) -> dict[str, Any]:
    segments = list(queries.segments(actor).order_by("name").values_list("key", "name"))
    purposes = list(Purpose.objects.filter(archived_at=None).order_by("position").values_list("key", "name"))
    identifiers = [(key, identity_types.label_of(key)) for key in identity_types.current().by_key]
    return {
        "segments": segments,
        "segment_keys": {key for key, _ in segments},
        "purposes": purposes,
        "purpose_keys": {key for key, _ in purposes},
        "channels": [(channel.key, channel.label) for channel in CONSENT_CHANNELS],
        "channel_keys": {channel.key for channel in CONSENT_CHANNELS},
        "identifiers": identifiers,
        "identifier_keys": {key for key, _ in identifiers},
        "profile_fields": FIELDS.items(),
        "counts": COUNTS,
        "figure_choices": FIGURE_CHOICES,
    }


def _events(node: Node) -> list[str]:
    """The events a clause names, for suggesting their properties."""
    if node.kind == "sequence":
        return [step["name"] for step in node.shown["steps"]]
    return [node.shown["name"]] if node.kind == "event" else []


def _properties(root: Node) -> set[str]:
    """The properties that conditions compare, for suggesting their values."""
    holders = [
        holder
        for node in flat(root)
        for holder in (node.shown["steps"] if node.kind == "sequence" else [node.shown])
        if node.kind in {"sequence", "event"}
    ]
    return {
        condition["name"] for holder in holders for condition in holder["conditions"] if condition["name"]
    }


def problems_by_path(root: Node) -> list[tuple[str, list[str]]]:
    """(path, problems) of every clause, the faultless too, so that old words are taken away."""
    return [(node.path, node.problems) for node in flat(root) if node.path]
