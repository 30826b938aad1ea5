"""Evidence in words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from rapport.core.ui import formats
from rapport.quality.models import MatchCandidate

FIELDS: dict[str, str | Promise] = {
    "name": gettext_lazy("Name"),
    "birth": gettext_lazy("Date of birth"),
    "email": gettext_lazy("Email"),
    "phone": gettext_lazy("Phone"),
    "address": gettext_lazy("Street"),
    "place": gettext_lazy("Town and postcode"),
    "location": gettext_lazy("Street and town"),
    "number": gettext_lazy("Customer or identity number"),
    "region": gettext_lazy("Region"),
    "country": gettext_lazy("Country"),
    "gender": gettext_lazy("Gender"),
    "occupation": gettext_lazy("Occupation"),
    "domain": gettext_lazy("Website"),
    "tax_number": gettext_lazy("Tax number"),
}
LEVELS: dict[str, str | Promise] = {
    "same": gettext_lazy("the same"),
    "same_or_short": gettext_lazy("the same, or a short form of it"),
    "swapped": gettext_lazy("first and last name swapped"),
    "surname_and_like": gettext_lazy("same surname, similar first name"),
    "given_and_like": gettext_lazy("same first name, similar surname"),
    "both_like": gettext_lazy("both names similar"),
    "part": gettext_lazy("several words in common"),
    "surname": gettext_lazy("only the surname is the same"),
    "given": gettext_lazy("only the first name is the same"),
    "relative": gettext_lazy("same surname and home, another first name"),
    "one_word": gettext_lazy("one word in common"),
    "one_slip": gettext_lazy("one typo apart"),
    "two_slips": gettext_lazy("two typos apart"),
    "day_month_swapped": gettext_lazy("day and month swapped"),
    "year_only": gettext_lazy("same year, one with a placeholder day"),
    "year": gettext_lazy("only the year is the same"),
    "same_local": gettext_lazy("same name before the @"),
    "same_named_local": gettext_lazy("same name before the @"),
    "like": gettext_lazy("similar"),
    "same_ending": gettext_lazy("same last digits"),
    "somewhat": gettext_lazy("somewhat similar"),
    "both_same": gettext_lazy("both the same"),
    "postcode": gettext_lazy("same postcode"),
    "city_and_area": gettext_lazy("same town and postcode area"),
    "city_like_and_slip": gettext_lazy("similar town, postcode one typo apart"),
    "city": gettext_lazy("same town"),
    "postcode_slip": gettext_lazy("postcode one typo apart"),
    "area": gettext_lazy("same postcode area"),
    "city_like": gettext_lazy("similar town"),
    "same_words": gettext_lazy("the same words in another order"),
    "contained": gettext_lazy("one name is part of the other"),
    "most_words": gettext_lazy("most words in common"),
    "first_word": gettext_lazy("same first word"),
    "same_stem": gettext_lazy("same name, other ending"),
    "house_and_city": gettext_lazy("same house number and town"),
    "else": gettext_lazy("different"),
}
STEPS: dict[str, str | Promise] = {
    "": gettext_lazy("Waiting"),
    "read": gettext_lazy("Reading records"),
    "prepare": gettext_lazy("Normalising names, dates and addresses"),
    "learn": gettext_lazy("Learning what duplicates look like"),
    "block": gettext_lazy("Choosing the pairs to compare"),
    "compare": gettext_lazy("Comparing pairs"),
    "group": gettext_lazy("Grouping"),
    "write": gettext_lazy("Writing"),
    "apply": gettext_lazy("Proposing and merging"),
}
# Bits that fill a whole bar.
_FULL = 16.0
# What multiplies the odds by less says little.
_LITTLE = 1.2


@dataclass(frozen=True, slots=True)
class Bar:
    """One piece of evidence: `share` of a full bar, 0 to 100, for or against."""

    field: str
    level: str
    weight: float
    share: int

    @property
    def speaks_for(self) -> bool:
        return self.weight > 0

    @property
    def side(self) -> str:
        """for, against, or neither: what hardly changes the odds has no colour."""
        if 2 ** abs(self.weight) < _LITTLE:
            return "neither"
        return "for" if self.speaks_for else "against"

    @property
    def text(self) -> str:
        """How strong it is, in words: a bit doubles the odds."""
        factor = 2 ** min(abs(self.weight), 20)
        if factor < _LITTLE:
            return _("weak evidence")
        shown = formats.number(round(factor) if factor >= 10 else round(factor, 1))
        if self.speaks_for:
            return _("%(factor)s times likelier") % {"factor": shown}
        return _("%(factor)s times less likely") % {"factor": shown}


def bars(evidence: list[dict[str, Any]]) -> list[Bar]:
    """Evidence as bars, strongest first."""
    return [
        Bar(
            str(FIELDS.get(word["field"], word["field"])),
            str(LEVELS.get(word["level"], word["level"])),
            float(word["weight"]),
            max(2, min(100, round(abs(float(word["weight"])) / _FULL * 100))),
        )
        for word in evidence
    ]


def likelihood(pair: MatchCandidate) -> str:
    """How likely the two are one; never certain."""
    return formats.percent(min(0.999, pair.probability))
