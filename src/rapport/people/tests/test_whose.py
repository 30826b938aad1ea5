"""Mine and My team: quick views of records that have owners."""

import pytest

from rapport.core.models import Team
from rapport.people.models import Person
from rapport.people.services import company_edits

pytestmark = pytest.mark.django_db


@pytest.fixture
def owned(user, person):
    team = Team.objects.create(name="Sales")
    user.teams.add(team)
    own, ours, theirs = (person(name=name) for name in ("Mine Own", "Our Own", "Their Own"))
    Person.objects.filter(pk=own.pk).update(owner=user)
    Person.objects.filter(pk=ours.pk).update(team=team)
    Person.objects.filter(pk=theirs.pk).update(team=Team.objects.create(name="Service"))


def names(page, path):
    text = page.get(path).content.decode()
    return {name for name in ("Mine Own", "Our Own", "Their Own") if name in text}


def test_mine_are_those_i_own_and_my_teams_those_of_my_teams(page, owned):
    assert names(page, "/people/?whose=mine") == {"Mine Own"}
    assert names(page, "/people/?whose=team") == {"Our Own"}
    assert names(page, "/people/?whose=nonsense") == {"Mine Own", "Our Own", "Their Own"}


def test_quick_views_stand_beside_all_and_join_with_search(page, owned):
    text = page.get("/people/?whose=mine").content.decode()
    assert '<a class="view" href="/people/?whose=mine" aria-current="true">Mine</a>' in text
    assert "My team" in text
    assert names(page, "/people/?whose=mine&q=our") == set()


def test_who_is_in_no_team_is_offered_mine_alone(page, actor):
    company_edits.create_company(actor=actor, name="Acme")
    text = page.get("/people/companies/").content.decode()
    assert ">Mine</a>" in text
    assert ">My team</a>" not in text


def test_records_without_owners_have_no_quick_views(page):
    assert ">Mine</a>" not in page.get("/settings/audit/").content.decode()
