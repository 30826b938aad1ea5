"""A list's filter saved as a segment holds the same people."""

from __future__ import annotations

import json
from urllib.parse import urlencode

import pytest

from rapport.segments.builder.from_list import definition_of
from rapport.segments.language import tree


def query(condition=None, **more):
    return urlencode({"filter": json.dumps(condition or {"all": []}), **more})


def condition(field, op, value=None):
    return {"field": field, "op": op, "value": value}


@pytest.mark.parametrize(
    ("listed", "clause"),
    [
        (condition("email", "contains", "example"), {"identifier": "email", "contains": "example"}),
        (condition("email", "empty"), {"not": {"identifier": "email"}}),
        (condition("is_identified", "is", ["no"]), {"profile": "identified", "is": False}),
        (condition("last_seen", "within", "30"), {"profile": "last_seen", "after": "-30d"}),
        (condition("first_seen", "since", "2026-03-01"), {"profile": "first_seen", "after": "2026-02-28"}),
        (condition("trait:age", "from", "18"), {"trait": "age", "gte": 18}),
        (condition("trait:birthday", "before", "2000-01-01"), {"trait": "birthday", "before": "2000-01-01"}),
        (condition("trait:title", "filled"), {"trait": "title", "exists": True}),
    ],
)
def test_a_condition_becomes_a_clause(db, actor, listed, clause):
    definition, left_out = definition_of(actor, query({"all": [listed]}))
    assert definition == {"all": [clause]}
    assert not left_out
    assert not tree.check(definition)


def test_groups_stay_groups(db, actor):
    age = condition("trait:age", "under", "18")
    definition, _left = definition_of(actor, query({"all": [{"not": {"any": [age]}}, {"any": [age, age]}]}))
    clause = {"trait": "age", "lt": 18}
    assert definition == {"all": [{"not": {"any": [clause]}}, {"any": [clause, clause]}]}


def test_what_is_typed_into_the_search_is_part_of_it(db, actor):
    definition, _left = definition_of(actor, query(q="ada"))
    assert definition["all"][0]["any"][0] == {"trait": "name", "contains": "ada"}


def test_what_a_segment_cannot_ask_is_named(db, actor):
    definition, left_out = definition_of(actor, query(condition("owner", "is", ["none"]), whose="mine"))
    assert definition == {"all": []}
    assert len(left_out) == 2


def test_the_list_leads_to_the_builder_with_its_filter(live, page):
    listed = query({"all": [condition("country", "is", "GB")]})
    assert "/segments/new/?people=" in page.get(f"/people/?{listed}").content.decode()
    html = page.get(f"/segments/new/?{urlencode({'people': listed})}").content.decode()
    assert 'value="GB"' in html
