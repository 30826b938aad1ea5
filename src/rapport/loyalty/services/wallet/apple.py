"""A card as Apple's wallet takes it: a folder in a zip file with `pass.json`, pictures, their digests, a signature.

https://developer.apple.com/documentation/walletpasses
"""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from functools import lru_cache
from typing import Any

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.serialization import pkcs7
from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from PIL import Image, UnidentifiedImageError

from rapport.core.models import Workspace
from rapport.loyalty.services.wallet.cards import Card, spoken
from rapport.loyalty.services.wallet.keys import AppleKeys
from rapport.loyalty.services.wallet.links import pass_token

FORMATS = {"qr": "PKBarcodeFormatQR", "code128": "PKBarcodeFormatCode128"}
TYPE = "application/vnd.apple.pkpass"
PLAIN = "#1f4fd8"
ICONS = {"icon.png": 29, "icon@2x.png": 58, "icon@3x.png": 87}
LOGOS = {"logo.png": (160, 50), "logo@2x.png": (320, 100)}
_OPTIONS = [pkcs7.PKCS7Options.DetachedSignature, pkcs7.PKCS7Options.Binary]


def file_of(card: Card, keys: AppleKeys) -> bytes:
    """The .pkpass. Everything in it is named in the manifest, and the manifest is signed."""
    business = Workspace.objects.first()
    logo = bytes(business.logo) if business else b""
    content = {"pass.json": json.dumps(fields(card, keys), ensure_ascii=False).encode()}
    content |= _pictures(logo, card.color or PLAIN)
    # Apple's format says SHA-1; the signature over it is of SHA-256.
    digests = {name: hashlib.sha1(data, usedforsecurity=False).hexdigest() for name, data in content.items()}
    content["manifest.json"] = json.dumps(digests).encode()
    content["signature"] = signature(content["manifest.json"], keys)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in content.items():
            archive.writestr(name, data)
    return packed.getvalue()


def signature(manifest: bytes, keys: AppleKeys) -> bytes:
    """PKCS #7, detached, with the certificates by which it is believed."""
    builder = pkcs7.PKCS7SignatureBuilder().set_data(manifest)
    builder = builder.add_signer(keys.certificate, keys.key, hashes.SHA256())
    for certificate in keys.chain:
        builder = builder.add_certificate(certificate)
    return builder.sign(serialization.Encoding.DER, _OPTIONS)


def fields(card: Card, keys: AppleKeys) -> dict[str, Any]:
    """`pass.json`: who pictures it, how it is renewed, and what stands on it."""
    with spoken(card):
        shown: dict[str, Any] = {
            "formatVersion": 1,
            "passTypeIdentifier": keys.pass_type,
            "teamIdentifier": keys.team,
            "serialNumber": str(card.account_id),
            "webServiceURL": f"{settings.PUBLIC_URL}{reverse('loyalty:apple')}",
            "authenticationToken": pass_token(card.account_id),
            "organizationName": card.issuer,
            "description": _("Card of %(program)s") % {"program": card.program},
            "logoText": card.program,
            "backgroundColor": _rgb(card.color or PLAIN),
            "foregroundColor": _on(card.color or PLAIN),
            "labelColor": _on(card.color or PLAIN),
            "sharingProhibited": True,
            "storeCard": _store_card(card),
        }
        if not card.is_valid:
            return shown | {"voided": True}
        if card.number:
            shown["barcodes"] = [
                {"format": FORMATS[card.barcode], "message": card.number, "altText": card.number,
                 "messageEncoding": "iso-8859-1"}
            ]  # fmt: skip
        return shown


def _store_card(card: Card) -> dict[str, list[dict[str, Any]]]:
    """Only what there is has a field. A changed balance is shown on the locked screen."""
    if not card.is_valid:
        return {"primaryFields": [_field("state", "", _("This card has ended."))]}
    new = _("You have %(points)s points now.") % {"points": "%@"}
    points = _field("points", _("Points"), card.points) | {"changeMessage": new}
    reward = (
        f"{card.next_reward} ({_('%(n)d points missing') % {'n': card.missing}})" if card.next_reward else ""
    )
    pending = card.pending or ""
    rows = {
        "headerFields": [points],
        "secondaryFields": [_field("holder", _("Member"), card.holder), _field("tier", _("Tier"), card.tier)],
        "auxiliaryFields": [_field("reward", _("Next reward"), reward)],
        "backFields": [
            _field("pending", pgettext("points", "Pending"), pending),
            _field("next_tier", _("Next tier"), card.next_tier),
            _field("number", _("Card number"), card.number),
        ],
    }  # fmt: skip
    return {
        name: kept for name, row in rows.items() if (kept := [field for field in row if field["value"] != ""])
    }


def _field(key: str, label: str, value: Any) -> dict[str, Any]:
    return {"key": key, "label": label, "value": value}


def _levels(color: str) -> tuple[int, int, int]:
    return int(color[1:3], 16), int(color[3:5], 16), int(color[5:7], 16)


def _rgb(color: str) -> str:
    return "rgb({}, {}, {})".format(*_levels(color))


def _on(color: str) -> str:
    """Black or white, whichever is read better on the colour."""
    red, green, blue = _levels(color)
    return "rgb(0, 0, 0)" if 0.299 * red + 0.587 * green + 0.114 * blue > 150 else "rgb(255, 255, 255)"


@lru_cache(maxsize=4)
def _pictures(logo: bytes, color: str) -> dict[str, bytes]:
    """The business's logo in the sizes that Apple wants; without one an icon in its colour, which there must be."""
    try:
        picture = Image.open(io.BytesIO(logo)).convert("RGBA") if logo else None
    except (UnidentifiedImageError, OSError):
        picture = None
    pictures = {}
    for name, side in ICONS.items():
        square = Image.new("RGBA", (side, side), (255, 255, 255, 255) if picture else (*_levels(color), 255))
        if picture is not None:
            small = picture.copy()
            small.thumbnail((side, side))
            square.alpha_composite(small, ((side - small.width) // 2, (side - small.height) // 2))
        pictures[name] = _png(square)
    if picture is not None:
        for name, size in LOGOS.items():
            small = picture.copy()
            small.thumbnail(size)
            pictures[name] = _png(small)
    return pictures


def _png(picture: Image.Image) -> bytes:
    written = io.BytesIO()
    picture.save(written, "PNG")
    return written.getvalue()
