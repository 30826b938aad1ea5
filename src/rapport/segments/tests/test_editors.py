"""The builder shows in a form only what that form can say; everything else stays as it was written."""

from __future__ import annotations

from dataclasses import replace

import pytest

from rapport.segments.builder.nodes import act, nodes
from rapport.segments.builder.registry import EDITORS


@pytest.mark.parametrize(
    "clause",
    [
        {"consent": "newsletter", "since": "-30d"},
        {"identifier": "email", "at_least": 2},
        {"sample": 10, "from": 20},
    ],
)
def test_what_a_form_cannot_say_is_shown_as_json(clause):
    assert nodes(clause).kind == "json"
    assert nodes(dict(list(clause.items())[:1])).kind != "json"


def test_an_editor_that_an_app_brings_says_what_it_can_edit():
    clause = {"lifecycle": ["customer"], "since": "-30d"}
    careful = replace(EDITORS["lifecycle"], editable=lambda clause: "since" not in clause)
    with EDITORS.temporarily(alone=True, lifecycle=careful):
        assert nodes(clause).kind == "json"


def test_a_comparison_is_added_from_those_of_the_editor():
    (clause,) = act({"all": [{"profile": "first_seen"}]}, "compare+:-0:")["all"]
    (added,) = set(clause) - {"profile"}
    assert added in EDITORS["profile"].comparisons
