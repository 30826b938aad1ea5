"""Barcodes are read again by a reader that is not ours."""

from __future__ import annotations

import io

import pytest
import zxingcpp
from PIL import Image

from rapport.core import barcodes


@pytest.mark.parametrize(
    ("kind", "text", "shown"),
    [
        ("code128", "34679ACDEFGH", "34679ACDEFGH"),
        ("code128", "a", "a"),
        ("code128", "Spring-10 ~!", "Spring-10 ~!"),
        ("ean13", "4006381333931", "4006381333931"),
        ("ean13", "978020137962", "9780201379624"),
        ("ean13", "0000000000000", "0000000000000"),
        ("qr", "https://example.org/gift-card/?ü", "https://example.org/gift-card/?ü"),
    ],
)
def test_a_reader_reads_what_was_written(kind: str, text: str, shown: str) -> None:
    (read,) = zxingcpp.read_barcodes(Image.open(io.BytesIO(barcodes.png(kind, text))).convert("L"))
    assert (read.text, read.format.name.lower().replace("code", "")) == (shown, kind.replace("code", "")), (
        read
    )


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("ean13", "4006381333932"),
        ("ean13", "40063"),
        ("code128", "ü"),
        ("code128", ""),
        ("aztec", "A"),
        ("qr", "A" * 121),
    ],
)
def test_what_cannot_be_written_is_refused(kind: str, text: str) -> None:
    with pytest.raises(barcodes.NoBarcode):
        barcodes.modules(kind, text)
