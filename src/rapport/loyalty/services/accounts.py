"""Accounts: who joins a programme, with which card, and whether the account is open."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable, Mapping

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import F, QuerySet
from django.utils.translation import gettext as _

from rapport.core import jobs
from rapport.core.access import Actor, system
from rapport.core.clock import SYSTEM, Clock
from rapport.core.services import audit
from rapport.loyalty.models import Account, Program
from rapport.loyalty.queries import accounts as queries
from rapport.people.models import Person
from rapport.people.normalise import normalise
from rapport.people.queries import named_among
from rapport.people.services import profile

CARD = "card_number"


@transaction.atomic
def join(
    *, actor: Actor, program: Program, person: Person, card_number: str = "", clock: Clock = SYSTEM
) -> Account:
    """Makes somebody a member; who is one stays so. A card number becomes their identifier. Raises ValidationError."""
    actor.require("loyalty.points")
    if program.archived_at:
        raise ValidationError({"program": _("This programme has ended.")})
    account = queries.main_account(program, person.pk)
    if account is None:
        ensure(program, {person.pk: clock.now()})
        account = queries.main_account(program, person.pk)
        if account is None:
            raise ValidationError(_("Their account was closed. Open it again instead."))
        audit.record(
            actor=actor,
            action="loyalty_account.joined",
            object_type="loyalty_account",
            object_id=account.pk,
            data={"program": program.key},
            clock=clock,
        )
    if card_number:
        give_card(actor=actor, account=account, card_number=card_number, clock=clock)
    return account


def enrol(program: Program, persons: Mapping[uuid.UUID, dt.datetime]) -> None:
    """Makes members of those who have no open account and are known: nobody can tell a visitor of their points."""
    there = main_accounts(program, persons)
    named = named_among(set(persons) - set(there))
    ensure(program, {person: at for person, at in persons.items() if person in named})


def ensure(program: Program, persons: Mapping[uuid.UUID, dt.datetime]) -> None:
    """Accounts for those who have none, joined at these times."""
    Account.objects.bulk_create(
        [
            Account(program=program, person_id=person, home=person, joined_at=at)
            for person, at in sorted(persons.items())
        ],
        ignore_conflicts=True,
        batch_size=2_000,
    )


@transaction.atomic
def give_card(
    *, actor: Actor, account: Account, card_number: str, is_first: bool = False, clock: Clock = SYSTEM
) -> None:
    """Gives the account a card: whoever shows it at a till is this person. One that `is_first` replaces none.

    Raises ValidationError.
    """
    actor.require("loyalty.points")
    number = normalise(CARD, card_number)
    if not number or account.person_id is None:
        raise ValidationError({"card_number": _("This is no card number.")})
    try:
        with transaction.atomic():
            rows = Account.objects.filter(pk=account.pk, **({"card_number": ""} if is_first else {}))
            is_given = rows.update(card_number=number, is_due=True)
    except IntegrityError as error:
        raise ValidationError({"card_number": _("This card is another member's.")}) from error
    if not is_given:
        raise ValidationError({"card_number": _("They have a card already.")})
    if not profile.add_identifier(
        actor=system("loyalty"), person_id=account.person_id, identifier=(CARD, number), source="loyalty", clock=clock
    ):  # fmt: skip
        raise ValidationError({"card_number": _("This card is another person's.")})
    account.card_number = number
    audit.record(
        actor=actor,
        action="loyalty_account.card_given",
        object_type="loyalty_account",
        object_id=account.pk,
        clock=clock,
    )


@transaction.atomic
def set_status(*, actor: Actor, account: Account, status: str, clock: Clock = SYSTEM) -> None:
    """Blocks an account, or opens it again. A blocked one neither earns nor spends."""
    actor.require("loyalty.points")
    if status not in Account.Status.values:
        raise ValidationError({"status": _("Choose a state.")})
    Account.objects.filter(pk=account.pk).update(status=status, is_due=True)
    audit.record(
        actor=actor,
        action="loyalty_account.status_changed",
        object_type="loyalty_account",
        object_id=account.pk,
        data={"status": status},
        clock=clock,
    )


REVIEW_JOB = "loyalty.review"
CHUNK = 5_000


def request_review(program_id: int, clock: Clock = SYSTEM) -> None:
    """Has all members of a programme judged anew, by a job: there may be millions, and a page waits for nobody."""
    jobs.enqueue(actor=system("loyalty"), kind=REVIEW_JOB, payload={"program": program_id}, clock=clock)


def review_all(job: jobs.RunningJob) -> dict[str, int]:
    """The job."""
    members = Account.objects.filter(program=job.payload["program"], person__isnull=False).order_by("pk")
    total, done, after = members.count(), 0, None
    while ids := list(
        (members.filter(pk__gt=after) if after else members).values_list("pk", flat=True)[:CHUNK]
    ):
        with transaction.atomic():
            mark_due(Account.objects.filter(pk__in=ids))
            done, after = done + len(ids), ids[-1]
            job.step(done=done, total=total)
    return {"accounts": done}


def mark_due(accounts: QuerySet[Account]) -> None:
    """Has tiers and traits of these accounts worked out anew."""
    accounts.update(is_due=True, version=F("version") + 1)


def main_accounts(program: Program, persons: Iterable[uuid.UUID]) -> dict[uuid.UUID, Account]:
    """{person: the account that earns}: the first open one."""
    rows = Account.objects.filter(
        program=program, person_id__in=set(persons), status=Account.Status.ACTIVE
    ).order_by("-joined_at", "-pk")
    return {account.person_id: account for account in rows if account.person_id}
