"""Characters that are not seen or turn text around: out of names, shown on pages, in no header of a mail."""

from __future__ import annotations

import pytest
from django.http import HttpRequest, HttpResponse

from rapport.core.forms.fields import NameField
from rapport.core.plain_text import plain
from rapport.core.views.middleware import UnturnedMiddleware

PERSIAN = "می\u200cخواهم"


@pytest.mark.parametrize(("text", "seen"), [
    ("\u202egro.elpmaxe\u202c Ann", "gro.elpmaxe Ann"), ("A\u00adnn\ufeff", "Ann"),
    ("\u200bAnn\u2066 Lee\u2069", "Ann Lee"),
    (PERSIAN, PERSIAN), ("👩\u200d💻", "👩\u200d💻"), ("\u200d Ann", "Ann"), ("אבא", "אבא"), ("\u200e\u200f", ""),
])  # fmt: skip
def test_what_is_not_seen_is_taken_out_of_names(text, seen):
    assert plain(text) == seen
    assert NameField(required=False).clean(text) == seen


@pytest.mark.parametrize("kind", ["text/html; charset=utf-8", "application/json"])
def test_pages_show_what_would_turn_them_around_and_data_stay_as_they_are(kind):
    answer = UnturnedMiddleware(lambda _request: HttpResponse("<p>a\u202eb\u2067c</p>", kind))(HttpRequest())
    expected = "<p>a⟨U+202E⟩b⟨U+2067⟩c</p>" if kind.startswith("text/html") else "<p>a\u202eb\u2067c</p>"
    assert answer.content.decode() == expected
