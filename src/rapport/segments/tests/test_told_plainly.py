"""What a definition says in words while it is half made, and of events that nobody has sent."""

from __future__ import annotations

import pytest

from rapport.segments.language import tree
from rapport.segments.queries import unseen_events


@pytest.mark.parametrize(("clause", "words"), [
    ({"trait": "country", "is": ""}, "Country is (choose a value)"),
    ({"trait": "", "is": "GB"}, "(choose a value) is “GB”"),
    ({"did": "", "within": ""}, "has done (choose a value)"),
    ({"trait": "note", "is": "Wait…"}, "Note is “Wait…”"),
    ({"trait": "renewal", "before": "+7d"}, "Renewal is before 7 days from now"),
    ({"trait": "renewal", "after": "-7d"}, "Renewal is after 7 days ago"),
])  # fmt: skip
def test_a_half_made_clause_says_what_is_missing(db, clause, words):
    assert tree.sentence(clause) == words


def test_an_event_that_nobody_sent_is_named_with_what_may_be_meant(live, page):
    live.ingest([{"type": "track", "event": "Order Completed", "userId": "u1"}])
    sequence = {"sequence": [{"did": "Order Completed"}, {"did": "Zzz"}]}
    definition = {"all": [{"did": "order complted"}, {"not": sequence}]}
    assert unseen_events.warnings(definition) == [
        "No event “order complted” has been received yet. Did you mean “Order Completed”?",
        "No event “Zzz” has been received yet.",
    ]
    answer = page.post(
        "/segments/preview/", {"mode": "json", "json": '{"did": "order complted"}', "name": ""}
    ).content.decode()
    assert "Did you mean “Order Completed”?" in answer
