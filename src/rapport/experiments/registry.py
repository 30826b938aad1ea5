"""The door for apps whose things can be varied: campaigns, landing pages, forms, messages on the website."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rapport.core.clock import Clock
from rapport.core.registration import Registry

if TYPE_CHECKING:
    from django.utils.functional import Promise


@dataclass(frozen=True, slots=True)
class SubjectPlan:
    """How something is tried, in words: (what, how), and how many people can take part."""

    lines: Sequence[tuple[str, str]]
    people: int


@dataclass(frozen=True, slots=True)
class Subject:
    """One kind of thing that experiments are about. `url(id)` is its page.

    `decided(subject_id, winner, clock)` is called in the transaction of the decision with its name of the winner.
    `plan(id)` says how it is tried, where that is decided there and not here. `new_url` names the page where such a
    test is begun, and `new_words` with `new_link` say so to whoever looks for it here.
    `message_property` is where the events of messages have its id, or the reference of a variant, if it sends any.
    """

    name: str
    label: str | Promise
    url: Callable[[str], str]
    decided: Callable[[str, str, Clock], None]
    message_property: str = ""
    plan: Callable[[str], SubjectPlan | None] = lambda _subject_id: None
    new_url: str = ""
    new_words: str | Promise = ""
    new_link: str | Promise = ""


SUBJECTS: Registry[Subject] = Registry("subject of experiments")


def message_property(subject: str, event: str) -> str:
    """The property that restricts this event to the messages of what is varied; empty where it counts from anywhere."""
    kind = SUBJECTS.get(subject) if event.startswith("Message ") else None
    return kind.message_property if kind else ""


def register_subject(subject: Subject) -> None:
    SUBJECTS.register(subject)
