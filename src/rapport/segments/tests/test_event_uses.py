"""What segments tell the event catalogue."""

from __future__ import annotations

from rapport.core.links import uses_of
from rapport.segments.services import segments


def test_segments_say_which_events_they_look_for(actor, db):
    clause = {"not": {"did": "Order Completed", "within": "30d"}}
    segments.create_segment(actor=actor, name="No order", definition={"all": [clause]})
    uses = uses_of("event", ["Order Completed", "Quiz Won"])
    assert [use.label for use in uses["Order Completed"]] == ["No order"]
    assert uses["Quiz Won"] == []
