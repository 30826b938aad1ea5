"""Mail to addresses with other letters than ASCII in their domain."""

from __future__ import annotations

import datetime as dt

import pytest

from rapport.channels.email.mime import Skeleton
from rapport.channels.protocol import Content, Message, Sender, Unfit


def message(address: str, sender: str = "shop@bücher.example") -> Message:
    now = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    return Skeleton(Sender("Shop", sender, sender)).message(
        Content("ref", "Ann", address, "Hi", "<p>x", "x", at=now)
    )


def test_the_domain_travels_as_a_labels() -> None:
    email = message("ann@grüße.example")
    assert (email.sender, email.recipient) == ("shop@xn--bcher-kva.example", "ann@xn--gre-6ka8l.example")
    assert b"To: Ann <ann@xn--gre-6ka8l.example>" in email.payload
    assert b"Reply-To: shop@xn--bcher-kva.example" in email.payload


@pytest.mark.parametrize("address", ["ann@ü..example", "ann@-ü.example"])
def test_what_cannot_be_written_in_ascii_is_refused_in_words(address: str) -> None:
    with pytest.raises(Unfit, match="address"):
        message(address)


def test_other_letters_before_the_at_travel_as_they_are() -> None:
    email = message("jürgen@grüße.example")
    assert email.recipient == "jürgen@xn--gre-6ka8l.example"
    assert "To: Ann <jürgen@xn--gre-6ka8l.example>".encode() in email.payload


@pytest.mark.parametrize("character", ["\u2028", "\x85", "\u202e", "\xa0", "\x9f", ">", " "])
def test_no_address_ends_a_line_or_turns_it_around(character: str) -> None:
    with pytest.raises(Unfit, match="character"):
        message(f"a{character}b@example.org")
