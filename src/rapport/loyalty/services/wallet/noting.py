"""Whose cards have to be looked at: noted where something changes, told by a job, so that nobody waits for Apple."""

from __future__ import annotations

import uuid
from collections.abc import Collection

from django.db.models import F, QuerySet

from rapport.core import jobs
from rapport.core.access import system
from rapport.core.clock import SYSTEM, Clock
from rapport.loyalty.models import Program, WalletPass

JOB = "loyalty.wallet"
ACTOR = system("loyalty cards")


def note(persons: Collection[uuid.UUID], clock: Clock = SYSTEM) -> None:
    """The cards of these persons, in the caller's transaction."""
    _note(WalletPass.objects.filter(account__person__in=persons), clock)


def note_accounts(accounts: Collection[uuid.UUID], clock: Clock = SYSTEM) -> None:
    """The cards of these accounts, whosever they are now."""
    _note(WalletPass.objects.filter(account__in=accounts), clock)


def note_program(program: Program, clock: Clock = SYSTEM) -> None:
    """All cards of a programme."""
    _note(WalletPass.objects.filter(account__program=program), clock)


def note_all(clock: Clock = SYSTEM) -> None:
    """All cards: what they look like has changed."""
    WalletPass.objects.update(due=F("due") + 1)
    request(clock)


def _note(passes: QuerySet[WalletPass], clock: Clock) -> None:
    if passes.update(due=F("due") + 1):
        request(clock)


def request(clock: Clock) -> None:
    """Has the job run; one that runs already looks again, and the one of every five minutes catches the rest."""
    try:
        jobs.enqueue(actor=ACTOR, kind=JOB, unique_key=JOB, clock=clock)
    except jobs.AlreadyQueued:
        return
