"""The filter `barcode`: a picture in HTML, a mark that is drawn in print, and elsewhere the text itself."""

from __future__ import annotations

from django.conf import settings
from django.utils.translation import gettext as _
from liquid import Markup, escape
from liquid.undefined import is_undefined

from rapport.content.services.liquid_source import TemplateError
from rapport.core import barcodes, crypto

PURPOSE = "barcode"


def token_of(kind: str, text: str) -> str:
    """What the address of its picture carries. Raises TemplateError."""
    try:
        barcodes.check(kind, text)
    except barcodes.NoBarcode as error:
        words = _("“%(text)s” cannot be written as a barcode %(kind)s")
        raise TemplateError(words % {"text": text[:40], "kind": kind[:20]}) from error
    return crypto.sign(PURPOSE, f"{kind}:{text}".encode())


def picture_of(token: str) -> bytes:
    """The PNG. Raises BadSignature."""
    kind, _colon, text = crypto.unsign(PURPOSE, token).decode().partition(":")
    return barcodes.png(kind, text)


def in_html(value: object, kind: str = "code128") -> Markup:
    """A picture whose text is its alternative."""
    if is_undefined(value) or not str(value):
        return Markup("")
    text, kind = str(value), str(kind)
    address = f"{settings.PUBLIC_URL}/barcode/{token_of(kind, text)}.png"
    return Markup(
        '<img src="{}" alt="{}" style="max-width:100%;height:auto;border:0;background:#fff">'
    ).format(address, escape(text))


def in_print(value: object, kind: str = "code128") -> str:
    """A mark on a line of its own."""
    if is_undefined(value) or not str(value):
        return ""
    token_of(str(kind), str(value))
    return f"\n{barcodes.mark(str(kind), str(value))}\n"


def in_text(value: object, _kind: str = "") -> object:
    """As it is."""
    return value
