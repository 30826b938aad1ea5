"""A step of journeys that gives a code of a promotion; messages print it as {{ data.steps.STEP.code }}."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from rapport.core.access import Actor
from rapport.journeys.registry import Act, Answers, Config, Errand, Pass, Picker, Problems, StepKind
from rapport.journeys.services.steps.asking import doing
from rapport.promotions.models import Promotion
from rapport.promotions.services.issuing import NothingToIssue, issue_many

# What a replay prints.
SAMPLE = "SAMPLE"


def _give(errand: Errand) -> Answers:
    """The same code whenever somebody comes by; "none" where the promotion has none for them."""
    promotion = Promotion.objects.filter(key=errand.config["promotion"]).first()
    if promotion is None:
        why = {"reason": _("There is no such promotion.")}
        return {position.id: Pass("none", why) for position in errand.positions}
    persons = list({position.person_id for position in errand.positions})
    try:
        codes, _fresh = issue_many(promotion, persons, errand.clock)
    except NothingToIssue as error:
        return {position.id: Pass("none", {"reason": str(error)}) for position in errand.positions}
    answers: dict[int, Pass] = {}
    for position in errand.positions:
        coupon = codes.get(position.person_id)
        until = coupon.expires_at.isoformat() if coupon and coupon.expires_at else ""
        answers[position.id] = (
            Pass("given", answer={"code": coupon.code, "expires_at": until}) if coupon else Pass("none")
        )
    return answers


def _assume(errand: Errand) -> Answers:
    return {position.id: Pass("given", answer={"code": SAMPLE}) for position in errand.positions}


def _check(config: Config, problems: Problems) -> None:
    row = Promotion.objects.filter(key=config["promotion"]).first()
    if row is None:
        problems.add("promotion", _("There is no such promotion."))


STEP = StepKind(
    "coupon",
    gettext_lazy("Give a coupon"),
    "ticket",
    {
        "required": ["promotion"],
        "properties": {
            "promotion": {
                "type": "string",
                "minLength": 1,
                "maxLength": 64,
                "title": gettext_lazy("Promotion"),
                "format": "promotion",
            }
        },
    },
    doing(Act("coupon", _give, _assume)),
    lambda config: _("give a code of “%(name)s”") % {"name": config.get("promotion", "…")},
    _check,
    lambda config: ("given", "none"),
    is_ours=True,
    changes_people=True,
    permission="promotions.edit",
)


def promotions(_actor: Actor) -> list[tuple[str, str]]:
    rows = Promotion.objects.filter(state=Promotion.State.ACTIVE).order_by("name", "key")
    return list(rows.values_list("key", "name"))


PICKER = Picker("promotion", promotions)
