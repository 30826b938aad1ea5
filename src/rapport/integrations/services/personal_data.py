"""How the demo's shop and mailbox hand out and forget what they hold about a person.

They know people by e-mail address and by the shop's own user id, so both are looked up first.
"""

from __future__ import annotations

import uuid
from typing import Any

from django.core.files.storage import default_storage
from django.db.models import Q, QuerySet

from rapport.core.registry import PersonalData
from rapport.integrations.models import (
    CaughtMail,
    FileFeed,
    FileRowError,
    FileRun,
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


def _values(person_ids: list[uuid.UUID]) -> list[str]:
    held = Identifier.objects.filter(person_id__in=person_ids).values_list("value", flat=True)
    return sorted({*held, *_emails(person_ids)})


def _standing(field: str, person_ids: list[uuid.UUID]) -> Q:
    """Whether one of the identifiers stands in a text. Short ones would by chance."""
    found = Q(pk=None)
    for value in _values(person_ids):
        if len(value) >= 6:
            found |= Q(**{f"{field}__icontains": value})
    return found


def _payloads(person_ids: list[uuid.UUID]) -> QuerySet[Received]:
    """Payloads in which one of the identifiers was found, or, where none could be read yet, stands somewhere."""
    found = Q(known__overlap=_values(person_ids)) | _standing("body", person_ids)
    return Received.objects.filter(found)


def _rows(person_ids: list[uuid.UUID]) -> QuerySet[FileRowError]:
    """Rows of files in which one of the person's identifiers stands."""
    return FileRowError.objects.filter(_standing("cells", person_ids))


def erase(person_ids: list[uuid.UUID]) -> dict[str, int]:
    accounts, orders, mails = _held(person_ids)
    emails = _emails(person_ids)
    _forget_samples(person_ids)
    waiting = ShopEvent.objects.filter(payload__traits__email__in=emails)
    erased = {"integrations.FileRun": _forget_files()}
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
    Webhook.objects.filter(_standing("sample", person_ids)).update(sample="")
    FileFeed.objects.filter(_standing("sample", person_ids)).update(sample="")


def _forget_files() -> int:
    """Files that could not be read, and will not be read again, may name anybody."""
    failed = list(FileRun.objects.filter(state=FileRun.State.FAILED).exclude(file=""))
    for run in failed:
        default_storage.delete(run.file)
    FileRun.objects.filter(pk__in=[run.pk for run in failed]).update(file="")
    return len(failed)


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
        "integrations.FileRun.file",
    ),
    export=export,
    erase=erase,
)
