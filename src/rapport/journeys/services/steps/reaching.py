"""Steps that choose a channel: send over the first that reaches them, or go on by which one does."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Mapping, Sequence

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from rapport.governance.models import Purpose
from rapport.journeys.registry import (
    Arrival,
    Config,
    Effects,
    Outcome,
    Pass,
    Position,
    Problems,
    StepKind,
    World,
)
from rapport.journeys.services.steps import sending

NOBODY = "none"
_SHORT = {"type": "string", "minLength": 1, "maxLength": 64}


def placed(
    purpose: str, channels: Sequence[str], person_ids: Sequence[uuid.UUID], world: World
) -> tuple[dict[uuid.UUID, str], dict[uuid.UUID, str]]:
    """({person: the first channel that reaches them}, {person: why the last does not}). One question a channel."""
    given: dict[uuid.UUID, str] = {}
    why: dict[uuid.UUID, str] = {}
    left = list(dict.fromkeys(person_ids))
    for channel in channels:
        if not left:
            break
        refused = world.refused(purpose, channel, left)
        given |= {person: channel for person in left if not refused.get(person, "gone")}
        left = [person for person in left if person not in given]
        why = {person: refused.get(person, "gone") for person in left}
    return given, why


def _run_best(
    step: str, config: Config, arrivals: Sequence[Arrival], world: World, effects: Effects
) -> list[Outcome]:
    outcomes, open_now = sending.outside_window(config, arrivals, world)
    messages: Mapping[str, Config] = {message["channel"]: message for message in config["messages"]}
    persons = [arrival.position.person_id for arrival in open_now]
    channels, why = placed(config["purpose"], list(messages), persons, world)
    together: dict[str, list[Position]] = defaultdict(list)
    for arrival in open_now:
        position = arrival.position
        channel = channels.get(position.person_id, "")
        if channel:
            together[channel].append(position)
            outcomes[position.id] = Pass("sent", {"channel": channel}, {"channel": channel})
        else:
            outcomes[position.id] = Pass("unreachable", {"reason": why.get(position.person_id, "gone")})
    for channel, positions in together.items():
        effects.send(step, {**messages[channel], "purpose": config["purpose"]}, positions)
    return [outcomes[arrival.position.id] for arrival in arrivals]


def _run_reach(
    step: str, config: Config, arrivals: Sequence[Arrival], world: World, effects: Effects
) -> list[Outcome]:
    persons = [arrival.position.person_id for arrival in arrivals]
    channels, _why = placed(config["purpose"], config["channels"], persons, world)
    return [Pass(channels.get(person, NOBODY)) for person in persons]


def _check_best(config: Config, problems: Problems) -> None:
    channels = [message["channel"] for message in config["messages"]]
    if len(set(channels)) < len(channels):
        problems.add("messages", _("Give each channel one message."))
    for at, message in enumerate(config["messages"]):
        sending.check_message({**message, "purpose": config["purpose"]}, problems, f"messages.{at}.")


def _check_reach(config: Config, problems: Problems) -> None:
    for channel in config["channels"]:
        sending.check_channel(channel, problems, "channels")
    if not Purpose.objects.filter(key=config["purpose"], archived_at=None).exists():
        problems.add("purpose", _("There is no such purpose."))


BEST = StepKind(
    "send_best",
    gettext_lazy("Send over the best channel"),
    "send",
    {
        "required": ["messages", "purpose"],
        "properties": {
            "messages": {
                "type": "array",
                "title": gettext_lazy("Messages, the best first"),
                "minItems": 1,
                "maxItems": 8,
                "items": {
                    "type": "object",
                    "required": ["channel", "template"],
                    "additionalProperties": False,
                    "properties": {
                        "channel": {**_SHORT, "title": gettext_lazy("Channel"), "format": "channel"},
                        "template": {
                            "type": "string",
                            "pattern": sending.UUID,
                            "title": gettext_lazy("Template"),
                            "format": "template",
                        },
                    },
                },
            },
            "purpose": {**_SHORT, "title": gettext_lazy("Purpose"), "format": "purpose"},
            "window": sending.WINDOW,
        },
    },
    _run_best,
    lambda config: (
        _("send over the first of %(channels)s that reaches them")
        % {"channels": ", ".join(str(message.get("channel")) for message in config.get("messages", ()))}
    ),
    _check_best,
    lambda config: ("sent", "unreachable"),
    waits=True,
    is_ours=True,
    templates=lambda config: tuple(
        (f"messages/{at}/template", message["template"]) for at, message in enumerate(config["messages"])
    ),
)
REACH = StepKind(
    "reach",
    gettext_lazy("Choose by what reaches them"),
    "split",
    {
        "required": ["purpose", "channels"],
        "properties": {
            "purpose": {**_SHORT, "title": gettext_lazy("Purpose"), "format": "purpose"},
            "channels": {
                "type": "array",
                "title": gettext_lazy("Channels, the best first"),
                "minItems": 1,
                "maxItems": 8,
                "uniqueItems": True,
                "items": _SHORT,
            },
        },
    },
    _run_reach,
    lambda config: (
        _("by the first of %(channels)s that reaches them")
        % {"channels": ", ".join(config.get("channels", ()))}
    ),
    _check_reach,
    lambda config: (*config["channels"], NOBODY),
)
KINDS = (BEST, REACH)
