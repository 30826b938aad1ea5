"""A name that anybody may state brings no link into a mail."""

from __future__ import annotations

import re
import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rapport.content.services.personal_names import MOST, plain
from rapport.content.services.rendering import Recipient

LINKS = re.compile(r"://|@|www\.\S|\w\.\w", re.ASCII)


@pytest.mark.parametrize(
    ("stated", "shown"),
    [
        ("Ada King", "Ada King"),
        ("St.John  O'Brien-Smith", "St. John O'Brien-Smith"),
        ("J. R. R. Tolkien", "J. R. R. Tolkien"),
        ("Zoë 李", "Zoë 李"),
        ("win at https://evil.example/x", "win at https evil. example x"),
        ("ada@evil.example", "ada evil. example"),
        ("Ada\r\nBcc: eve@evil.example", "Ada Bcc eve evil. example"),
    ],
)
def test_a_name_is_one_line_without_an_address(stated, shown):
    assert plain(stated) == shown


@given(st.text(max_size=2_000))
def test_no_text_makes_a_link_or_grows(stated):
    assert len(plain(stated)) <= MOST
    assert not LINKS.search(plain(stated))


@pytest.mark.parametrize("key", ["first_name", "firstName", "Last Name", "surname", "name"])
def test_templates_see_names_as_plain_text(key):
    traits = {key: "Ada www.evil.example", "website": "https://ada.example", "order": {"name": "a.b"}}
    person = Recipient(uuid.uuid4(), "Ada evil.example", "ada@example.org", traits).context()
    assert "evil.example" not in f"{person['name']} {person['first_name']} {person['traits'][key]}"
    assert (person["website"], person["email"]) == ("https://ada.example", "ada@example.org")
