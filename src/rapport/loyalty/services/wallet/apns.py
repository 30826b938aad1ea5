"""Tells telephones that a card has changed: an empty push, proven by the certificate of the card itself. The telephone
then asks for the new card."""

from __future__ import annotations

import ssl
import tempfile
from typing import Any

from cryptography.hazmat.primitives import serialization

from rapport.channels.push.apns import HOSTS
from rapport.core.services.outbound import Session
from rapport.loyalty.models import WalletDevice
from rapport.loyalty.services.wallet.keys import AppleKeys
from rapport.loyalty.services.wallet.problems import Failed

# The tests' own server brings a certificate of its own.
TRUST: str | None = None
_GONE = {"BadDeviceToken", "Unregistered", "DeviceTokenNotForTopic", "ExpiredToken"}


class Pushes:
    """One connection to Apple for all cards of a round."""

    def __init__(self, keys: AppleKeys) -> None:
        self._keys = keys
        self._session = Session(timeout=10.0, http2=True, verify=_context(keys))

    def send(self, device: WalletDevice) -> bool:
        """Returns whether the telephone still wants to hear. Raises Failed, Refused and Unreachable."""
        headers = {
            "apns-topic": self._keys.pass_type,
            "apns-push-type": "background",
            "apns-priority": "5",
            "content-type": "application/json",
        }
        url = f"{HOSTS['production']}/3/device/{device.push_token}"
        answer = self._session.request("POST", url, body=b"{}", headers=headers)
        if answer.status == 200:
            return True
        if answer.status == 410 or any(reason in answer.text for reason in _GONE):
            return False
        raise Failed("Apple", answer)

    def close(self) -> None:
        self._session.close()


def _context(keys: AppleKeys) -> ssl.SSLContext:
    """Python reads a key from a file only: one that nobody else can read, and that is gone at once."""
    context: Any = ssl.create_default_context(cafile=TRUST)
    with tempfile.NamedTemporaryFile() as file:
        for certificate in (keys.certificate, *keys.chain):
            file.write(certificate.public_bytes(serialization.Encoding.PEM))
        form = serialization.PrivateFormat.PKCS8
        file.write(keys.key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption()))
        file.flush()
        context.load_cert_chain(file.name)
    return context  # type: ignore[no-any-return]
