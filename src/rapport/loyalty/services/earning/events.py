"""Points for events that a server told: each event once for each rule."""

from __future__ import annotations

import logging

from django.db import InterfaceError, OperationalError, transaction

from rapport.core.clock import Clock
from rapport.loyalty.models import EarnRule, Entry, HeardEvent, Program
from rapport.loyalty.queries import dates
from rapport.loyalty.queries.accounts import active_programs, entry_by_key
from rapport.loyalty.services import telling
from rapport.loyalty.services.accounts import enrol, main_accounts
from rapport.loyalty.services.earning.worth import holds
from rapport.loyalty.services.ledger.books import Books
from rapport.people.queries import survivor_of
from rapport.segments.models import Membership

logger = logging.getLogger("rapport.loyalty")
BATCH = 200


def run_once(clock: Clock) -> int:
    """Takes the events that wait longest; one that cannot be judged is left out and holds up no other."""
    heard = list(HeardEvent.objects.order_by("pk")[:BATCH])
    for event in heard:
        try:
            with transaction.atomic():
                for program in active_programs():
                    _judge(program, event, clock)
        except (OperationalError, InterfaceError):
            raise  # a deadlock or a lost connection says nothing of the event, which goes on waiting
        except Exception:
            logger.exception("the event %s gave no points", event.key)
        HeardEvent.objects.filter(pk=event.pk).delete()
    return len(heard)


def _judge(program: Program, event: HeardEvent, clock: Clock) -> None:
    rules = list(program.rules.filter(kind=EarnRule.Kind.EVENT, event=event.event).order_by("pk"))
    person = survivor_of([event.person]).get(event.person)
    if not rules or person is None or dates.local_day(event.at, program) < program.starts_on:
        return
    keys = {rule.segment for rule in rules if rule.segment}
    members = Membership.objects.filter(segment__key__in=keys, person_id=person)
    segments = set(members.values_list("segment__key", flat=True)) if keys else set()
    rules = [rule for rule in rules if holds(rule, program, event.at, segments)]
    if rules and program.enrols_everybody:
        enrol(program, {person: event.at})
    account = main_accounts(program, [person]).get(person)
    if account is None or not rules:
        return
    books = Books.open({account.pk}, clock.now())
    for rule in rules:
        source = f"rule {rule.pk}"
        if entry_by_key(program, source, str(event.key)):
            continue
        if rule.most and Entry.objects.filter(account=account, source=source).count() >= rule.most:
            continue
        books.earn(
            books.accounts[account.pk],
            rule.points,
            available_at=books.now,
            expires_at=dates.expires_at(program, event.at),
            source=source,
            key=str(event.key),
            at=event.at,
            note=event.event,
            reasons=[{"rule": rule.name, "points": rule.points}],
        )
    telling.tell(books.close(), clock)
