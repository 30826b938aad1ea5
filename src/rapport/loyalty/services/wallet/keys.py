"""By what cards are signed: checked when it is entered, and sealed."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import jwt
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from rapport.core import crypto
from rapport.core.access import Actor
from rapport.core.clock import SYSTEM, Clock
from rapport.core.services import audit
from rapport.loyalty.models import WalletSettings
from rapport.loyalty.services.wallet import noting

PURPOSE = "wallet keys"
SECRETS = ("apple_key", "google_key")
PassKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey


@dataclass(frozen=True, slots=True)
class AppleKeys:
    """What signs passes. `pass_type` and `team` are what the certificate says of itself."""

    certificate: x509.Certificate
    chain: tuple[x509.Certificate, ...]
    key: PassKey
    pass_type: str
    team: str


@dataclass(frozen=True, slots=True)
class GoogleKeys:
    """A service account that may write the issuer's cards."""

    issuer: str
    email: str
    key: str


def wallet_settings() -> WalletSettings:
    return WalletSettings.objects.first() or WalletSettings()


def apple(row: WalletSettings) -> AppleKeys | None:
    """None where Apple's wallet is not set up. Raises ValidationError for what is not right, `crypto.Unreadable`."""
    return _apple(row.apple_certificate, _opened(row).get("apple_key", "")) if row.apple_certificate else None


def google(row: WalletSettings) -> GoogleKeys | None:
    """None where Google's wallet is not set up. Raises ValidationError for what is not right, `crypto.Unreadable`."""
    return _google(row.google_issuer, _opened(row).get("google_key", "")) if row.google_issuer else None


@transaction.atomic
def change(*, actor: Actor, values: dict[str, Any], clock: Clock = SYSTEM) -> WalletSettings:
    """Sets all of it; an empty key keeps the one that is there, an empty certificate or issuer switches that wallet
    off. Raises ValidationError by field."""
    actor.require("settings.edit")
    row = wallet_settings()
    sealed: dict[str, str] = {}
    with suppress(crypto.Unreadable):  # after the secret key was changed: they are entered anew
        sealed = _opened(row)
    for name in SECRETS:
        sealed[name] = str(values.get(name) or "").strip() or sealed.get(name, "")
    row.barcode = values["barcode"]
    row.apple_certificate = values["apple_certificate"].strip()
    row.google_issuer = values["google_issuer"].strip()
    for name, is_on in (("apple_key", row.apple_certificate), ("google_key", row.google_issuer)):
        if not is_on:
            sealed[name] = ""
    if row.apple_certificate:
        _apple(row.apple_certificate, sealed["apple_key"])
    if row.google_issuer:
        _google(row.google_issuer, sealed["google_key"])
    row.sealed = crypto.seal(PURPOSE, json.dumps(sealed))
    row.problem, row.problem_at = "", None
    row.save()
    noting.note_all(clock)
    on = {"apple": bool(row.apple_certificate), "google": bool(row.google_issuer)}
    audit.record(
        actor=actor, action="loyalty_wallet.changed", object_type="loyalty_wallet", object_id=row.pk, data=on,
        clock=clock,
    )  # fmt: skip
    return row


def _opened(row: WalletSettings) -> dict[str, str]:
    return json.loads(crypto.open_sealed(PURPOSE, row.sealed)) if row.sealed else {}


def _apple(certificates: str, key_text: str) -> AppleKeys:
    try:
        certificate, *chain = x509.load_pem_x509_certificates(certificates.encode())
    except ValueError as error:
        words = _("Paste the certificate as it stands in its .pem file, with BEGIN CERTIFICATE.")
        raise ValidationError({"apple_certificate": words}) from error
    pass_type = _named(certificate, NameOID.USER_ID)
    team = _named(certificate, NameOID.ORGANIZATIONAL_UNIT_NAME)
    if not pass_type.startswith("pass.") or not team:
        words = _("This is no certificate of a pass type: its name begins with pass.")
        raise ValidationError({"apple_certificate": words})
    if not any(issuer.subject == certificate.issuer for issuer in chain):
        words = _("Below it, paste Apple's certificate by which it was signed (WWDR G4).")
        raise ValidationError({"apple_certificate": words})
    return AppleKeys(certificate, tuple(chain), _private_key(certificate, key_text), pass_type, team)


def _named(certificate: x509.Certificate, oid: x509.ObjectIdentifier) -> str:
    return next((str(entry.value) for entry in certificate.subject.get_attributes_for_oid(oid)), "")


def _private_key(certificate: x509.Certificate, text: str) -> PassKey:
    try:
        key = serialization.load_pem_private_key(text.encode(), None)
    except (ValueError, TypeError) as error:
        words = _("Paste the private key as it stands in its .pem file, without a password.")
        raise ValidationError({"apple_key": words}) from error
    if not isinstance(key, PassKey) or key.public_key() != certificate.public_key():
        raise ValidationError({"apple_key": _("This is not the key of that certificate.")})
    return key


def _google(issuer: str, text: str) -> GoogleKeys:
    if not issuer.isdigit():
        raise ValidationError({"google_issuer": _("The issuer ID has digits only.")})
    try:
        data = json.loads(text)
        email, key = str(data["client_email"]), str(data["private_key"])
        jwt.encode({}, key, algorithm="RS256")
    except (ValueError, KeyError, TypeError, jwt.PyJWTError) as error:
        words = _("That is no key file of a service account: %(error)s") % {"error": error}
        raise ValidationError({"google_key": words}) from error
    return GoogleKeys(issuer, email, key)
