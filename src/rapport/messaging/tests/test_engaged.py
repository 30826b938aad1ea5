"""Segments of who opened and clicked follow the judgement, also when it changes."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from rapport.messaging.services import engaged, tracking
from rapport.messaging.services.engaged_editor import EDITOR
from rapport.messaging.tests import driving
from rapport.messaging.tests.test_judging import HOME, click, deliveries
from rapport.segments.language import tree
from rapport.segments.tests.conftest import NOW, world

__all__ = ["deliveries", "world"]
KIND = engaged.EngagedClause()


def test_a_row_has_one_entry_for_each_message_and_kind(deliveries: Any, clock: Any) -> None:
    click(deliveries[0], clock, HOME)
    clock.advance(dt.timedelta(minutes=2))
    click(deliveries[0], clock, HOME, position=1)
    driving.judge_all(clock)
    person = deliveries[0].person_id
    (row,) = engaged.engagements([person])[person]
    assert row[:3] == ["click", "email", "1"]
    assert row[4] > 0.5
    tracking.record_trap(delivery_id=deliveries[0].pk, request=HOME, clock=clock)
    driving.judge_all(clock)
    assert engaged.engagements([person])[person][0][4] < 0.5
    assert engaged.engagements([deliveries[1].person_id]) == {deliveries[1].person_id: []}


def test_segments_ask_for_humans_machines_campaign_channel_and_time(world: Any) -> None:
    def person(*rows: tuple[str, str, str, int, float]) -> Any:
        return world.person(
            {},
            engagements=[
                (kind, channel, origin, NOW - dt.timedelta(days=days), human)
                for kind, channel, origin, days, human in rows
            ],
        )

    human = person(("click", "email", "c1", 3, 0.92), ("open", "email", "c1", 40, 0.8))
    scanner = person(("click", "email", "c1", 3, 0.02))
    nobody = person()
    expected = {
        (("engaged", "clicked"),): {human},
        (("engaged", "clicked"), ("by", "machine")): {scanner},
        (("engaged", "clicked"), ("by", "anyone")): {human, scanner},
        (("engaged", "clicked"), ("campaign", "c2")): set(),
        (("engaged", "clicked"), ("campaign", "c1"), ("channel", "email"), ("after", "-7d")): {human},
        (("engaged", "opened"), ("after", "-30d")): set(),
        (("engaged", "opened"), ("before", "-30d")): {human},
    }
    for clause, persons in expected.items():
        assert world.matching(dict(clause)) == persons, clause
    assert world.matching({"not": {"engaged": "clicked", "by": "anyone"}}) == {nobody}


@pytest.mark.parametrize(
    ("clause", "wrong"),
    [
        ({"engaged": "clicked", "by": "human", "channel": "email", "after": "-30d"}, 0),
        ({"engaged": "opened"}, 0),
        ({"engaged": "read"}, 1),
        ({"engaged": "clicked", "by": "bots"}, 1),
        ({"engaged": "clicked", "campaign": 7}, 1),
        ({"engaged": "clicked", "after": "soon"}, 1),
        ({"engaged": "clicked", "within": "3d"}, 1),
    ],
)
def test_what_is_wrong_is_said(db: None, clause: dict[str, Any], wrong: int) -> None:
    assert len(tree.check(clause)) == wrong
    assert KIND.describe(clause)


def test_the_form_reads_what_it_shows(db: None) -> None:
    clause = {"engaged": "opened", "by": "machine", "channel": "email"}
    shown = EDITOR.show(clause)
    assert (shown["verb"], shown["by"], shown["channel"], shown["campaign"]) == (
        "opened",
        "machine",
        "email",
        "",
    )
