"""`{{ coupon.spring }}` in messages: the person's code of the promotion `spring`, issued when it is first needed."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence

from django.utils.translation import gettext as _

from rapport.content.registry import Addressee, LiquidVariable
from rapport.content.services.liquid_source import TemplateError
from rapport.promotions.models import Coupon, Promotion
from rapport.promotions.services import issuing

# What a preview shows: no code can have these letters.
EXAMPLE = "EXAMPLE-CODE"


def values(addressees: Sequence[Addressee], keys: Sequence[str]) -> list[Mapping[str, str] | Exception]:
    """{key: code} for each, by few statements for all of them.

    A TemplateError where there is none: a message that promises a coupon does not go without one.
    """
    promotions = {promotion.key: promotion for promotion in Promotion.objects.filter(key__in=keys)}
    if unknown := sorted(set(keys) - promotions.keys()):
        words = _("there is no promotion “%(key)s”") % {"key": unknown[0][:40]}
        return [TemplateError(words) for _addressee in addressees]
    persons = list({addressee.person_id for addressee in addressees})
    issued = {key: _issued(promotion, persons) for key, promotion in promotions.items()}
    answers: list[Mapping[str, str] | Exception] = []
    for addressee in addressees:
        why = [words for theirs, words in issued.values() if addressee.person_id not in theirs]
        codes = {key: str(theirs[addressee.person_id]) for key, (theirs, _words) in issued.items() if not why}
        answers.append(TemplateError(why[0]) if why else codes)
    return answers


def _issued(promotion: Promotion, persons: Sequence[uuid.UUID]) -> tuple[dict[uuid.UUID, Coupon], str]:
    """(codes of those who have one, why the others have none)."""
    try:
        given, _fresh = issuing.issue_many(promotion, persons)
    except issuing.NothingToIssue as error:
        return issuing.issued(promotion, persons), str(error)
    return given, issuing.none_left(promotion)


def sample() -> Mapping[str, str]:
    """An example for each promotion."""
    return dict.fromkeys(Promotion.objects.values_list("key", flat=True)[:1_000], EXAMPLE)


VARIABLE = LiquidVariable("coupon", values, sample)
