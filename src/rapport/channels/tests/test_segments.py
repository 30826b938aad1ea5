"""SMS are counted and split as phones and networks do it, and say no character twice."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rapport.channels.sms.segments import (
    BASIC,
    EXTENDED,
    GSM,
    UCS2,
    Segments,
    decode,
    encode,
    plain,
    segments,
    split,
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", Segments(GSM, 1, 160)),
        ("a" * 160, Segments(GSM, 1, 0)),
        ("a" * 161, Segments(GSM, 2, 145)),
        ("a" * 306, Segments(GSM, 2, 0)),
        ("a" * 307, Segments(GSM, 3, 152)),
        ("€" * 80, Segments(GSM, 1, 0)),
        ("a" * 159 + "{", Segments(GSM, 2, 145)),
        ("ä" * 160, Segments(GSM, 1, 0)),
        ("ç", Segments(UCS2, 1, 69)),
        ("Ж" * 70, Segments(UCS2, 1, 0)),
        ("Ж" * 71, Segments(UCS2, 2, 63)),
        ("🙂" * 35, Segments(UCS2, 1, 0)),
        ("🙂" * 36, Segments(UCS2, 2, 61)),
        ("|" * 69 + "∞", Segments(UCS2, 1, 0)),
    ],
)
def test_segments_are_counted(text: str, expected: Segments) -> None:
    assert segments(text) == expected


def test_an_extended_character_at_the_edge_moves_to_the_next_part_whole() -> None:
    text = "a" * 152 + "[" + "b" * 152
    assert [len(part) for part in split(text)] == [152, 152, 1]
    assert segments(text).count == 3


@given(st.text(st.sampled_from(BASIC.replace("\x1b", "") + "".join(EXTENDED)), max_size=400))
def test_gsm_text_comes_back_from_its_parts(text: str) -> None:
    pieces = [encode(part, GSM) for part in split(text)]
    assert "".join(decode(part, GSM) for part in pieces) == text
    assert all(len(part) <= (160 if len(pieces) == 1 else 153) for part in pieces)


@given(st.text(max_size=200).filter(lambda text: text.isprintable()))
def test_any_text_comes_back_from_its_parts(text: str) -> None:
    encoding = segments(text).encoding
    pieces = [encode(part, encoding) for part in split(text)]
    assert "".join(decode(part, encoding) for part in pieces) == text
    assert encoding == GSM or all(len(part) <= (140 if len(pieces) == 1 else 134) for part in pieces)


def test_typographic_marks_cost_no_second_segment() -> None:
    assert plain("“Hi” – it’s…\r\nnice\u00a0\u200bday\x07") == '"Hi" - it\'s...\nnice day'
    assert segments(plain("“Hi” – it’s…")).encoding == GSM
