"""`{{ coupon.spring }}` in messages: the person's code of the promotion `spring`, issued when it is first needed."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence

from django.utils.translation import gettext as _

from rapport.content.registry import LiquidVariable
from rapport.content.services.liquid_source import TemplateError
from rapport.promotions.models import Promotion
from rapport.promotions.services import issuing

# What a preview shows: no code can have these letters.
EXAMPLE = "EXAMPLE-CODE"


def values(person_id: uuid.UUID, keys: Sequence[str]) -> Mapping[str, str]:
    """{key: code}. Raises TemplateError: a message that promises a coupon does not go without one."""
    promotions = {promotion.key: promotion for promotion in Promotion.objects.filter(key__in=keys)}
    codes = {}
    for key in keys:
        if key not in promotions:
            raise TemplateError(_("there is no promotion “%(key)s”") % {"key": key[:40]})
        try:
            coupons, _fresh = issuing.issue_many(promotions[key], [person_id])
        except issuing.NothingToIssue as error:
            raise TemplateError(str(error)) from error
        codes[key] = str(coupons[person_id])
    return codes


def sample() -> Mapping[str, str]:
    """An example for each promotion."""
    return dict.fromkeys(Promotion.objects.values_list("key", flat=True)[:1_000], EXAMPLE)


VARIABLE = LiquidVariable("coupon", values, sample)
