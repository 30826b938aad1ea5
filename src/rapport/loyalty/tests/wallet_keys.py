"""Certificates as Apple gives them, from an authority of the tests' own, and a verifier of what they sign."""

from __future__ import annotations

import datetime as dt
import json
import subprocess
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

from rapport.channels.tests.http2_server import pem

NOW = dt.datetime.now(dt.UTC)
PASS_TYPE = "pass.org.example.club"


def _certificate(
    subject: x509.Name, key: Any, issuer: x509.Name, signer: Any, *, is_ca: bool
) -> x509.Certificate:
    days = dt.timedelta(days=10_000)
    builder = x509.CertificateBuilder(
        issuer, subject, key.public_key(), x509.random_serial_number(), NOW - days, NOW + days
    ).add_extension(x509.BasicConstraints(ca=is_ca, path_length=None), critical=True)
    return builder.sign(signer, hashes.SHA256())


def apple(folder: Path) -> tuple[str, str]:
    """(certificates, key) in PEM; `folder` gets the authority as root.pem."""
    root, leaf = (rsa.generate_private_key(65537, 2048) for _key in range(2))
    issuer = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Worldwide Developer Relations")])
    names = (
        (NameOID.USER_ID, PASS_TYPE), (NameOID.ORGANIZATIONAL_UNIT_NAME, "TEAM123456"), (NameOID.COMMON_NAME, "Club"),
    )  # fmt: skip
    subject = x509.Name([x509.NameAttribute(oid, value) for oid, value in names])
    above = _certificate(issuer, root, issuer, root, is_ca=True)
    certificate = _certificate(subject, leaf, issuer, root, is_ca=False)
    texts = [given.public_bytes(serialization.Encoding.PEM).decode() for given in (certificate, above)]
    (folder / "root.pem").write_text(texts[1])
    return "".join(texts), pem(leaf)


def google() -> tuple[str, Any]:
    """(the key file of a service account, its key)"""
    key = rsa.generate_private_key(65537, 2048)
    return json.dumps({"client_email": "cards@club.iam.example", "private_key": pem(key)}), key


def verified(folder: Path, signature: bytes, content: bytes) -> bool:
    """Whether OpenSSL believes the detached signature of the content, from the authority of `apple`."""
    (folder / "signature").write_bytes(signature)
    (folder / "content").write_bytes(content)
    command = [
        "openssl",
        "cms",
        "-verify",
        "-binary",
        "-inform",
        "DER",
        "-in",
        "signature",
        "-content",
        "content",
    ]
    command += ["-CAfile", "root.pem", "-purpose", "any", "-out", "/dev/null"]
    return subprocess.run(command, cwd=folder, capture_output=True, check=False).returncode == 0
