"""The audit log in words: sentences, names and links of records, and what is left of those that are gone."""

from __future__ import annotations

import pytest

from rapport.core import audit_log
from rapport.core.models import AuditEntry
from rapport.core.services import audit, keys, teams

pytestmark = pytest.mark.django_db


def last(actor) -> audit_log.Described:
    line = AuditEntry.objects.latest("pk")
    return audit_log.described(actor, [line])[line.pk]


def test_a_line_is_a_sentence_with_a_link_to_the_record(actor):
    team = teams.save_team(actor=actor, members=[], name="North <1>")
    line = last(actor)
    assert line.text == "Created the team North <1>"
    assert line.html == f'Created the team <a href="/settings/teams/{team.pk}/">North &lt;1&gt;</a>'


def test_what_is_gone_keeps_the_name_it_had(actor):
    team = teams.save_team(actor=actor, members=[], name="North")
    teams.delete_team(actor=actor, team=team)
    assert last(actor).html == "Deleted the team North"


def test_what_actor_may_not_see_is_not_named(actor, actor_in_role):
    keys.create(actor=actor, name="till", role="viewer")
    line = last(actor_in_role("viewer"))
    assert "till" in line.text  # the line holds the name
    assert "<a" not in line.html


def test_data_that_the_sentence_does_not_say_is_kept_beside_it(actor):
    audit.record(
        actor=actor,
        action="workspace.changed",
        object_type="workspace",
        object_id=1,
        data={"currency": "EUR", "unowned_for_all": True},
    )
    assert last(actor).rest == {"currency": "EUR", "unowned_for_all": "yes"}


def test_an_action_without_words_is_shown_by_its_key(actor):
    audit.record(actor=actor, action="moon.landed_on", object_type="moon_base", object_id="abc")
    assert last(actor).text == "moon: landed on: moon base abc"


def test_names_are_looked_up_once_for_each_kind(actor, django_assert_max_num_queries):
    for number in range(20):
        teams.save_team(actor=actor, members=[], name=f"Team {number}")
    lines = list(AuditEntry.objects.filter(action="team.created"))
    with django_assert_max_num_queries(1):
        assert len(audit_log.described(actor, lines)) == 20


def test_percent_signs_in_names_are_names(actor):
    teams.save_team(actor=actor, members=[], name="100 %(x)s %")
    assert last(actor).text == "Created the team 100 %(x)s %"
