"""Cards that were fetched, and the telephones that want to hear of their changes."""

from __future__ import annotations

import datetime as dt
import hmac
import uuid

from django.db import transaction
from django.http import Http404

from rapport.core.clock import Clock
from rapport.loyalty.models import Account, WalletDevice, WalletPass
from rapport.loyalty.services.wallet import cards, keys, links
from rapport.loyalty.services.wallet.cards import Card

# Of one card; whoever has more has lost the others long ago.
MOST_DEVICES = 20
STEP = dt.timedelta(seconds=1)


def account_of_link(token: str, now: dt.datetime) -> Account:
    """Raises BadSignature, and Http404 for an account that is not open."""
    rows = Account.objects.select_related("program", "person", "tier").filter(program__archived_at=None)
    account = rows.filter(
        pk=links.read(token, now), status=Account.Status.ACTIVE, person__isnull=False
    ).first()
    if account is None:
        raise Http404("no such card")
    return account


@transaction.atomic
def fetched(account: Account, *, clock: Clock, is_google: bool = False) -> Card:
    """Notes that somebody puts the card into a wallet; from now on it is kept up to date."""
    cards.number(account, clock)
    row, _is_new = WalletPass.objects.get_or_create(account=account, defaults={"changed_at": clock.now()})
    card, row = current(row, account, clock)
    if is_google and not row.has_google:
        row.has_google = True
        row.save(update_fields=["has_google"])
    return card


def current(row: WalletPass, account: Account, clock: Clock) -> tuple[Card, WalletPass]:
    """The card as it is; says when it became another. Telephones know that to the second."""
    card = cards.card_of(account, keys.wallet_settings().barcode)
    if card.digest != row.digest:
        row.changed_at = max(clock.now(), row.changed_at + STEP) if row.digest else row.changed_at
        row.digest = card.digest
        row.save(update_fields=["digest", "changed_at"])
    return card, row


def pass_for(serial: str, token: str) -> WalletPass:
    """The card of somebody who has it: its own token says so. Raises Http404."""
    try:
        account_id = uuid.UUID(serial)
    except ValueError as error:
        raise Http404 from error
    if not hmac.compare_digest(token.encode(), links.pass_token(account_id).encode()):
        raise Http404("not theirs")
    rows = WalletPass.objects.select_related("account__program", "account__person", "account__tier").filter(
        pk=account_id
    )
    if (row := rows.first()) is None:
        raise Http404("no such card")
    return row


@transaction.atomic
def register_device(row: WalletPass, device: str, push_token: str, clock: Clock) -> bool:
    """Returns whether it is new. Of many telephones, the latest are kept."""
    _kept, is_new = WalletDevice.objects.update_or_create(
        wallet_pass=row, device=device,
        defaults={"push_token": push_token}, create_defaults={"push_token": push_token, "created_at": clock.now()},
    )  # fmt: skip
    old = row.devices.order_by("-created_at", "-pk").values_list("pk", flat=True)[MOST_DEVICES:]
    WalletDevice.objects.filter(pk__in=list(old)).delete()
    return is_new


def unregister_device(row: WalletPass, device: str) -> None:
    row.devices.filter(device=device).delete()


def changed_since(device: str, since: dt.datetime | None) -> list[WalletPass]:
    """The cards of a telephone that changed after that moment."""
    rows = WalletPass.objects.filter(devices__device=device).order_by("changed_at", "pk")
    return list(rows.filter(changed_at__gt=since) if since else rows)
