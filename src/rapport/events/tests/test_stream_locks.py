"""What a batch writes it has locked before: a merge that comes in between waits, and nobody is ended by PostgreSQL."""

from __future__ import annotations

import pytest

from rapport.events.services import effects
from rapport.people.models import Merge
from rapport.people.services import merging

pytestmark = [
    pytest.mark.postgres,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("clickhouse"),
]


def test_last_seen_and_a_merge_of_the_same_two_do_not_deadlock(actor, person, live, monkeypatch, beside):
    first, last = sorted((person(user_id=f"u{number}") for number in range(2)), key=lambda row: row.pk)
    names = [row.identifiers.get(type="user_id").value for row in (first, last)]
    other = []

    def apply(items, before=effects.apply):
        of_both = {"survivor_id": first.pk, "absorbed_id": last.pk, "rule": "by hand"}
        other.append(beside(lambda: merging.merge_people(actor=actor, **of_both)))
        assert other[0].waits_for_a_lock()
        monkeypatch.setattr(effects, "apply", before)
        return before(items)

    monkeypatch.setattr(effects, "apply", apply)
    live.ingest(
        [
            {"type": "identify", "userId": names[1], "traits": {"plan": "gold"}, "messageId": "i-1"},
            {"type": "track", "userId": names[0], "event": "Seen", "messageId": "t-1"},
        ]
    )
    assert isinstance(other[0].outcome(), Merge)
    first.refresh_from_db()
    assert first.traits["plan"] == "gold"
