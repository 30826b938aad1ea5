"""A coupon's code as a barcode: in an email as a picture, in a letter as ink; both are read by a reader of others."""

from __future__ import annotations

import io
import re
from typing import Any

import pytest
import zxingcpp
from django.conf import settings
from PIL import Image
from pypdfium2 import PdfDocument

from rapport.channels.post.pdf import document_of
from rapport.channels.registry import CHANNELS
from rapport.content.services.json_liquid import field_program
from rapport.content.services.liquid import Program
from rapport.content.services.liquid_source import TemplateError

CODE = "34679ACDEFGH"
CONTEXT = {"coupon": {"spring": CODE, "shop": "4006381333931", "odd": "<ü>"}}


def test_an_email_shows_a_picture_with_the_code_as_its_text(client: Any, db: None) -> None:
    html = Program("<p>{{ coupon.spring | barcode }}</p>", html=True).render(CONTEXT)
    address = re.search(r'src="([^"]+)" alt="34679ACDEFGH"', html)
    assert address is not None
    answer = client.get(address[1].removeprefix(settings.PUBLIC_URL))
    (read,) = zxingcpp.read_barcodes(Image.open(io.BytesIO(answer.content)).convert("L"))
    assert (read.text, answer["Content-Type"]) == (CODE, "image/png")
    assert client.get("/barcode/c3ByaW5n.png").status_code == 404
    assert Program("{{ coupon.spring | barcode }}").render(CONTEXT) == CODE
    assert Program("{{ coupon.none | barcode }}", html=True).render(CONTEXT) == ""
    quoted = Program('{{ coupon.odd | barcode: "qr" }}', html=True).render(CONTEXT)
    assert 'alt="&lt;ü&gt;"' in quoted
    with pytest.raises(TemplateError, match="barcode ean13"):
        Program('{{ coupon.spring | barcode: "ean13" }}', html=True).render(CONTEXT)


@pytest.mark.parametrize(
    ("written", "text"),
    [
        ("spring | barcode", CODE),
        ('shop | barcode: "ean13"', "4006381333931"),
        ('spring | barcode: "qr"', CODE),
    ],
)
def test_paper_bears_it(written: str, text: str) -> None:
    source = f"Dear Ada,\n{{{{ coupon.{written} }}}}\nYours"
    body = field_program(CHANNELS["post"], "body", source).render(CONTEXT)
    address = "Ada\nStreet 1\n10115 Berlin"
    document, pages = document_of(
        layout="din5008b", sender="Shop", address=address, date="", subject="For you", body=body, code="x"
    )
    (read,) = zxingcpp.read_barcodes(PdfDocument(document)[0].render(scale=2).to_pil().convert("L"))
    assert (read.text, pages) == (text, 1)
