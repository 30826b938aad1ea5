"""What is flagged as personal data is not to be had by asking about it instead."""

import pytest

from rapport.events.models import EventProperty, EventType
from rapport.segments.computed.services import traits as computed
from rapport.segments.computed.services.preview import preview as preview_trait
from rapport.segments.language.problems import InvalidDefinition
from rapport.segments.services import explain, segments
from rapport.segments.tests.conftest import NOW

LAST = {"figure": "last", "events": ["Quiz Won"], "property": "friend.mail"}
HIDDEN_CLAUSE = {"did": "Quiz Won", "where": [{"property": "friend.mail", "is": "eve@example.org"}]}
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def flagged(clickhouse):
    event = EventType.objects.create(name="Quiz Won")
    EventProperty.objects.create(event=event, name="friend.mail", personal="yes")


def test_a_trial_of_a_computed_trait_shows_nothing_flagged(actor, actor_in_role):
    with pytest.raises(InvalidDefinition, match=r"friend\.mail"):
        preview_trait(actor=actor_in_role("viewer"), definition_=LAST, now=NOW)
    assert preview_trait(actor=actor, definition_=LAST, now=NOW).looked_at == 0


def test_a_computed_trait_is_not_made_of_what_is_hidden(actor, actor_in_role):
    with pytest.raises(InvalidDefinition):
        computed.create_trait(actor=actor_in_role("analyst"), name="Mail", definition=LAST)
    assert computed.create_trait(actor=actor, name="Mail", definition=LAST).key == "mail"


def test_nor_by_way_of_the_context(actor_in_role):
    clause = {"figure": "last", "events": ["Quiz Won"], "context": "traits.friend.mail"}
    with pytest.raises(InvalidDefinition):
        preview_trait(actor=actor_in_role("viewer"), definition_=clause, now=NOW)


@pytest.mark.parametrize("make", [segments.preview, segments.create_segment])
def test_nobody_is_found_by_what_is_hidden(actor_in_role, make):
    named = {"name": "Eves"} if make is segments.create_segment else {}
    with pytest.raises(InvalidDefinition):
        make(actor=actor_in_role("analyst"), definition=HIDDEN_CLAUSE, **named)


def test_other_properties_and_events_are_free_to_ask(actor_in_role):
    clause = {"did": "Quiz Won", "where": [{"property": "score", "is": 7}]}
    assert segments.preview(actor=actor_in_role("viewer"), definition=clause).count == 0


def test_why_somebody_is_in_a_segment_does_not_tell_the_value(live, person):
    ann = person(email="ann@example.org")
    won = {
        "type": "track",
        "event": "Quiz Won",
        "userId": "user-1",
        "properties": {"friend": {"mail": "eve@x.org"}},
    }
    live.ingest([won])
    clause = {"did": "Quiz Won", "last_value": "friend.mail", "is": "eve@x.org"}
    hidden = {"Quiz Won": frozenset({"friend.mail"})}
    assert "eve@x.org" in explain.explain(clause, person_id=ann.pk, now=NOW.replace(year=2100)).evidence
    assert explain.explain(clause, person_id=ann.pk, now=NOW, hidden=hidden).evidence == "••••"
