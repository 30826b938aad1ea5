"""The keys that sign: kept encrypted, opened once per process."""

from __future__ import annotations

import base64
from functools import lru_cache

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_der_private_key,
)

from rapport.channels.email.dkim import Signer
from rapport.channels.email.models import DkimKey
from rapport.core import crypto

PURPOSE = "dkim"
BITS = 2048


def generate() -> tuple[str, str]:
    """A new key: its private half sealed, its public half as the record's p= has it."""
    key = rsa.generate_private_key(65537, BITS)
    private = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    public = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return crypto.seal(PURPOSE, base64.b64encode(private).decode()), base64.b64encode(public).decode()


def signer_for(host: str) -> Signer | None:
    """What signs for the host of a From address: the key of that domain, or of one above it."""
    labels = host.lower().split(".")
    names = [".".join(labels[at:]) for at in range(len(labels) - 1)]
    keys = DkimKey.objects.filter(domain__name__in=names, signing_since__isnull=False, retired_at=None)
    rows = list(keys.values_list("domain__name", "selector", "private"))
    if not rows:
        return None
    name, selector, private = max(rows, key=lambda row: len(row[0]))
    return Signer(name, selector, _opened(private))


@lru_cache(maxsize=64)
def _opened(private: str) -> rsa.RSAPrivateKey:
    data = base64.b64decode(crypto.open_sealed(PURPOSE, private))
    # It was made here and is sealed: checking that it is a key at all would take 50 ms.
    key = load_der_private_key(data, None, unsafe_skip_rsa_key_validation=True)
    assert isinstance(key, rsa.RSAPrivateKey)
    return key
