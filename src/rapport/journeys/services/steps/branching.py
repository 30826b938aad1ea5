"""Steps that choose a way: by a condition, or by a share that stays the same for the same person."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Sequence

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from rapport.journeys.registry import Arrival, Config, Effects, End, Outcome, Pass, Problems, StepKind, World
from rapport.journeys.services import conditions
from rapport.journeys.services.conditions import Context

PLACES = 1 << 32


def _run_if(
    step: str, config: Config, arrivals: Sequence[Arrival], world: World, effects: Effects
) -> list[Outcome]:
    persons = [arrival.position.person_id for arrival in arrivals]
    traits = world.traits(persons)
    inside = {key: world.members(key, persons) for key in conditions.segments(config["if"])}
    outcomes: list[Outcome] = []
    for arrival in arrivals:
        person, data = arrival.position.person_id, arrival.position.data
        context = Context(
            traits.get(person, {}),
            [key for key, members in inside.items() if person in members],
            data.get("trigger", {}).get("properties", {}),
            data,
        )
        answer = conditions.holds(config["if"], context)
        outcomes.append(Pass("yes" if answer else "no", conditions.evidence(config["if"], context)))
    return outcomes


def _run_share(
    step: str, config: Config, arrivals: Sequence[Arrival], world: World, effects: Effects
) -> list[Outcome]:
    shares = config["shares"]
    return [Pass(drawn(arrival.position.person_id, config.get("salt", step), shares)) for arrival in arrivals]


def drawn(person_id: uuid.UUID, salt: str, shares: dict[str, float]) -> str:
    """The branch whose share the person's place falls into; the same whenever they come by."""
    digest = hashlib.blake2b(f"{salt} {person_id}".encode(), digest_size=4).digest()
    place, total, end = int.from_bytes(digest) / PLACES * sum(shares.values()), 0.0, ""
    for branch, share in shares.items():
        total, end = total + share, branch
        if place < total:
            break
    return end


def _check_shares(config: Config, problems: Problems) -> None:
    if sum(config["shares"].values()) <= 0:
        problems.add("shares", _("At least one share must be more than nothing."))


def _run_end(
    step: str, config: Config, arrivals: Sequence[Arrival], world: World, effects: Effects
) -> list[Outcome]:
    return [End() for _arrival in arrivals]


IF = StepKind(
    "if",
    gettext_lazy("Choose by a condition"),
    "split",
    {
        "required": ["if"],
        "properties": {"if": {"$ref": "#/$defs/condition", "title": gettext_lazy("Condition")}},
    },
    _run_if,
    lambda config: _("if %(condition)s") % {"condition": conditions.words(config["if"])},
    branches=lambda config: ("yes", "no"),
)
SHARE = StepKind(
    "share",
    gettext_lazy("Choose by chance"),
    "percent",
    {
        "required": ["shares"],
        "properties": {
            "shares": {
                "type": "object",
                "title": gettext_lazy("Shares"),
                "default": {"a": 50, "b": 50},
                "minProperties": 2,
                "maxProperties": 10,
                "propertyNames": {"pattern": "^[a-z0-9_-]{1,40}$"},
                "additionalProperties": {"type": "number", "minimum": 0, "maximum": 1_000_000},
            },
            "salt": {"type": "string", "title": gettext_lazy("Draw anew by"), "maxLength": 40},
        },
    },
    _run_share,
    lambda config: (
        _("by chance: %(shares)s")
        % {"shares": ", ".join(f"{branch} {share:g}" for branch, share in config.get("shares", {}).items())}
    ),
    _check_shares,
    lambda config: tuple(config["shares"]),
)
END = StepKind(
    "end",
    gettext_lazy("End"),
    "circle-check",
    {},
    _run_end,
    lambda config: _("the journey ends"),
    branches=lambda config: (),
)
KINDS = (IF, SHARE, END)
