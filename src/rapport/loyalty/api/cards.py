"""Members' cards over the API."""

from __future__ import annotations

import uuid
from typing import Any

from django.http import HttpRequest
from ninja import Router

from rapport.core.access import actor_of
from rapport.core.api import Problem, Schema
from rapport.core.clock import clock_of
from rapport.loyalty.models import Account
from rapport.loyalty.queries import accounts as queries
from rapport.loyalty.services.wallet import keys, links

router = Router(tags=["loyalty"])


class CardOut(Schema):
    """Addresses that show the card to whoever has them, for 400 days; empty where a wallet is not set up."""

    url: str
    apple_url: str
    google_url: str


@router.get(
    "/loyalty/accounts/{uuid:account_id}/card", response=CardOut, summary="Get the links to a member's card"
)
def get_card(request: HttpRequest, account_id: uuid.UUID) -> Any:
    account = queries.account_for(actor_of(request), account_id)
    if account.status != Account.Status.ACTIVE or account.person_id is None:
        raise Problem(409, "This account is not active.", {})
    url, row = links.card_url(account, clock_of(request).now()), keys.wallet_settings()
    return {
        "url": url,
        "apple_url": f"{url}card.pkpass" if row.apple_certificate else "",
        "google_url": f"{url}google/" if row.google_issuer else "",
    }
