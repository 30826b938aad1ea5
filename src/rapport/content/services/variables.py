"""What templates know beside the person: the segments they are in, and products.

`{% if segments.vip %}`, `{% for product in products.viewed limit: 3 %}`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _

from rapport.commerce.queries import product_cards
from rapport.content.registry import Addressee, LiquidVariable
from rapport.content.services.liquid_source import TemplateError
from rapport.core.clock import SYSTEM, Clock
from rapport.segments.queries import segments

OWN = ("viewed", "wished", "carted", "bought")
EVERYBODYS = ("top", "new")
MOST_EXAMPLES = 6


def in_segments(addressees: Sequence[Addressee], keys: Sequence[str]) -> list[Mapping[str, Any] | Exception]:
    """{key: true} for the segments that each is in when the message is written."""
    if unknown := sorted(set(keys) - segments.names().keys()):
        words = _("there is no segment “%(key)s”") % {"key": unknown[0][:60]}
        return [TemplateError(words) for _addressee in addressees]
    inside = segments.keys_of(list({addressee.person_id for addressee in addressees}), keys)
    return [{key: key in inside[addressee.person_id] for key in keys} for addressee in addressees]


def products(
    addressees: Sequence[Addressee], keys: Sequence[str], clock: Clock = SYSTEM
) -> list[Mapping[str, Any] | Exception]:
    """{key: cards} for each, by one question for each key that is the person's own."""
    if unknown := sorted(set(keys) - {*OWN, *EVERYBODYS}):
        words = _("there is no list of products “%(key)s”; there are %(keys)s")
        problem = words % {"key": unknown[0][:60], "keys": ", ".join((*OWN, *EVERYBODYS))}
        return [TemplateError(problem) for _addressee in addressees]
    now, persons = clock.now(), list({addressee.person_id for addressee in addressees})
    shared = {key: _everybodys(key, now) for key in keys if key in EVERYBODYS}
    own = {key: product_cards.of_persons(persons, key, now) for key in keys if key in OWN}
    return [
        shared | {key: cards[addressee.person_id] for key, cards in own.items()} for addressee in addressees
    ]


def sample_products(clock: Clock = SYSTEM) -> Mapping[str, Any]:
    """The same few of the catalogue for each."""
    return dict.fromkeys((*OWN, *EVERYBODYS), product_cards.newest(clock.now())[:MOST_EXAMPLES])


def _everybodys(key: str, now: dt.datetime) -> list[product_cards.Card]:
    return product_cards.top(now) if key == "top" else product_cards.newest(now)


SEGMENTS = LiquidVariable("segments", in_segments, dict, is_read_only=True)
PRODUCTS = LiquidVariable("products", products, sample_products, is_read_only=True)
