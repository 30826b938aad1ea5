"""Accounts follow their person when two become one, and go back to whom they were opened for."""

from __future__ import annotations

import uuid
from typing import Any

from django.db.models import Q

from rapport.loyalty.models import Account, OrderPoints, Referral
from rapport.loyalty.services.accounts import mark_due
from rapport.loyalty.services.earning.hearing import note_orders
from rapport.people.queries import family
from rapport.people.registry import Mergeable, Pair
from rapport.people.services.moving import move_rows

TABLE, REFERRALS = "loyalty_account", "loyalty_referral"


def merge(pairs: list[Pair]) -> dict[uuid.UUID, Any]:
    """Moves the accounts. Each keeps its ledger; spending takes from all of a person's."""
    moved = move_rows((TABLE, REFERRALS), pairs)
    accounts = [pk for tables in moved.values() for pk in tables.get(TABLE, [])]
    mark_due(Account.objects.filter(pk__in=accounts))
    return dict(moved)


def unmerge(pair: Pair, snapshot: Any) -> None:
    """Gives back what was theirs, and has the orders judged anew that go with them."""
    survivor, absorbed = pair
    brought = snapshot or {}
    own = Q(home__in=family(absorbed)) | Q(pk__in=brought.get(TABLE, []))
    accounts = Account.objects.filter(person_id=survivor)
    judged = OrderPoints.objects.filter(account__in=accounts).values_list("order_ref", flat=True)
    note_orders(list(judged))
    accounts.filter(own).update(person_id=absorbed)
    theirs = Referral.objects.filter(pk__in=brought.get(REFERRALS, []), person_id=survivor)
    theirs.update(person_id=absorbed)  # after the accounts, as everywhere
    mark_due(Account.objects.filter(person_id__in=(survivor, absorbed)))


MERGEABLE = Mergeable("loyalty", ("loyalty.Account.person", "loyalty.Referral.person"), merge, unmerge)
