"""Merging by hand, taking it back, and keeping apart."""

import pytest

from rapport.people import queries
from rapport.people.models import Merge
from rapport.people.services.merging import CannotMerge, keep_apart, merge_people
from rapport.people.services.unmerging import undo_merge

pytestmark = pytest.mark.postgres


def test_two_people_merged_by_hand_are_one_and_events_follow(live, person, actor):
    ann, bea = person(email="ann@example.org"), person(email="bea@example.org")
    merge_people(actor=actor, survivor_id=ann.pk, absorbed_id=bea.pk, rule="by hand")
    assert queries.find(actor, "email:bea@example.org") == ann


def test_whom_somebody_called_different_people_cannot_be_merged(person, actor):
    ann, bea = person(email="ann@example.org"), person(email="bea@example.org")
    keep_apart(actor=actor, first_id=ann.pk, other_id=bea.pk, reason="twins")
    assert queries.kept_apart([(bea.pk, ann.pk)]) == {(bea.pk, ann.pk)}
    with pytest.raises(CannotMerge):
        merge_people(actor=actor, survivor_id=ann.pk, absorbed_id=bea.pk, rule="likeness")


def test_an_undone_merge_gives_back_traits_and_identifiers(live, person, actor):
    ann, bea = person(email="ann@example.org", city="York"), person(email="bea@example.org", city="Hull")
    merge = merge_people(actor=actor, survivor_id=ann.pk, absorbed_id=bea.pk, rule="by hand")
    assert queries.person_for(actor, bea.pk).traits["city"] == "Hull"
    undo_merge(actor=actor, merge=merge)
    assert queries.find(actor, "email:ann@example.org").traits["city"] == "York"
    assert queries.find(actor, "email:bea@example.org").pk == bea.pk
    assert Merge.objects.get().undone_at


def test_a_consent_withdrawn_since_goes_with_whose_identifiers_it_came(live, person, actor):
    ann, bea = person(email="ann@example.org"), person(email="bea@example.org")
    merge = merge_people(actor=actor, survivor_id=ann.pk, absorbed_id=bea.pk, rule="by hand")
    consent = {"purpose": "newsletter", "channel": "email"}
    live.ingest([{"type": "track", "event": "Consent Granted", "userId": "user-2", "properties": consent}])
    assert ann.consents.get().state == "granted"
    undo_merge(actor=actor, merge=merge)
    assert not ann.consents.exists()
    assert bea.consents.get().state == "granted"


def test_details_told_since_go_with_whose_identifiers_they_came(live, person, actor):
    ann, bea = person(email="ann@example.org", city="York"), person(email="bea@example.org", city="Hull")
    merge = merge_people(actor=actor, survivor_id=ann.pk, absorbed_id=bea.pk, rule="by hand")
    live.ingest([{"type": "identify", "userId": "user-1", "traits": {"city": "Leeds"}}])
    live.ingest([{"type": "identify", "userId": "user-2", "traits": {"city": "Bath", "pet": "dog"}}])
    undo_merge(actor=actor, merge=merge)
    assert queries.find(actor, "user_id:user-1").traits["city"] == "Leeds"
    assert queries.find(actor, "user_id:user-2").traits["city"] == "Bath"
    assert "pet" not in queries.find(actor, "user_id:user-1").traits
