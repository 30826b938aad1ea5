"""Referrals: who brought whom, what speaks against it, and points for both when the first order is beyond return."""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import uuid
from collections.abc import Collection
from dataclasses import dataclass

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import Http404
from django.utils.translation import gettext as _

from rapport.commerce.models import Order
from rapport.core import jobs
from rapport.core.access import Actor
from rapport.core.clock import SYSTEM, Clock
from rapport.core.services import audit
from rapport.loyalty.models import Account, OrderPoints, Referral
from rapport.loyalty.queries import dates
from rapport.loyalty.services import telling
from rapport.loyalty.services.accounts import main_accounts
from rapport.loyalty.services.ledger.books import Books
from rapport.people.models import Person
from rapport.people.normalise import mailbox
from rapport.people.queries import family, identifiers_of
from rapport.people.queries.postal import postal_lines

SOURCE = "referral"
YEAR = dt.timedelta(days=365)
# A shop may tell of the code when the order is placed already.
EARLY = dt.timedelta(days=1)
OPEN = (Referral.State.WAITING, Referral.State.PENDING)
BATCH = 200
Reason = Referral.Reason


@dataclass(frozen=True, slots=True)
class Claim:
    """Whom a code brought. `device` and `payment` are whatever the shop knows these by; only digests are kept."""

    code: str
    person: Person
    device: str = ""
    payment: str = ""


@transaction.atomic
def claim(*, actor: Actor, claim: Claim, clock: Clock = SYSTEM) -> Referral:
    """Notes that a member's code brought somebody; the same again is the same. Raises Http404, ValidationError."""
    actor.require("loyalty.points")
    codes = Account.objects.filter(referral_code=claim.code.strip().upper(), status=Account.Status.ACTIVE)
    account = codes.select_for_update(of=("self",)).select_related("program", "person").first()
    if account is None or account.person is None:
        raise Http404("no such code")
    if not account.program.referral_points and not account.program.referred_points:
        raise ValidationError({"code": _("This programme has no rewards for referrals.")})
    earlier = Referral.objects.filter(program=account.program, person__in=family(claim.person.pk))
    if same := earlier.filter(account=account).order_by("pk").first():
        return same
    referral = Referral(
        program=account.program, account=account, person=claim.person, created_at=clock.now(),
        device=_digest(claim.device), payment=_digest(claim.payment),
    )  # fmt: skip
    referral.reason = _against(referral, account.person, bool(earlier.exclude(state=Referral.State.REFUSED)))
    referral.state = Referral.State.REFUSED if referral.reason else Referral.State.WAITING
    referral.due_at = None if referral.reason else clock.now()
    referral.save(force_insert=True)
    telling.tell_of_referral(referral, account.person if referral.reason else claim.person, clock)
    audit.record(
        actor=actor, action="loyalty_referral.claimed", object_type="loyalty_account", object_id=account.pk,
        data={"state": referral.state, "reason": referral.reason}, clock=clock,
    )  # fmt: skip
    return referral


def _digest(text: str) -> str:
    return (
        hmac.digest(settings.SECRET_KEY.encode(), text.strip().encode(), hashlib.sha256).hex() if text else ""
    )


def _against(referral: Referral, member: Person, is_referred: bool) -> str:
    """The first reason that speaks against it, or nothing."""
    person = referral.person
    assert person is not None
    if person.pk == member.pk:
        return Reason.OWN_CODE
    if is_referred:
        return Reason.REFERRED_BEFORE
    if _mailboxes(person) & _mailboxes(member):
        return Reason.SAME_ADDRESS
    if (home := _household(person)) and home == _household(member):
        return Reason.SAME_HOUSEHOLD
    others = Referral.objects.filter(account=referral.account).exclude(person=person)
    if referral.device and others.filter(device=referral.device).exists():
        return Reason.SAME_DEVICE
    if referral.payment and others.filter(payment=referral.payment).exists():
        return Reason.SAME_PAYMENT
    before = Order.objects.filter(person=person, placed_at__lt=referral.created_at - EARLY)
    if before.exclude(state__in=Order.NOT_STANDING).exists():
        return Reason.NOT_NEW
    return Reason.LIMIT if _brought(referral) >= referral.program.referral_most else ""


def _brought(referral: Referral) -> int:
    """How many others of the year before count."""
    theirs = Referral.objects.filter(account=referral.account, created_at__gt=referral.created_at - YEAR)
    return theirs.exclude(state=Referral.State.REFUSED).exclude(pk=referral.pk).count()


def _mailboxes(person: Person) -> set[str]:
    addresses = identifiers_of(person).filter(type="email").values_list("value", flat=True)
    return {mailbox(address) for address in addresses}


def _household(person: Person) -> str:
    return "\n".join(postal_lines("", person.traits)).casefold()


def note_orders_of(persons: Collection[uuid.UUID], clock: Clock) -> None:
    """Has referrals of those looked at whose orders changed."""
    Referral.objects.filter(person__in=persons, state__in=OPEN).update(due_at=clock.now())


def run_once(clock: Clock) -> int:
    """Looks at what is due; each is decided once, by whichever worker comes first."""
    due = Referral.objects.filter(due_at__lte=clock.now(), program__archived_at=None)
    ids = list(due.order_by("due_at", "pk").values_list("pk", flat=True)[:BATCH])
    return sum(_look(referral_id, clock) for referral_id in ids)


@transaction.atomic
def _look(referral_id: int, clock: Clock) -> bool:
    """Accounts are locked before the referral, as by whoever judges orders: neither waits for the other in a ring."""
    seen = Referral.objects.filter(pk=referral_id).select_related("program", "account").first()
    if seen is None:
        return False
    accounts = _accounts(seen)
    books = Books.open({account.pk for account in accounts.values()}, clock.now())
    due = jobs.claim_rows(Referral.objects.filter(pk=referral_id, due_at__lte=clock.now()), limit=1)
    referral = due[0] if due else None
    # Who was merged meanwhile has other accounts: it is looked at again.
    if referral is None or _accounts(referral).keys() != accounts.keys():
        return False
    _decide(referral, books, clock)
    referral.save()
    return True


def _accounts(referral: Referral) -> dict[uuid.UUID, Account]:
    """The accounts that are rewarded, by person."""
    persons = {referral.account.person_id, referral.person_id}
    return main_accounts(referral.program, [person for person in persons if person])


def _decide(referral: Referral, books: Books, clock: Clock) -> None:
    """Rewards it if the first order is beyond return, or says when to look again."""
    now, program = clock.now(), referral.program
    referral.due_at = None
    if referral.state not in OPEN or referral.person_id is None:
        return
    since = referral.created_at - EARLY
    orders = OrderPoints.objects.filter(program=program, account__person=referral.person_id, spent__gt=0)
    first = orders.filter(at__gte=since).order_by("at", "pk").first()
    if first is None:
        referral.state, referral.order_ref = Referral.State.WAITING, None
        return
    referral.state, referral.order_ref = Referral.State.PENDING, first.order_ref
    beyond = dates.available_at(program, first.at)
    if beyond > now:
        referral.due_at = beyond
        return
    member = referral.account.person
    if member is None or (reason := _against_still(referral, member)):
        referral.state, referral.reason = Referral.State.REFUSED, reason if member else ""
        if member is not None:
            telling.tell_of_referral(referral, member, clock)
        return
    _reward(referral, member, books, clock)
    referral.state = Referral.State.REWARDED
    telling.tell_of_referral(referral, member, clock)


def _against_still(referral: Referral, member: Person) -> str:
    """They may have turned out to be one, or neighbours; or somebody whom another code brought first."""
    person = referral.person
    assert person is not None
    if person.pk == member.pk:
        return Reason.OWN_CODE
    earlier = Referral.objects.filter(program=referral.program_id, person=person, pk__lt=referral.pk)
    if earlier.exclude(state=Referral.State.REFUSED).exists():
        return Reason.REFERRED_BEFORE
    if _mailboxes(person) & _mailboxes(member):
        return Reason.SAME_ADDRESS
    home = _household(person)
    return Reason.SAME_HOUSEHOLD if home and home == _household(member) else ""


def _reward(referral: Referral, member: Person, books: Books, clock: Clock) -> None:
    """Points for both, under keys of the referral: never twice."""
    assert referral.person_id is not None
    program, accounts = referral.program, _accounts(referral)
    for person, points, side in (
        (member.pk, program.referral_points, "member"),
        (referral.person_id, program.referred_points, "referred"),
    ):
        if points and person in accounts:
            books.earn(
                books.accounts[accounts[person].pk],
                points,
                available_at=books.now,
                expires_at=dates.expires_at(program, books.now),
                source=SOURCE,
                key=f"{referral.pk}:{side}",
                reasons=[
                    {"rule": _("A friend who bought") if side == "member" else _("Welcome"), "points": points}
                ],
            )
    telling.tell(books.close(), clock)
