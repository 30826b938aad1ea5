"""Reads of programmes, accounts and their ledger: accounts of the people that the actor may see."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from django.db.models import Q, QuerySet, Sum
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.urls import reverse

from rapport.core import sql
from rapport.core.access import Actor
from rapport.core.clock import SYSTEM, Clock
from rapport.core.links import RecordUse, UseFinder
from rapport.core.permissions import Reach
from rapport.loyalty.models import Account, EarnRule, Entry, Lot, Posting, Program
from rapport.people.models import Person
from rapport.segments.models import Segment

SEE = "loyalty.view"
BY_KEY = "SELECT id FROM loyalty_entry WHERE program_id = %b AND source = %b AND key = %b AND key <> ''"


def programs(actor: Actor) -> QuerySet[Program]:
    """Programmes, those in use first."""
    if not actor.may(SEE):
        raise Http404
    return Program.objects.order_by("archived_at", "name", "pk")


def program_for(actor: Actor, key: str) -> Program:
    """Raises Http404."""
    return get_object_or_404(programs(actor), key=key)


def active_programs() -> list[Program]:
    """Those in which points are earned."""
    return list(Program.objects.filter(archived_at=None).order_by("pk"))


def rules(program: Program, now: dt.datetime) -> QuerySet[EarnRule]:
    """The rules that hold, or will."""
    return program.rules.filter(Q(ends_at=None) | Q(ends_at__gt=now)).order_by("starts_at", "pk")


def rule_for(program: Program, rule_id: int, now: dt.datetime) -> EarnRule:
    """Raises Http404."""
    return get_object_or_404(rules(program, now), pk=rule_id)


def _of_segments(segment_ids: list[uuid.UUID], clock: Clock = SYSTEM) -> dict[uuid.UUID, list[RecordUse]]:
    """Programmes with rules for members of these; while one holds, or will, its segment stays."""
    ids = dict(Segment.objects.filter(pk__in=segment_ids).values_list("key", "pk"))
    holding = EarnRule.objects.filter(Q(ends_at=None) | Q(ends_at__gt=clock.now()), segment__in=ids)
    rows = holding.filter(program__archived_at=None).select_related("program")
    uses: dict[uuid.UUID, list[RecordUse]] = {}
    for row in rows.order_by("program__name", "pk"):
        address = reverse("loyalty:program", args=[row.program.key])
        use = RecordUse("loyalty_program", f"{row.program.name}: {row.name}", address, blocks=True)
        uses.setdefault(ids[row.segment], []).append(use)
    return uses


FINDER = UseFinder("loyalty rules of segments", "segment", _of_segments)


def reachable(actor: Actor, permission: str = SEE) -> Q:
    """The condition that an account is of somebody whom the permission covers."""
    if actor.reach(permission) is Reach.ALL:
        return Q()
    return Q(person__in=Person.objects.visible_to(actor, permission).values("pk"))


def accounts(actor: Actor) -> QuerySet[Account]:
    """Members' accounts, the newest first."""
    if not actor.may(SEE):
        raise Http404
    rows = Account.objects.filter(reachable(actor)).select_related("person", "program", "tier")
    return rows.order_by("-joined_at", "id")


def account_for(actor: Actor, account_id: uuid.UUID) -> Account:
    """Raises Http404."""
    return get_object_or_404(accounts(actor), pk=account_id)


def is_visible(actor: Actor, account_id: uuid.UUID) -> bool:
    """Whether the actor may see it, should there be such an account."""
    return actor.may(SEE) and (
        actor.reach(SEE) is Reach.ALL or accounts(actor).filter(pk=account_id).exists()
    )


def require_visible(actor: Actor, account_id: uuid.UUID) -> None:
    """Raises Http404."""
    if not is_visible(actor, account_id):
        raise Http404("no such account")


def accounts_of(actor: Actor, person: Person) -> QuerySet[Account]:
    """The accounts of a person, the main one of each programme first."""
    return accounts(actor).filter(person=person).order_by("program__name", "joined_at", "id")


def main_account(program: Program, person_id: uuid.UUID) -> Account | None:
    """The account of a person that earns."""
    rows = Account.objects.filter(program=program, person_id=person_id, status=Account.Status.ACTIVE)
    return rows.select_related("program", "person").order_by("joined_at", "pk").first()


def entries(account: Account) -> QuerySet[Entry]:
    """The statement, newest first: what came to it from others, too."""
    rows = Entry.objects.filter(Q(account=account) | Q(other=account))
    return rows.select_related("other__person", "account__person").order_by("-at", "-pk")


def entry_by_key(program: Program, source: str, key: str) -> Entry | None:
    rows = sql.run(BY_KEY, [program.pk, source, key], prepare=True)
    return Entry.objects.get(pk=rows[0][0]) if rows else None


def next_expiry(account: Account) -> tuple[dt.datetime, int] | None:
    """When which points expire next."""
    lots = Lot.objects.filter(account=account, remaining__gt=0, expires_at__isnull=False)
    row = lots.values("expires_at").annotate(points=Sum("remaining")).order_by("expires_at").first()
    return (row["expires_at"], row["points"]) if row else None


def books(program: Program) -> dict[str, int]:
    """{book: points in it}. Together they are nothing."""
    rows: Any = Posting.objects.filter(entry__program=program).values("book").annotate(sum=Sum("points"))
    return {row["book"]: row["sum"] for row in rows}
