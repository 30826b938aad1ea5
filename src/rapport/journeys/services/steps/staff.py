"""Steps for the business's own people: to tell them, to give them a task, to ask for a yes or no."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from rapport.core.models import User
from rapport.journeys.models import JourneyTask
from rapport.journeys.registry import Act, Answers, Config, Errand, Pass, Problems, StepKind
from rapport.journeys.services import tasks
from rapport.journeys.services.steps.asking import doing
from rapport.journeys.services.steps.waiting import FOR, check_length

Kind = JourneyTask.Kind
OWNER = "owner"
_PROPERTIES = {
    "about": {"type": "string", "minLength": 1, "maxLength": 200, "title": gettext_lazy("What it is about")},
    "text": {"type": "string", "maxLength": 2000, "title": gettext_lazy("Text"), "format": "text"},
    "to": {
        "type": "array",
        "title": gettext_lazy("For"),
        "minItems": 1,
        "maxItems": 10,
        "items": {"type": "string", "minLength": 1, "maxLength": 254, "format": "user"},
    },
}


def _act(kind: str, answer: Callable[[Errand], Answers], assume: Callable[[Errand], Answers]) -> Act:
    def run(errand: Errand) -> Answers:
        tasks.give(errand, kind)
        return answer(errand)

    return Act(kind, run, assume)


def _everybody(branch: str = "next") -> Callable[[Errand], Answers]:
    return lambda errand: {position.id: Pass(branch) for position in errand.positions}


def _nobody(_errand: Errand) -> Answers:
    return {}


def _check(config: Config, problems: Problems) -> None:
    emails = [name for name in config.get("to", ()) if name != OWNER]
    active = set(User.objects.filter(email__in=emails, is_active=True).values_list("email", flat=True))
    for email in emails:
        if email not in active:
            problems.add("to", _("There is no user “%(email)s”.") % {"email": email})
    if "for" in config:
        check_length(config, problems)


def _kind(
    name: str, label: Any, icon: str, act: Act, words: Callable[[Config], str], **more: Any
) -> StepKind:
    own = {**_PROPERTIES, "for": FOR} if more.get("waits") else _PROPERTIES
    schema = {"required": ["about", "for"] if more.get("waits") else ["about"], "properties": own}
    return StepKind(name, label, icon, schema, doing(act), words, _check, **more)


NOTIFY = _kind(
    "notify",
    gettext_lazy("Tell somebody of the business"),
    "info",
    _act(Kind.NOTICE, _everybody(), _everybody()),
    lambda config: _("tell “%(about)s”") % {"about": config.get("about", "…")},
)
TASK = _kind(
    "task",
    gettext_lazy("Give somebody a task"),
    "clipboard-list",
    _act(Kind.TASK, _everybody(), _everybody()),
    lambda config: _("task “%(about)s”") % {"about": config.get("about", "…")},
)
# A replay takes everything as approved.
APPROVAL = _kind(
    "approval",
    gettext_lazy("Ask for approval"),
    "badge-check",
    _act(Kind.APPROVAL, _nobody, _everybody("approved")),
    lambda config: _("wait for approval of “%(about)s”") % {"about": config.get("about", "…")},
    branches=lambda config: ("approved", "denied", "timeout"),
    waits=True,
)
KINDS = (NOTIFY, TASK, APPROVAL)
