"""A member's personal link, and what a friend says on the page behind it.

Nobody proves there that the address is theirs: an order does, and before one nobody gets points.
"""

from __future__ import annotations

from django.conf import settings
from django.http import Http404
from django.urls import reverse

from rapport.core.access import system
from rapport.core.clock import Clock
from rapport.loyalty.models import Account, Program
from rapport.loyalty.services import referrals
from rapport.people.models import Person
from rapport.people.queries import named_by, survivor_of
from rapport.people.services import profile

ACTOR = system("loyalty referrals")


def link(account: Account) -> str:
    """Where a member's friends begin."""
    return f"{settings.PUBLIC_URL}{reverse('loyalty:refer', args=[account.referral_code])}"


def is_rewarded(program: Program) -> bool:
    return bool(program.referral_points or program.referred_points)


def account_of(code: str) -> Account:
    """Whose link it is, while it brings something. Raises Http404."""
    rows = Account.objects.filter(
        status=Account.Status.ACTIVE, person__isnull=False, program__archived_at=None
    )
    account = rows.filter(referral_code=code.strip().upper()).select_related("program", "person").first()
    if account is None or not is_rewarded(account.program):
        raise Http404("no such invitation")
    return account


def accept(*, code: str, email: str, name: str, device: str, clock: Clock) -> None:
    """Notes whom the link brought: `email` is normal. Whether it counts is told to nobody here. Raises Http404."""
    account = account_of(code)
    if person := _person(email, name, clock):
        claim = referrals.Claim(account.referral_code, person, device=device)
        referrals.claim(actor=ACTOR, claim=claim, clock=clock)


def _person(email: str, name: str, clock: Clock) -> Person | None:
    """Whose address it is, or somebody new; what is on record of somebody stays as it is."""
    named = [("email", email)]
    if there := named_by(named):
        rows = Person.objects.filter(pk__in=survivor_of(there).values(), erased_at=None, restricted_at=None)
        return rows.first()
    traits = {"name": name} if name else {}
    return profile.create_person(actor=ACTOR, identifiers=named, traits=traits, source="loyalty", clock=clock)
