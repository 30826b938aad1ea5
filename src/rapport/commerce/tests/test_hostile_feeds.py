"""Feeds in XML that are meant to fill the memory, to take for ever, or to break the reader."""

from __future__ import annotations

import io

import pytest

from rapport.commerce.feeds import google
from rapport.transfers.imports.readers import Unreadable


@pytest.mark.parametrize(
    "entry",
    [
        "<item><d>" + "a" * 3_000_000 + "</d></item>",
        "<item>" + "<x>a" * 5_000 + "</x>a" * 5_000 + "</item>",
        "<item>" + "<x>a</x>" * 1_000_000 + "</item>",
        '<item><x a="' + "b" * 3_000_000,
        "<item><!-- " + "b" * 3_000_000,
    ],
)
def test_a_product_without_end_is_refused(entry):
    with pytest.raises(Unreadable):
        list(google.rows(io.BytesIO(f"<rss><channel>{entry}</channel></rss>".encode())))


@pytest.mark.parametrize("encoding", ["bz2", "hex", "zlib", "rot13", "idna", "no-such"])
def test_what_is_no_encoding_of_text_is_read_as_utf_8(encoding):
    xml = f'<?xml version="1.0" encoding="{encoding}"?><rss><channel><item><id>ä</id></item></channel></rss>'
    assert list(google.rows(io.BytesIO(xml.encode()))) == [{"id": "ä"}]


@pytest.mark.parametrize("encoding", ["undefined", "utf-16"])
def test_another_encoding_than_the_file_names_is_told(encoding):
    xml = f'<?xml version="1.0" encoding="{encoding}"?><rss><channel><item><id>a</id></item></channel></rss>'
    with pytest.raises(Unreadable):
        list(google.rows(io.BytesIO(xml.encode())))
