"""Why a code does not hold: a stable name for programs, and words for people."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext_lazy as _

# Names do not change; programs decide by them.
WORDS = {
    "unknown_code": _("There is no such code."),
    "blocked": _("The code is blocked."),
    "stopped": _("The promotion was stopped."),
    "not_started": _("The promotion has not begun yet."),
    "ended": _("The promotion is over."),
    "expired": _("The code has expired."),
    "used_up": _("The code has been used already."),
    "total_limit": _("The promotion has been used as often as it may be."),
    "budget_spent": _("What is left of the promotion's budget is not enough."),
    "person_limit": _("This person has used the promotion as often as anybody may."),
    "person_needed": _("The promotion is for known people: say who they are."),
    "other_person": _("The code was issued to somebody else."),
    "not_in_segment": _("This person does not belong to the group the promotion is for."),
    "not_first_order": _("The promotion is for a first order, and this person has ordered before."),
    "below_minimum": _("The goods come to less than the minimum of %(minimum)s."),
    "too_few": _("At least %(quantity)s pieces of what the promotion is for are needed."),
    "nothing_fits": _("Nothing in the cart is what the promotion is for."),
    "no_shipping": _("The cart says no shipping costs that could be taken off."),
    "wrong_currency": _("The promotion is in %(currency)s."),
    "not_combinable": _("The code cannot be used together with another one."),
    "too_many_tries": _("Too many wrong codes were tried. Wait some minutes."),
    "reserved": _("The code is held for another cart."),
    "no_amount": _("This is no amount of money in %(currency)s."),
    "insufficient": _("There are only %(balance)s on the gift card."),
    "card_currency": _("The gift card is in %(currency)s."),
    "blocked_card": _("The gift card is blocked."),
    "expired_card": _("The gift card has expired."),
    "not_paid_by": _("The gift card has paid only %(paid)s of this order, less what came back."),
}


@dataclass(frozen=True, slots=True)
class Refusal:
    """One reason; `values` fill its words in."""

    code: str
    values: Mapping[str, Any] = field(default_factory=dict)

    @property
    def words(self) -> str:
        return str(WORDS[self.code]) % self.values


class Refused(Exception):
    """A code that does not hold; the first reason counts most."""

    def __init__(self, *refusals: Refusal) -> None:
        super().__init__(refusals[0].words)
        self.refusals = refusals

    @property
    def code(self) -> str:
        return self.refusals[0].code


class TooManyTries(Refused):
    """So many wrong codes came from there that none is looked at for `wait` seconds."""

    def __init__(self, wait: int) -> None:
        super().__init__(Refusal("too_many_tries"))
        self.wait = wait
