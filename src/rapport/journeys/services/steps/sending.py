"""The step that sends a message."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from rapport.channels.registry import UnknownChannel, channel_kind
from rapport.content.models import Template
from rapport.governance.models import Purpose
from rapport.journeys.registry import (
    Arrival,
    Config,
    Effects,
    Outcome,
    Pass,
    Problems,
    StepKind,
    Wait,
    World,
)
from rapport.messaging.services.quiet import allowed_from

_SHORT = {"type": "string", "minLength": 1, "maxLength": 64}
UUID = "^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$"
_TIME = {"type": "string", "pattern": "^([01][0-9]|2[0-3]):[0-5][0-9]$", "format": "time"}
WINDOW = {
    "type": "object",
    "title": gettext_lazy("Only between"),
    "required": ["from", "until"],
    "additionalProperties": False,
    "properties": {
        "from": {**_TIME, "title": gettext_lazy("From")},
        "until": {**_TIME, "title": gettext_lazy("Until")},
        "otherwise": {
            "enum": ["wait", "skip"],
            "title": gettext_lazy("Otherwise"),
            "labels": {"wait": gettext_lazy("wait until then"), "skip": gettext_lazy("go on without")},
        },
    },
}


def _run(
    step: str, config: Config, arrivals: Sequence[Arrival], world: World, effects: Effects
) -> list[Outcome]:
    outcomes, open_now = outside_window(config, arrivals, world)
    if open_now:
        effects.send(step, config, [arrival.position for arrival in open_now])
    return [
        outcomes.get(arrival.position.id) or Pass(because={"channel": config["channel"]})
        for arrival in arrivals
    ]


def outside_window(
    config: Config, arrivals: Sequence[Arrival], world: World
) -> tuple[dict[int, Outcome], list[Arrival]]:
    """({position: that they wait for the window, or go without}, those for whom it is open), by their clocks."""
    window = config.get("window")
    if not window:
        return {}, list(arrivals)
    first, last = (dt.time.fromisoformat(window[name]) for name in ("from", "until"))
    world.traits([arrival.position.person_id for arrival in arrivals])
    outcomes: dict[int, Outcome] = {}
    open_now: list[Arrival] = []
    for arrival in arrivals:
        opens_at = allowed_from(world.now, world.zone(arrival.position.person_id), last, first)
        if opens_at is None:
            open_now.append(arrival)
        elif window.get("otherwise") == "skip":
            outcomes[arrival.position.id] = Pass(
                "unreachable" if "messages" in config else "next", {"window": "closed"}
            )
        else:
            outcomes[arrival.position.id] = Wait(opens_at)
    return outcomes, open_now


def _check(config: Config, problems: Problems) -> None:
    check_message(config, problems)


def check_channel(channel: str, problems: Problems, pointer: str) -> None:
    try:
        channel_kind(channel)
    except UnknownChannel as error:
        problems.add(pointer, str(error))


def check_message(config: Config, problems: Problems, inside: str = "") -> None:
    check_channel(config["channel"], problems, f"{inside}channel")
    template = None
    if re.fullmatch(UUID, config["template"]):
        template = Template.objects.filter(pk=config["template"], archived_at=None).first()
    if template is None:
        problems.add(f"{inside}template", _("There is no such template."))
    elif template.channel != config["channel"]:
        problems.add(f"{inside}template", _("The template was written for another channel."))
    if not Purpose.objects.filter(key=config["purpose"], archived_at=None).exists():
        problems.add("purpose", _("There is no such purpose."))


def _words(config: Config) -> str:
    return _("send over %(channel)s") % {"channel": config.get("channel", "…")}


SEND = StepKind(
    "send",
    gettext_lazy("Send a message"),
    "send",
    {
        "required": ["channel", "template", "purpose"],
        "properties": {
            "channel": {**_SHORT, "title": gettext_lazy("Channel"), "format": "channel"},
            "template": {"type": "string", "title": gettext_lazy("Template"), "format": "template"},
            "purpose": {**_SHORT, "title": gettext_lazy("Purpose"), "format": "purpose"},
            "window": WINDOW,
        },
    },
    _run,
    _words,
    _check,
    waits=True,
    templates=lambda config: (("template", config["template"]),),
)
KINDS = (SEND,)
