"""Steps that decide: by rules, by what has worked so far, or by an experiment. What was likely is written down."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import F
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from rapport.experiments.models import Experiment
from rapport.experiments.services import assignments
from rapport.journeys.models import ChoiceArm
from rapport.journeys.registry import (
    Act,
    Answers,
    Arrival,
    Config,
    Effects,
    Errand,
    Outcome,
    Pass,
    Position,
    Problems,
    StepKind,
    World,
)
from rapport.journeys.services import bandit, conditions
from rapport.journeys.services.conditions import Context
from rapport.journeys.services.steps.asking import doing
from rapport.journeys.services.steps.branching import drawn
from rapport.journeys.services.steps.choices import tell

NONE = "none"
EXPLORE = 0.1
_NAME = "^[a-z0-9_-]{1,40}$"


def _run(
    step: str, config: Config, arrivals: Sequence[Arrival], world: World, effects: Effects
) -> list[Outcome]:
    """Those with the same options together: by rules the first that fits, otherwise one is drawn."""
    fitting = _fitting(config, arrivals, world)
    together: dict[tuple[str, ...], list[Position]] = defaultdict(list)
    for arrival in arrivals:
        if options := fitting[arrival.position.id]:
            together[options[:1] if config.get("by") == "rules" else options].append(arrival.position)
    answers: dict[int, Pass] = {}
    for options, positions in together.items():
        among = {**config, "options": {name: config["options"][name] for name in options}}
        answers |= effects.act(CHOOSE, step, among, positions)
    tell(step, effects, answers, [arrival.position for arrival in arrivals])
    return [answers.get(arrival.position.id) or Pass(NONE) for arrival in arrivals]


def _fitting(config: Config, arrivals: Sequence[Arrival], world: World) -> dict[int, tuple[str, ...]]:
    """{position: the options whose condition holds for them}"""
    persons = [arrival.position.person_id for arrival in arrivals]
    rules: Mapping[str, Any] = {name: option.get("if") for name, option in config["options"].items()}
    traits = world.traits(persons)
    keys = {key for rule in rules.values() for key in conditions.segments(rule)}
    inside = {key: world.members(key, persons) for key in keys}
    fitting = {}
    for arrival in arrivals:
        person, data = arrival.position.person_id, arrival.position.data
        context = Context(
            traits.get(person, {}),
            [key for key, members in inside.items() if person in members],
            data.get("trigger", {}).get("properties", {}),
            data,
        )
        fitting[arrival.position.id] = tuple(
            name for name, rule in rules.items() if rule is None or conditions.holds(rule, context)
        )
    return fitting


def _choose(errand: Errand) -> Answers:
    """By what has worked, and counted."""
    rows = ChoiceArm.objects.filter(journey_id=errand.journey_id, step=errand.step)
    arms = {option: (chosen, won) for option, chosen, won in rows.values_list("option", "chosen", "won")}
    answers = _drawn(errand, arms)
    counted = Counter(answer.branch for answer in answers.values())
    missing = [
        ChoiceArm(journey_id=errand.journey_id, step=errand.step, option=option)
        for option in sorted(counted)
        if option not in arms
    ]
    ChoiceArm.objects.bulk_create(missing, ignore_conflicts=True)
    for option, count in sorted(counted.items()):
        rows.filter(option=option).update(chosen=F("chosen") + count)
    return answers


def _drawn(errand: Errand, arms: Mapping[str, tuple[int, int]]) -> Answers:
    options = list(errand.config["options"])
    explore = 0.0 if errand.config.get("by") == "rules" else errand.config.get("explore", EXPLORE)
    likely = bandit.propensities({option: arms.get(option, (0, 0)) for option in options}, explore)
    answers = {}
    for position in errand.positions:
        option = drawn(position.person_id, f"{errand.step} {position.key} {position.moves}", likely)
        propensity = round(likely[option], 6)
        answers[position.id] = Pass(
            option,
            {"propensity": propensity, "of": len(options)},
            {"option": option, "propensity": propensity},
        )
    return answers


def _check(config: Config, problems: Problems) -> None:
    if NONE in config["options"]:
        problems.add("options", _("“none” is the way of those for whom no option fits."))
    for name, option in config["options"].items():
        for words in conditions.faults(option.get("if")):
            problems.add(f"options.{name}.if", words)


def _experiment(errand: Errand) -> Answers:
    """Each meets their variant; when it is decided, everybody gets the winner."""
    row = Experiment.objects.get(key=errand.config["experiment"])
    given = assignments.variants_for(row, list({position.person_id for position in errand.positions}))
    if row.state == Experiment.State.RUNNING:
        assignments.expose(row, given, clock=errand.clock)
    return {position.id: _variant(errand, given[position.person_id].key) for position in errand.positions}


def _variant(errand: Errand, key: str) -> Pass:
    return Pass(key, {"variant": key}, {"variant": key})


def _evenly(errand: Errand) -> Answers:
    """A replay draws with equal shares."""
    shares = dict.fromkeys(errand.config["variants"], 1.0)
    return {
        position.id: _variant(errand, drawn(position.person_id, errand.config["experiment"], shares))
        for position in errand.positions
    }


def _check_experiment(config: Config, problems: Problems) -> None:
    row = Experiment.objects.filter(key=config["experiment"]).first()
    if row is None or row.state == Experiment.State.DRAFT:
        problems.add("experiment", _("There is no such experiment that runs."))
    elif set(row.variants.values_list("key", flat=True)) != set(config["variants"]):
        problems.add("variants", _("These are not the variants of the experiment."))


CHOOSE = Act("decide", _choose, lambda errand: _drawn(errand, {}))
DECIDE = StepKind(
    "decide",
    gettext_lazy("Decide"),
    "sparkles",
    {
        "required": ["options"],
        "properties": {
            "options": {
                "type": "object",
                "title": gettext_lazy("Options"),
                "minProperties": 1,
                "maxProperties": 20,
                "propertyNames": {"pattern": _NAME},
                "additionalProperties": {
                    "type": "object",
                    "additionalProperties": False,
                    "properties": {"if": {"$ref": "#/$defs/condition"}},
                },
            },
            "by": {
                "enum": ["learning", "rules"],
                "title": gettext_lazy("By"),
                "labels": {
                    "learning": gettext_lazy("what has worked"),
                    "rules": gettext_lazy("the first that fits"),
                },
            },
            "explore": {
                "type": "number",
                "minimum": 0,
                "maximum": 1,
                "title": gettext_lazy("Share that tries things out"),
            },
        },
    },
    _run,
    lambda config: _("decide among %(options)s") % {"options": ", ".join(config.get("options", {}))},
    _check,
    lambda config: (*config["options"], NONE),
)
EXPERIMENT = StepKind(
    "experiment",
    gettext_lazy("Experiment"),
    "chart-column",
    {
        "required": ["experiment", "variants"],
        "properties": {
            "experiment": {
                "type": "string",
                "minLength": 1,
                "maxLength": 40,
                "title": gettext_lazy("Experiment"),
                "format": "experiment",
            },
            "variants": {
                "type": "array",
                "title": gettext_lazy("Variants"),
                "minItems": 2,
                "maxItems": 10,
                "uniqueItems": True,
                "items": {"type": "string", "pattern": _NAME},
            },
        },
    },
    doing(Act("experiment", _experiment, _evenly)),
    lambda config: _("by the experiment “%(name)s”") % {"name": config.get("experiment", "…")},
    _check_experiment,
    lambda config: tuple(config["variants"]),
)
KINDS = (DECIDE, EXPERIMENT)
