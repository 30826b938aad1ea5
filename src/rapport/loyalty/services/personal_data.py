"""What the programmes hold about a person: handed out, and forgotten.

The ledger stays for the books, as nobody's. Points that were left are forfeit: nobody could spend them.
"""

from __future__ import annotations

import uuid
from typing import Any

from rapport.core.clock import SYSTEM, Clock
from rapport.core.registry import PersonalData
from rapport.loyalty.models import Account, BadgeAward, Entry, HeardEvent, Referral, WalletDevice
from rapport.loyalty.models.programs import referral_code
from rapport.loyalty.queries.accounts import entries
from rapport.loyalty.services.ledger.books import Books
from rapport.loyalty.services.wallet import noting


def export(person_ids: list[uuid.UUID]) -> dict[str, Any]:
    """Every account with its statement."""
    accounts = Account.objects.filter(person_id__in=person_ids).select_related("program")
    return {
        "loyalty": [
            {
                "program": account.program.name,
                "card_number": account.card_number,
                "referral_code": account.referral_code,
                "joined_at": account.joined_at.isoformat(),
                "points": account.balance,
                "pending": account.pending,
                "owed": -account.owed,
                "wallet_devices": [
                    {"device": row.device, "push_token": row.push_token, "since": row.created_at.isoformat()}
                    for row in WalletDevice.objects.filter(wallet_pass=account.pk).order_by("pk")
                ],
                "badges": [
                    str(award)
                    for award in BadgeAward.objects.filter(account=account, is_withdrawn=False)
                    .select_related("badge")
                    .order_by("pk")
                ],
                "entries": [_entry(entry, account) for entry in entries(account).order_by("at", "pk")],
            }
            for account in accounts.order_by("joined_at", "pk")
        ],
        "loyalty_referrals": [
            {
                "program": row.program.name,
                "at": row.created_at.isoformat(),
                "state": row.state,
                "reason": row.reason,
            }
            for row in Referral.objects.filter(person_id__in=person_ids)
            .select_related("program")
            .order_by("pk")
        ],
    }


def _entry(entry: Entry, account: Account) -> dict[str, Any]:
    """As the account sees it: a transfer is one's loss and the other's gain."""
    return {
        "at": entry.at.isoformat(),
        "kind": entry.kind,
        "points": -entry.points if entry.other_id == account.pk else entry.points,
        "note": entry.note,
        "reasons": entry.reasons,
    }


def erase(person_ids: list[uuid.UUID], clock: Clock = SYSTEM) -> dict[str, int]:
    """Makes their accounts nobody's."""
    HeardEvent.objects.filter(person__in=person_ids).delete()
    ids = set(Account.objects.filter(person_id__in=person_ids).values_list("pk", flat=True))
    books = Books.open(ids, clock.now())
    Referral.objects.filter(person__in=person_ids).delete()  # after the accounts, as everywhere
    if not ids:
        return {"loyalty_account": 0}
    for account_id in sorted(ids):
        for lot in books.lots[account_id]:
            books.expire(lot, books.now)
    books.close()
    BadgeAward.objects.filter(account__in=ids).delete()
    WalletDevice.objects.filter(wallet_pass__in=ids).delete()
    Entry.objects.filter(account__in=ids).update(note="", actor="")
    Account.objects.filter(pk__in=ids).update(
        person=None, home=None, card_number="", status=Account.Status.CLOSED, is_due=False
    )
    for account in Account.objects.filter(pk__in=ids):
        Account.objects.filter(pk=account.pk).update(referral_code=referral_code())
    noting.note_accounts(ids, clock)  # Google's copy says nothing of them any more
    return {"loyalty_account": len(ids)}


HOLDER = PersonalData(
    "loyalty",
    (
        "loyalty.Account.person",
        "loyalty.Account.home",
        "loyalty.Account.card_number",
        "loyalty.Account.referral_code",
        "loyalty.Referral.person",
        "loyalty.Referral.device",
        "loyalty.Referral.payment",
        "loyalty.Entry.note",
        "loyalty.Entry.actor",
        "loyalty.HeardEvent.person",
        "loyalty.WalletDevice.device",
        "loyalty.WalletDevice.push_token",
    ),
    export,
    erase,
)
