"""Folds what has new facts, a micro-batch at a time: one worker, one transaction, repeated safely after any crash."""

from __future__ import annotations

import logging
import uuid
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeVar

from django.db import InterfaceError, OperationalError, transaction

from rapport.commerce.models import Cart, Order, StaleSubjects, Subscription
from rapport.commerce.registry import ORDER_LISTENERS
from rapport.commerce.services.carts import store as cart_store
from rapport.commerce.services.order_facts import keeping
from rapport.commerce.services.order_facts.stored import StoredFact, standing
from rapport.commerce.services.order_facts.vocabulary import CART, ORDER, SUBSCRIPTION
from rapport.commerce.services.orders import fold as order_fold
from rapport.commerce.services.orders import store, subscriptions
from rapport.core import sql
from rapport.core.clock import SYSTEM, Clock
from rapport.core.queries import workspace
from rapport.people.models import Company
from rapport.people.queries import survivor_of

logger = logging.getLogger("rapport.orders")
LOCK = 7_302_400
SUBJECTS = 5_000
FactsBySubject = Mapping[uuid.UUID, Sequence[StoredFact]]
T = TypeVar("T")


def run_once(clock: Clock = SYSTEM, limit: int = SUBJECTS) -> int:
    """Folds the subjects that wait longest; returns how many. One worker at a time."""
    with transaction.atomic():
        if not sql.run("SELECT pg_try_advisory_xact_lock(%b)", [LOCK])[0][0]:
            return 0
        taken, subjects = _taken(limit)
        if not taken:
            return 0
        project(subjects, clock)
        StaleSubjects.objects.filter(pk__in=taken).delete()
    return max(1, len(subjects))


def _taken(limit: int) -> tuple[list[int], set[uuid.UUID]]:
    rows: list[int] = []
    subjects: set[uuid.UUID] = set()
    for pk, waiting in StaleSubjects.objects.order_by("pk").values_list("pk", "subjects")[:200]:
        if rows and len(subjects) + len(waiting) > limit:
            break
        rows.append(pk)
        subjects.update(waiting)
    return rows, subjects


def project(subjects: Iterable[uuid.UUID], clock: Clock = SYSTEM) -> None:
    """Folds these subjects and writes what comes of it, in the caller's transaction.

    One that the database does not take keeps its last state and holds up no other: anybody can send what it is made of.
    """
    wanted = sorted(set(subjects))
    if not _is_written(wanted, clock):
        if len(wanted) > 1:
            half = len(wanted) // 2
            project(wanted[:half], clock)
            project(wanted[half:], clock)
        # It may have been a cart of the same person.
        elif not _is_written(wanted, clock, follows=False):
            logger.error("%s could not be written; it stays as it was", wanted[0])


def _is_written(subjects: Sequence[uuid.UUID], clock: Clock, *, follows: bool = True) -> bool:
    """Raises what is the database's own trouble: that passes, and is tried again."""
    try:
        with transaction.atomic():
            _project(set(subjects), clock, follows=follows)
    except (OperationalError, InterfaceError):
        raise
    except Exception:
        logger.warning("%d subjects could not be written together", len(subjects), exc_info=True)
        return False
    return True


def _project(wanted: set[uuid.UUID], clock: Clock, *, follows: bool) -> None:
    stored_facts: dict[uuid.UUID, Sequence[StoredFact]] = {
        subject: left for subject, kept in keeping.facts_of(wanted).items() if (left := standing(kept))
    }
    _forget(wanted - stored_facts.keys())
    by_kind = _by_kind(stored_facts)
    orders = [order for order in _folded(order_fold.fold, by_kind[ORDER]) if order]
    currency = workspace().currency
    people = _people(by_kind.values())
    companies = _companies({order.company for order in orders if order.company})
    store.write(orders, people, companies, currency=currency, now=clock.now())
    _tell([order.id for order in orders])
    rows = _folded(subscriptions.fold, by_kind[SUBSCRIPTION])
    subscriptions.write(rows, people, currency=currency, now=clock.now())
    carts = dict(by_kind[CART])
    if follows and (more := cart_store.touched_by([order.id for order in orders]) - carts.keys()):
        others = keeping.facts_of(more)
        people |= _people([others])
        carts |= others
    cart_store.write(carts, people, currency=currency)


def _tell(orders: Sequence[uuid.UUID]) -> None:
    for listener in ORDER_LISTENERS:
        if orders:
            listener(orders)


def _forget(subjects: set[uuid.UUID]) -> None:
    """What no fact is about any more: its events are another shop's since the rules were changed."""
    if subjects:
        Order.objects.filter(pk__in=subjects).delete()
        _tell(sorted(subjects))
        Cart.objects.filter(subject__in=subjects).delete()
        Subscription.objects.filter(pk__in=subjects).delete()


def _by_kind(stored_facts: FactsBySubject) -> dict[str, dict[uuid.UUID, Sequence[StoredFact]]]:
    by_kind: dict[str, dict[uuid.UUID, Sequence[StoredFact]]] = defaultdict(dict)
    for subject, stored in stored_facts.items():
        by_kind[stored[0].about][subject] = stored
    return by_kind


def _folded(fold: Callable[[Sequence[StoredFact]], T], stored_facts: FactsBySubject) -> list[T]:
    """Each subject by itself, so that one that cannot be folded keeps its last state and holds up no other."""
    folded = []
    for subject, stored in stored_facts.items():
        try:
            folded.append(fold(stored))
        except Exception:
            logger.exception("%s %s could not be folded; it stays as it was", stored[0].about, subject)
    return folded


def _people(groups: Iterable[FactsBySubject]) -> dict[uuid.UUID, uuid.UUID]:
    """Who the persons of the facts are now."""
    homes = {
        stored.home
        for stored_facts in groups
        for rows in stored_facts.values()
        for stored in rows
        if stored.home
    }
    return survivor_of(homes) if homes else {}


def _companies(group_ids: set[str]) -> dict[str, uuid.UUID]:
    rows: Any = (
        Company.objects.filter(group_id__in=group_ids).values_list("group_id", "pk") if group_ids else ()
    )
    return dict(rows)
