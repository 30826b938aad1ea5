"""Points for badges: earned once with the badge, and taken back with it."""

from __future__ import annotations

from django.db import transaction
from django.db.models import Q

from rapport.core import jobs
from rapport.core.clock import Clock
from rapport.loyalty.models import Account, BadgeAward
from rapport.loyalty.queries import dates
from rapport.loyalty.services import telling
from rapport.loyalty.services.ledger.books import Books

SOURCE = "badge"
BATCH = 500


@transaction.atomic
def run_once(clock: Clock) -> int:
    """Books what badges gave or lost since; accounts are locked before awards, as everywhere."""
    due = BadgeAward.objects.filter(is_due=True, account__program__archived_at=None)
    # A blocked account earns nothing until it is open again; what it has lost it gives back.
    payable = due.filter(Q(is_withdrawn=True) | Q(account__status=Account.Status.ACTIVE))
    rows = list(payable.order_by("pk").values_list("pk", "account_id", "lot_id")[:BATCH])
    if not rows:
        return 0
    lots = [lot for _pk, _account, lot in rows if lot]
    books = Books.open({account for _pk, account, _lot in rows}, clock.now(), lots)
    awards = jobs.claim_rows(
        BadgeAward.objects.filter(pk__in=[pk for pk, *_rest in rows], is_due=True).select_related("badge"),
        limit=BATCH,
    )
    for award in awards:
        _settle(award, books)
    telling.tell(books.close(), clock)
    _write(awards)
    return len(awards)


def _settle(award: BadgeAward, books: Books) -> None:
    account, badge = books.accounts[award.account_id], award.badge
    if award.is_withdrawn and award.lot_id and award.points:
        reasons = [{"rule": badge.name, "points": -award.points}]
        lot = books.lot(award.lot_id, account.pk)
        books.take_back(lot, award.points, source=SOURCE, key=f"{award.pk}:back", reasons=reasons)
    elif not award.is_withdrawn and not award.lot_id and badge.points:
        program = account.program
        award.points = badge.points
        award.lot = books.earn(
            account,
            badge.points,
            # As the orders that it was earned by, which may still be returned.
            available_at=dates.available_at(program, award.at),
            expires_at=dates.expires_at(program, books.now),
            source=SOURCE,
            key=str(award.pk),
            reasons=[{"rule": badge.name, "points": badge.points}],
        )
    award.is_due = False


def _write(awards: list[BadgeAward]) -> None:
    """A badge that was withdrawn is gone, once its points are: earned again it is another."""
    gone = [award.pk for award in awards if award.is_withdrawn]
    BadgeAward.objects.filter(pk__in=gone).delete()
    stay = [award for award in awards if not award.is_withdrawn]
    BadgeAward.objects.bulk_update(stay, ["lot", "points", "is_due"])
