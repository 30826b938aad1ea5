"""Nobody gets at records beyond their reach by managing users: not through teams, nor as somebody else."""

from __future__ import annotations

import pytest
from django.core.exceptions import PermissionDenied

from rapport.core.access import for_user
from rapport.core.models import Role, Team, User
from rapport.core.services import teams, users
from rapport.core.views.pages import is_own_address


@pytest.fixture
def manager(db):
    """Manages users, and sees the records of the team South."""
    Role.objects.create(key="lead", name="Lead", grants={"users.edit": "all", "people.view": "team"})
    user = User.objects.create_user("lead@example.org", roles=["lead"])
    user.teams.set([Team.objects.create(name="South")])
    return user


def test_nobody_joins_a_team_whose_records_they_do_not_reach(manager, actor):
    north = Team.objects.create(name="North")
    with pytest.raises(PermissionDenied):
        teams.save_team(actor=for_user(manager), team=north, name="North", members=[manager.pk])
    teams.save_team(actor=for_user(manager), team=north, name="Far north", members=[])
    teams.save_team(actor=actor, team=north, name="North", members=[manager.pk])
    assert north.members.get() == manager


def test_nobody_signs_in_as_somebody_with_records_of_their_own(manager):
    colleague = User.objects.create_user("bob@example.org", "a-long-pass-phrase", roles=["lead"])
    with pytest.raises(PermissionDenied):
        users.password_link(actor=for_user(manager), user_id=colleague.pk)
    invited = User.objects.create_user("new@example.org", roles=["lead"])
    assert users.password_link(actor=for_user(manager), user_id=invited.pk)


@pytest.mark.parametrize("address", ["//evil.org", "/\\evil.org", "/\t/evil.org", "https://evil.org", ""])
def test_an_address_elsewhere_is_not_ours(address):
    assert not is_own_address(address)
    assert is_own_address("/people/?q=a")
