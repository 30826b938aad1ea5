"""How the demo's shop and mailbox hand out and forget what they hold about a person.

They know people by e-mail address and by the shop's own user id, so both are looked up first.
"""

from __future__ import annotations

import uuid
from typing import Any

from django.db.models import Q, QuerySet

from rapport.core.registry import PersonalData
from rapport.integrations.models import (
    CaughtMail,
    FileFeed,
    FileRowError,
    Received,
    ShopAccount,
    ShopEvent,
    ShopOrder,
    Webhook,
)
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
            }
            for order in orders.prefetch_related("lines")
        ],
        "caught_mails": [
            {"received_at": mail.received_at.isoformat(), "subject": mail.subject, "preview": mail.preview}
            for mail in mails.defer("raw")
        ],
        "received_payloads": [
            {"at": item.at.isoformat(), "source": item.webhook.source.name, "payload": item.body}
            for item in _payloads(person_ids).select_related("webhook__source")
        ],
        "file_rows": [{"row": row.row, "cells": row.cells} for row in _rows(person_ids)],
    }


def _payloads(person_ids: list[uuid.UUID]) -> QuerySet[Received]:
    """Payloads in which one of the identifiers was found, or, where none could be read yet, stands somewhere."""
    held = Identifier.objects.filter(person_id__in=person_ids).values_list("value", flat=True)
    values = sorted({*held, *_emails(person_ids)})
    found = Q(known__overlap=values)
    for value in values:
        # Short values would stand in any payload by chance.
        if len(value) >= 6:
            found |= Q(body__icontains=value)
    return Received.objects.filter(found) if values else Received.objects.none()


def _rows(person_ids: list[uuid.UUID]) -> QuerySet[FileRowError]:
    """Rows of files in which one of the person's addresses stands."""
    found = Q(pk=None)
    for email in _emails(person_ids):
        found |= Q(cells__icontains=email)
    return FileRowError.objects.filter(found)


def erase(person_ids: list[uuid.UUID]) -> dict[str, int]:
    accounts, orders, mails = _held(person_ids)
    emails = _emails(person_ids)
    _forget_samples(person_ids)
    waiting = ShopEvent.objects.filter(payload__traits__email__in=emails)
    erased = {}
    for name, rows in (
        ("Received", _payloads(person_ids)),
        ("FileRowError", _rows(person_ids)),
        ("ShopEvent", waiting),
        ("CaughtMail", mails),
        ("ShopOrder", orders),
        ("ShopAccount", accounts),
    ):
        erased[f"integrations.{name}"] = rows.delete()[1].get(f"integrations.{name}", 0)
    return erased


def _forget_samples(person_ids: list[uuid.UUID]) -> None:
    """A sample that names the person goes; the mapping made with it stays."""
    for email in _emails(person_ids):
        Webhook.objects.filter(sample__icontains=email).update(sample="")
        FileFeed.objects.filter(sample__icontains=email).update(sample="")


HOLDER = PersonalData(
    app="integrations",
    fields=(
        "integrations.ShopAccount.email",
        "integrations.ShopAccount.name",
        "integrations.ShopAccount.password",
        "integrations.ShopOrder.email",
        "integrations.ShopOrder.name",
        "integrations.ShopOrder.address",
        "integrations.ShopOrder.anonymous_id",
        "integrations.ShopOrder.account",
        "integrations.ShopEvent.payload",
        "integrations.CaughtMail.mail_from",
        "integrations.CaughtMail.recipients",
        "integrations.CaughtMail.sender",
        "integrations.CaughtMail.subject",
        "integrations.CaughtMail.preview",
        "integrations.CaughtMail.raw",
        "integrations.Received.headers",
        "integrations.Received.body",
        "integrations.Received.reason",
        "integrations.Received.known",
        "integrations.Webhook.sample",
        "integrations.FileRowError.reason",
        "integrations.FileRowError.cells",
        "integrations.FileFeed.sample",
    ),
    export=export,
    erase=erase,
)
