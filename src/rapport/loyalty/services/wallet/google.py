"""A card as Google's wallet takes it: an object of the programme's class, saved by a signed link, patched by REST.

https://developers.google.com/wallet/retail/loyalty-cards
"""

from __future__ import annotations

import datetime as dt
import json
from typing import Any
from urllib.parse import quote, urlencode

import jwt
from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _

from rapport.core.queries import workspace
from rapport.core.services.outbound import Answer, Session
from rapport.loyalty.models import Program
from rapport.loyalty.services.wallet.cards import Card, spoken
from rapport.loyalty.services.wallet.keys import GoogleKeys
from rapport.loyalty.services.wallet.problems import Failed, NotAdmitted

BASE = "https://walletobjects.googleapis.com/walletobjects/v1"
TOKENS = "https://oauth2.googleapis.com/token"
SAVE = "https://pay.google.com/gp/v/save/"
SCOPE = "https://www.googleapis.com/auth/wallet_object.issuer"
GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
CODES = {"qr": "QR_CODE", "code128": "CODE_128"}


def class_id(keys: GoogleKeys, program_key: str) -> str:
    return f"{keys.issuer}.loyalty_{program_key}"


def object_id(keys: GoogleKeys, card: Card) -> str:
    return f"{keys.issuer}.{card.account_id}"


def save_url(card: Card, program: Program, keys: GoogleKeys, now: dt.datetime) -> str:
    """The link that saves the card: the whole object and its class in a signed token: Google may have neither yet."""
    claims = {
        "iss": keys.email,
        "aud": "google",
        "typ": "savetowallet",
        "iat": int(now.timestamp()),
        "origins": [],
        "payload": {
            "loyaltyClasses": [class_of(program, keys)],
            "loyaltyObjects": [object_of(card, keys)],
        },
    }
    return SAVE + jwt.encode(claims, keys.key, algorithm="RS256")


def object_of(card: Card, keys: GoogleKeys) -> dict[str, Any]:
    """A LoyaltyObject. What is empty is said, too: a patch takes away what was there before."""
    ids = {"id": object_id(keys, card), "classId": class_id(keys, card.program_key)}
    if not card.is_valid:
        gone: dict[str, Any] = {
            "state": "INACTIVE",
            "accountId": "-",
            "accountName": "-",
            "barcode": None,
            "textModulesData": [],
        }
        return ids | gone | {"loyaltyPoints": {"label": "-", "balance": {"int": 0}}}
    with spoken(card):
        reward = (
            f"{card.next_reward} ({_('%(n)d points missing') % {'n': card.missing}})"
            if card.next_reward
            else ""
        )
        texts = (("tier", _("Tier"), card.tier), ("reward", _("Next reward"), reward))
        return ids | {
            "state": "ACTIVE",
            "accountId": card.number,
            "accountName": card.holder or card.number,
            "barcode": {"type": CODES[card.barcode], "value": card.number, "alternateText": card.number},
            "loyaltyPoints": {"label": _("Points"), "balance": {"int": card.points}},
            "textModulesData": [{"id": key, "header": header, "body": body} for key, header, body in texts if body],
        }  # fmt: skip


def class_of(program: Program, keys: GoogleKeys) -> dict[str, Any]:
    """The LoyaltyClass of a programme: what all of its cards have in common."""
    business = workspace()
    shown: dict[str, Any] = {
        "id": class_id(keys, program.key),
        "issuerName": business.name,
        "programName": program.name,
        "reviewStatus": "UNDER_REVIEW",
    }
    if business.logo_type:
        logo = f"{settings.PUBLIC_URL}{reverse('core:brand-logo')}"
        shown["programLogo"] = {"sourceUri": {"uri": logo}}
    return shown | ({"hexBackgroundColor": business.brand_color} if business.brand_color else {})


class Wallet:
    """Google's REST interface, signed in to by the service account. For one thread."""

    def __init__(self, keys: GoogleKeys, now: dt.datetime) -> None:
        self.keys, self._now = keys, now
        self._session, self._tokens = Session(), Session()
        self._access = ""

    def put_class(self, program: Program) -> None:
        """Makes the programme's class, or brings it up to date. Raises Failed, Refused and Unreachable."""
        body = class_of(program, self.keys)
        answer = self._ask("POST", "loyaltyClass", body)
        if answer.status == 409:
            answer = self._ask("PATCH", f"loyaltyClass/{quote(str(body['id']))}", body)
        if answer.status != 200:
            raise Failed("Google", answer)

    def patch(self, card: Card) -> None:
        """Says what the card says now. Whose link was never used has no object (404): there is nothing to tell.

        Raises Failed, Refused and Unreachable.
        """
        body = object_of(card, self.keys)
        answer = self._ask("PATCH", f"loyaltyObject/{quote(str(body['id']))}", body)
        if answer.status not in {200, 404}:
            raise Failed("Google", answer)

    def close(self) -> None:
        self._session.close()
        self._tokens.close()

    def _ask(self, method: str, path: str, body: dict[str, Any]) -> Answer:
        self._access = self._access or self._sign_in()
        headers = {"Authorization": f"Bearer {self._access}", "Content-Type": "application/json"}
        return self._session.request(
            method, f"{BASE}/{path}", body=json.dumps(body).encode(), headers=headers
        )

    def _sign_in(self) -> str:
        issued = int(self._now.timestamp())
        claims = {"iss": self.keys.email, "scope": SCOPE, "aud": TOKENS, "iat": issued, "exp": issued + 3600}
        form = {"grant_type": GRANT, "assertion": jwt.encode(claims, self.keys.key, algorithm="RS256")}
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        answer = self._tokens.request("POST", TOKENS, body=urlencode(form).encode(), headers=headers)
        try:
            return str(json.loads(answer.text)["access_token"])
        except (ValueError, KeyError, TypeError):
            raise NotAdmitted("Google", answer) from None
