"""`{{ loyalty_card.club }}` in messages: the address of the member's card in the programme `club`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from django.conf import settings
from django.utils.translation import gettext as _

from rapport.content.registry import Addressee, LiquidVariable
from rapport.content.services.liquid_source import TemplateError
from rapport.core.clock import SYSTEM, Clock
from rapport.loyalty.models import Program
from rapport.loyalty.services.accounts import main_accounts
from rapport.loyalty.services.wallet import links


def _name(program: Program) -> str:
    return program.key.replace("-", "_")


def values(
    addressees: Sequence[Addressee], keys: Sequence[str], clock: Clock = SYSTEM
) -> list[Mapping[str, str] | Exception]:
    """{key: address} for each. A message that promises a card does not go to who has none."""
    programs = {_name(program): program for program in Program.objects.filter(archived_at=None)}
    if unknown := sorted(set(keys) - programs.keys()):
        words = _("there is no loyalty programme “%(key)s”") % {"key": unknown[0][:40]}
        return [TemplateError(words) for _addressee in addressees]
    persons = {addressee.person_id for addressee in addressees}
    accounts = {key: main_accounts(programs[key], persons) for key in keys}
    answers: list[Mapping[str, str] | Exception] = []
    for addressee in addressees:
        theirs = {key: members.get(addressee.person_id) for key, members in accounts.items()}
        there = {key: links.card_url(account, clock.now()) for key, account in theirs.items() if account}
        is_member = len(there) == len(theirs)
        answers.append(there if is_member else TemplateError(_("they are no member of the programme")))
    return answers


def sample() -> Mapping[str, str]:
    """An address for each programme that leads nowhere."""
    programs = Program.objects.filter(archived_at=None)[:1_000]
    return {_name(program): f"{settings.PUBLIC_URL}/loyalty/card/example/" for program in programs}


VARIABLE = LiquidVariable("loyalty_card", values, sample)
