"""A step of journeys that calls another program by one of the webhooks, and may wait for what it answers.

It goes the way of all webhooks: signed, tried again, with its tries to be seen. What the receiver answers as JSON is
the step's answer at once; whoever answers 202 does so later, by `POST /api/v1/journeys/enrolments/{id}/answers`.
"""

from __future__ import annotations

import datetime as dt
import json
import re
import uuid
from collections.abc import Sequence
from typing import Any

import msgspec
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from rapport.core.access import Actor
from rapport.events.registry import Occurrence
from rapport.integrations.models import WebhookEndpoint, WebhookMessage
from rapport.integrations.services import queueing
from rapport.journeys.registry import Act, Answers, Config, Errand, Pass, Picker, Position, Problems, StepKind
from rapport.journeys.services import answering
from rapport.journeys.services.steps.asking import doing
from rapport.journeys.services.steps.waiting import FOR, check_length

EVENT, SOURCE, LATER = "Journey Webhook", "journey", 202
# Anybody may send an event of this name with an id of their own; none of this source, whose name is reserved.
_KEY = re.compile(r"journey-([0-9]{1,18})-([0-9]{1,9})")
LONGEST = 16_384
ANSWERED, FAILED = "answered", "failed"


def _call(errand: Errand) -> Answers:
    """Queues a call for each, as many as may wait; nobody's is sent twice."""
    endpoint = WebhookEndpoint.objects.filter(pk=errand.config["endpoint"]).first()
    waits, now = "for" in errand.config, errand.clock.now()
    if endpoint is None or endpoint.disabled_at:
        why = {"reason": _("The webhook is disabled.")}
        return {position.id: Pass(FAILED if waits else "next", why) for position in errand.positions}
    ahead = errand.positions[: queueing.room_of(endpoint.pk)]
    queueing.add(endpoint, [_occurrence(errand, position, now) for position in ahead], now=now)
    left = {"reason": _("Too many calls are waiting for this webhook.")}
    answers = {
        position.id: Pass(FAILED if waits else "next", left) for position in errand.positions[len(ahead) :]
    }
    return answers if waits else answers | {position.id: Pass() for position in ahead}


def _occurrence(errand: Errand, position: Position, now: dt.datetime) -> Occurrence:
    what = {
        "journey_id": str(errand.journey_id),
        "journey_name": errand.journey_name,
        "enrolment": position.id,
        "step": errand.step,
        "key": position.key,
        "trigger": position.data.get("trigger", {}).get("properties", {}),
        **errand.config.get("properties", {}),
    }
    return Occurrence(EVENT, errand.key(position), now, position.person_id, SOURCE, msgspec.json.encode(what))


def take(messages: Sequence[tuple[WebhookMessage, int | None, str]]) -> None:
    """What receivers answered to calls of journeys; status None: they never did."""
    for message, status, text in messages:
        is_ours = (message.event, message.source) == (EVENT, SOURCE) and not message.is_test
        called = _KEY.fullmatch(message.message_id) if is_ours else None
        if called is None or status == LATER:
            continue
        branch, answer = (FAILED, None) if status is None else (ANSWERED, _read(text))
        answering.note(int(called[1]), int(called[2]), branch, answer, {"status": status})


def _read(text: str) -> Any:
    """The JSON of an answer; nothing of one that is none, or too long to keep."""
    try:
        answer = json.loads(text) if len(text) <= LONGEST else None
    except (ValueError, RecursionError):
        return {}
    return answer if isinstance(answer, dict) else {}


def _assume(errand: Errand) -> Answers:
    """A replay calls nobody: everybody is answered with nothing."""
    waits = "for" in errand.config
    return {position.id: Pass(ANSWERED, answer={}) if waits else Pass() for position in errand.positions}


def _check(config: Config, problems: Problems) -> None:
    try:
        exists = WebhookEndpoint.objects.filter(pk=uuid.UUID(config["endpoint"])).exists()
    except ValueError:
        exists = False
    if not exists:
        problems.add("endpoint", _("There is no such webhook."))
    if "for" in config:
        check_length(config, problems)


STEP = StepKind(
    "webhook",
    gettext_lazy("Call a program"),
    "webhook",
    {
        "required": ["endpoint"],
        "properties": {
            "endpoint": {
                "type": "string",
                "minLength": 36,
                "maxLength": 36,
                "title": gettext_lazy("Webhook"),
                "format": "webhook",
            },
            "properties": {
                "type": "object",
                "title": gettext_lazy("What else to tell"),
                "maxProperties": 50,
                "additionalProperties": {"type": ["string", "number", "boolean", "null"]},
            },
            "for": {**FOR, "title": gettext_lazy("Wait for an answer for so long")},
        },
    },
    doing(Act("webhook", _call, _assume)),
    lambda config: _("call a program"),
    _check,
    lambda config: (ANSWERED, FAILED, "timeout") if "for" in config else ("next",),
    waits=True,
    is_ours=True,
    is_answerable=True,
    permission="webhooks.view",
)


def webhooks(_actor: Actor) -> list[tuple[str, str]]:
    rows = WebhookEndpoint.objects.filter(disabled_at=None).order_by("name", "pk")
    return [(str(pk), name) for pk, name in rows.values_list("pk", "name")]


PICKER = Picker("webhook", webhooks)
