"""The step that sends a message."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from rapport.channels.registry import UnknownChannel, channel_kind
from rapport.content.models import Template
from rapport.governance.models import Purpose
from rapport.journeys.registry import Arrival, Config, Effects, Outcome, Pass, Problems, StepKind, World

_SHORT = {"type": "string", "minLength": 1, "maxLength": 64}


def _run(
    step: str, config: Config, arrivals: Sequence[Arrival], world: World, effects: Effects
) -> list[Outcome]:
    effects.send(step, config, [arrival.position for arrival in arrivals])
    return [Pass(because={"channel": config["channel"]}) for _arrival in arrivals]


def _check(config: Config, problems: Problems) -> None:
    try:
        channel_kind(config["channel"])
    except UnknownChannel as error:
        problems.add("channel", str(error))
    template = Template.objects.filter(pk=config["template"], archived_at=None).first()
    if template is None:
        problems.add("template", _("There is no such template."))
    elif template.channel != config["channel"]:
        problems.add("template", _("The template was written for another channel."))
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
        },
    },
    _run,
    _words,
    _check,
)
KINDS = (SEND,)
