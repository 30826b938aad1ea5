"""How the demo's shop and mailbox hand out and forget what they hold about a person.

They know people by e-mail address and by the shop's own user id, so both are looked up first.
"""

from __future__ import annotations

import uuid
from typing import Any

from django.db.models import Q, QuerySet

from rapport.core.registry import PersonalData
from rapport.demo.models import CaughtMail, ShopAccount, ShopEvent, ShopOrder
from rapport.people.models import Identifier, Person


def _emails(person_ids: list[uuid.UUID]) -> list[str]:
    identifiers = Identifier.objects.filter(person_id__in=person_ids, type="email").values_list(
        "value", flat=True
    )
    shown = Person.objects.filter(pk__in=person_ids).exclude(email="").values_list("email", flat=True)
    return sorted({address.lower() for address in (*identifiers, *shown)})


def _held(
    person_ids: list[uuid.UUID],
) -> tuple[QuerySet[ShopAccount], QuerySet[ShopOrder], QuerySet[CaughtMail]]:
    emails = _emails(person_ids)
    return (
        ShopAccount.objects.filter(email__in=emails),
        ShopOrder.objects.filter(Q(email__in=emails) | Q(account__email__in=emails)),
        CaughtMail.objects.filter(recipients__overlap=emails),
    )


def export(person_ids: list[uuid.UUID]) -> dict[str, Any]:
    accounts, orders, mails = _held(person_ids)
    return {
        "shop_accounts": [
            {"email": account.email, "name": account.name, "since": account.created_at.isoformat()}
            for account in accounts
        ],
        "shop_orders": [
            {
                "number": order.number,
                "placed_at": order.placed_at.isoformat(),
                "name": order.name,
                "email": order.email,
                "address": order.address,
                "total": str(order.total),
                "lines": [str(line) for line in order.lines.all()],
                "returns": [
                    {"number": given.number, "reason": given.reason, "at": given.requested_at.isoformat()}
                    for given in order.returns.all()
                ],
            }
            for order in orders.prefetch_related("lines", "returns")
        ],
        "caught_mails": [
            {"received_at": mail.received_at.isoformat(), "subject": mail.subject, "preview": mail.preview}
            for mail in mails.defer("raw")
        ],
    }


def erase(person_ids: list[uuid.UUID]) -> dict[str, int]:
    accounts, orders, mails = _held(person_ids)
    emails = _emails(person_ids)
    waiting = ShopEvent.objects.filter(payload__traits__email__in=emails)
    erased = {}
    for name, rows in (
        ("ShopEvent", waiting),
        ("CaughtMail", mails),
        ("ShopOrder", orders),
        ("ShopAccount", accounts),
    ):
        erased[f"demo.{name}"] = rows.delete()[1].get(f"demo.{name}", 0)
    return erased


HOLDER = PersonalData(
    app="demo",
    fields=(
        "demo.ShopAccount.email",
        "demo.ShopAccount.name",
        "demo.ShopAccount.password",
        "demo.ShopOrder.email",
        "demo.ShopOrder.name",
        "demo.ShopOrder.address",
        "demo.ShopOrder.anonymous_id",
        "demo.ShopOrder.account",
        "demo.ShopReturn.reason",
        "demo.ShopEvent.payload",
        "demo.CaughtMail.mail_from",
        "demo.CaughtMail.recipients",
        "demo.CaughtMail.sender",
        "demo.CaughtMail.subject",
        "demo.CaughtMail.preview",
        "demo.CaughtMail.raw",
    ),
    export=export,
    erase=erase,
)
