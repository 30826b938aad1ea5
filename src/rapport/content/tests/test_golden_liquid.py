"""Liquid as others have it: the cases of the Golden Liquid test suite, where its file is at hand.

`RAPPORT_GOLDEN_LIQUID=golden_liquid.json pytest src/rapport/content/tests/test_golden_liquid.py` reads the file of
https://github.com/jg-rp/golden-liquid (1,054 cases at 389a298, April 2026). What differs is listed in the guide to
templates, with the reason.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from rapport.content.services.liquid import Program
from rapport.content.services.liquid_source import TemplateError

FILE = os.environ.get("RAPPORT_GOLDEN_LIQUID", "")
FORBIDDEN = ("tags, include,", "tags, render,")
LINE_ENDS = ("filters, lstrip, left and right padded", "filters, lstrip, right padded",
             "filters, rstrip, left and right padded", "filters, rstrip, left padded")  # fmt: skip
PASSED = ("tags, case, unexpected when token, strict2", "tags, comment, incomplete tags are not parsed")


def outcome(case: dict[str, Any]) -> str | None:
    """The text, or None if the template is refused."""
    try:
        return Program(case["template"]).render(dict(case.get("data") or {}))
    except TemplateError:
        return None


@pytest.mark.skipif(not FILE, reason="RAPPORT_GOLDEN_LIQUID names no file")
def test_every_case_renders_as_elsewhere_or_is_listed():
    cases = json.loads(Path(FILE).read_text("utf-8"))["tests"]
    wrong = set()
    for case in cases:
        expected = [None] if case.get("invalid") else case.get("results") or [case["result"]]
        if outcome(case) not in expected:
            wrong.add(case["name"])
    assert {name for name in wrong if not name.startswith(FORBIDDEN)} == {*LINE_ENDS, *PASSED}


@pytest.mark.parametrize("value", [None, False, "", " \n", [], {}])
def test_nothing_is_blank(value):
    source = "{% if a == blank %}yes{% else %}no{% endif %}{% if a != blank %}no{% endif %}"
    assert Program(source).render({"a": value}) == "yes"
    assert Program(source).render({}) == "yes"


@pytest.mark.parametrize("value", [0, True, "a", [0]])
def test_a_value_is_not_blank(value):
    assert (
        Program("{% case a %}{% when blank %}blank{% else %}not{% endcase %}").render({"a": value}) == "not"
    )


@pytest.mark.parametrize("source", ["{% include 'a' %}", "{% render 'a' %}"])
def test_files_cannot_be_read(source):
    assert outcome({"template": source}) is None
