"""Steps that put people elsewhere: on a list, on another journey, before a question of consent."""

from __future__ import annotations

import uuid
from typing import Any

from django.core.exceptions import ValidationError
from django.db import DatabaseError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from rapport.core.access import system
from rapport.core.services.wake import wake
from rapport.governance.models import Consent, Purpose
from rapport.governance.services import double_opt_in
from rapport.governance.services.consent import InvalidConsent
from rapport.journeys.models import Enrolment, Journey
from rapport.journeys.registry import DEPTH, Act, Answers, Config, Errand, Pass, Problems, StepKind
from rapport.journeys.services import entering
from rapport.journeys.services.conditions import Condition
from rapport.journeys.services.entering import Entrant
from rapport.journeys.services.happenings import MOST_DEPTH
from rapport.journeys.services.hearing import LOOP
from rapport.journeys.services.steps.asking import doing
from rapport.journeys.services.steps.sending import check_channel
from rapport.journeys.services.steps.waiting import FOR, check_length
from rapport.journeys.services.world import LiveWorld
from rapport.segments.models import Segment
from rapport.segments.services import lists

ACTOR = system("journey")
# Whoever has withdrawn is not asked again, unless they sign up themselves.
SAID = {
    "granted": Pass("given", {"asked": False}),
    "withdrawn": Pass("timeout", {"asked": False, "reason": "withdrawn"}),
}
_SHORT = {"type": "string", "minLength": 1, "maxLength": 64}


def _everybody(errand: Errand, branch: str = "next") -> Answers:
    return {position.id: Pass(branch) for position in errand.positions}


def _list(errand: Errand) -> Answers:
    segment = Segment.objects.get(key=errand.config["list"], kind=Segment.Kind.LIST, archived_at=None)
    persons = list({position.person_id for position in errand.positions})
    if errand.config.get("do") == "remove":
        lists.remove_people(actor=ACTOR, segment=segment, person_ids=persons, clock=errand.clock)
    else:
        how = _("journey %(name)s") % {"name": errand.journey_name}
        lists.add_people(actor=ACTOR, segment=segment, person_ids=persons, how=how, clock=errand.clock)
    return _everybody(errand)


def _check_list(config: Config, problems: Problems) -> None:
    rows = Segment.objects.filter(key=config["list"], kind=Segment.Kind.LIST, archived_at=None)
    if not rows.exists():
        problems.add("list", _("There is no list “%(key)s”.") % {"key": config["list"]})


def _consent(errand: Errand) -> Answers:
    """Mails who has said neither yes nor no; the others are answered at once. Who cannot be asked waits for nothing."""
    config, answers = errand.config, dict[int, Pass]()
    states = _states(errand)
    for position in errand.positions:
        if given := SAID.get(states.get(position.person_id, "")):
            answers[position.id] = given
            continue
        try:
            row = double_opt_in.request(
                actor=ACTOR,
                person_id=position.person_id,
                purpose=config["purpose"],
                channel=config["channel"],
                source="journey",
                clock=errand.clock,
            )
        except DatabaseError:
            raise
        except (InvalidConsent, ValidationError) as error:
            answers[position.id] = Pass("timeout", {"reason": str(error)})
            continue
        if row is None:
            answers[position.id] = Pass("timeout", {"asked": False})
    return answers


def _states(errand: Errand) -> dict[uuid.UUID, str]:
    """{person: what they have said to the purpose}"""
    persons = {position.person_id for position in errand.positions}
    rows = Consent.objects.filter(
        person_id__in=persons, purpose__key=errand.config["purpose"], channel=errand.config["channel"]
    )
    return dict(rows.values_list("person_id", "state"))


def _granted(config: Config) -> Condition:
    same = [{"property": name, "op": "is", "value": config[name]} for name in ("purpose", "channel")]
    return {"all": same}


def _check_consent(config: Config, problems: Problems) -> None:
    check_length(config, problems)
    check_channel(config["channel"], problems, "channel")
    if not Purpose.objects.filter(key=config["purpose"], archived_at=None).exists():
        problems.add("purpose", _("There is no such purpose."))


def _other(errand: Errand) -> Answers:
    """Lets them into the other journey, each by a run of their own. Whoever it refuses goes on at once."""
    waits, answers = bool(errand.config.get("wait")), dict[int, Pass]()
    journey = Journey.objects.select_related("live").filter(pk=errand.config["journey"]).first()
    entered: dict[tuple[uuid.UUID, str], int] = {}
    if journey is not None and journey.live is not None and not journey.paused_at and not journey.archived_at:
        entrants = [
            Entrant(position.person_id, errand.key(position), _trigger(errand, position, waits))
            for position in errand.positions
            if position.depth + 1 < MOST_DEPTH
        ]
        world = LiveWorld(errand.clock.now())
        entered = entering.enter(journey, journey.live, entrants, world, errand.clock, len(entrants) > 1)
        wake(LOOP)
    gone = set(
        Enrolment.objects.filter(pk__in=entered.values()).exclude(ended_at=None).values_list("pk", flat=True)
    )
    for position in errand.positions:
        pk = entered.get((position.person_id, errand.key(position)))
        is_in = pk is not None and pk not in gone  # who is held back has ended already
        if not is_in or not waits:
            answers[position.id] = Pass("ended" if waits else "next", {"entered": is_in})
    return answers


def _ended_at_once(errand: Errand) -> Answers:
    return _everybody(errand, "ended" if errand.config.get("wait") else "next")


def _trigger(errand: Errand, position: Any, waits: bool) -> dict[str, Any]:
    trigger = position.data.get("trigger", {})
    properties = {**trigger.get("properties", {}), DEPTH: position.depth + 1}
    parent = {"enrolment": position.id, "moves": position.moves} if waits else None
    at = errand.clock.now().isoformat()
    is_public = bool(trigger.get("is_public"))
    return {"event": "", "at": at, "properties": properties, "is_public": is_public, "parent": parent}


def _check_other(config: Config, problems: Problems) -> None:
    try:
        row = Journey.objects.filter(pk=uuid.UUID(config["journey"]), archived_at=None).first()
    except ValueError:
        row = None
    if row is None or row.live_id is None:
        problems.add("journey", _("There is no such journey that is live."))
    if "for" in config:
        check_length(config, problems)


def _ways(config: Config) -> tuple[str, ...]:
    return ("goal", "ended", "timeout") if config.get("wait") else ("next",)


LIST = StepKind(
    "list",
    gettext_lazy("Put on a list or take off it"),
    "list",
    {
        "required": ["list"],
        "properties": {
            "list": {
                "type": "string",
                "minLength": 1,
                "maxLength": 200,
                "title": gettext_lazy("List"),
                "format": "list",
            },
            "do": {
                "enum": ["add", "remove"],
                "title": gettext_lazy("What to do"),
                "labels": {"add": gettext_lazy("put on it"), "remove": gettext_lazy("take off it")},
            },
        },
    },
    doing(Act("list", _list)),
    lambda config: (
        (
            _("take off the list “%(name)s”")
            if config.get("do") == "remove"
            else _("put on the list “%(name)s”")
        )
        % {"name": config.get("list", "…")}
    ),
    _check_list,
    changes_people=True,
    permission="segments.edit",
)
CONSENT = StepKind(
    "ask_consent",
    gettext_lazy("Ask for consent"),
    "handshake",
    {
        "required": ["purpose", "channel", "for"],
        "properties": {
            "purpose": {**_SHORT, "title": gettext_lazy("Purpose"), "format": "purpose"},
            "channel": {**_SHORT, "title": gettext_lazy("Channel"), "format": "channel"},
            "for": {**FOR, "title": gettext_lazy("Wait for so long")},
        },
    },
    # A replay takes nobody as having agreed.
    doing(
        Act("consent", _consent, lambda errand: _everybody(errand, "timeout")),
        lambda config: "Consent Granted",
        "given",
    ),
    lambda config: _("ask for consent to “%(purpose)s”") % {"purpose": config.get("purpose", "…")},
    _check_consent,
    lambda config: ("given", "timeout"),
    lambda config: ("Consent Granted",),
    changes_people=True,
    awaited=_granted,
    waits=True,
    permission="people.edit",
)
JOURNEY = StepKind(
    "journey",
    gettext_lazy("Another journey"),
    "route",
    {
        "required": ["journey"],
        "properties": {
            "journey": {
                "type": "string",
                "minLength": 36,
                "maxLength": 36,
                "title": gettext_lazy("Journey"),
                "format": "journey",
            },
            "wait": {"type": "boolean", "title": gettext_lazy("Wait until it has ended for them")},
            "for": {**FOR, "title": gettext_lazy("Wait for so long")},
        },
    },
    # A replay looks at one journey: the other is taken to end at once.
    doing(Act("journey", _other, _ended_at_once)),
    lambda config: _("go through another journey"),
    _check_other,
    _ways,
    waits=True,
    permission="journeys.enrol",
)
KINDS = (LIST, CONSENT, JOURNEY)
