"""What a playbook is: a journey ready made, with its messages and the few questions it asks before."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from rapport.core.registration import Registry

Label = str | Promise
Steps = dict[str, dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Question:
    """One thing a playbook asks. `kind` is "number", "text", or the name of a picker; `initial` is the usual answer.

    A picker's usual answer is the first there is, unless it is optional.
    """

    name: str
    label: Label
    kind: str = "number"
    initial: Any = None
    is_required: bool = True
    hint: Label = ""
    least: int = 0
    most: int = 3_650


@dataclass(frozen=True, slots=True)
class Text:
    """A mail in our own words. `button` leads to `url`."""

    subject: Label
    preheader: Label
    title: Label
    paragraphs: tuple[Label, ...]
    button: Label = ""
    url: str = "https://example.com/"


@dataclass(frozen=True, slots=True)
class Mail:
    """A message under a name of its own: a design of the gallery, some words put in others' place; or a text."""

    name: Label
    design: str | Text
    words: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Given:
    """The answers, and the templates that were made: {mail: id}."""

    answers: Mapping[str, Any]
    mails: Mapping[str, str]
    channel: str

    def __getitem__(self, name: str) -> Any:
        return self.answers[name]

    def mail(self, mail: str, after: str = "", **more: Any) -> dict[str, Any]:
        """The step that sends a mail, and the step after it."""
        step = {
            "type": "send",
            "channel": self.channel,
            "template": self.mails[mail],
            "purpose": self["purpose"],
        }
        return {**step, **more, **({"next": after} if after else {})}


@dataclass(frozen=True, slots=True)
class Playbook:
    """`build(given)` is the definition. `person` is what it does for people, in a sentence."""

    key: str
    name: Label
    text: Label
    icon: str
    order: int
    mails: Mapping[str, Mail]
    build: Callable[[Given], dict[str, Any]]
    questions: tuple[Question, ...] = ()


PLAYBOOKS: Registry[Playbook] = Registry("playbook", key="key", order="order")
PURPOSE = Question(
    "purpose", _("Purpose"), "purpose", hint=_("Only those who agreed to it get the messages.")
)
COUPON = Question(
    "promotion",
    _("Promotion"),
    "promotion",
    is_required=False,
    hint=_("A code of it goes into the message; none: no code."),
)


def days(name: str, label: Label, initial: int, least: int = 1) -> Question:
    return Question(name, label, initial=initial, least=least)


def wait(count: int, after: str, unit: str = "days", title: str = "") -> dict[str, Any]:
    step = {"type": "wait", "for": {unit: count}, "next": after}
    return {**step, "title": title} if title else step


def until_event(
    event: str, count: int, happened: str, timeout: str, unit: str = "days", **more: Any
) -> dict[str, Any]:
    ways = {way: step for way, step in (("happened", happened), ("timeout", timeout)) if step}
    return {
        "type": "wait_event",
        "event": event,
        "for": {unit: count},
        **more,
        **({"next": ways} if ways else {}),
    }


def gift(given: Given, after: str) -> tuple[str, Steps]:
    """(the step to go to, the steps that give a code if one was chosen), and then on."""
    if not given["promotion"]:
        return after, {}
    step = {"type": "coupon", "promotion": given["promotion"], "next": {"given": after, "none": after}}
    return "gift", {"gift": step}


def event(name: str, **more: Any) -> dict[str, Any]:
    return {"type": "event", "event": name, **more}
