"""One change for many rows of any list: asked for on a page, carried out, watched, stopped and taken back."""

import datetime as dt

import pytest
from django.core.exceptions import ValidationError

from rapport.core import jobs
from rapport.core.bulk import services
from rapport.core.clock import SYSTEM
from rapport.core.models import AuditEntry, BulkChange, BulkChangeItem, Job, User
from rapport.core.ui.lists import Column, InlineEdit
from rapport.core.ui.lists import jobs as bulk_jobs
from rapport.core.views import bulk as views
from rapport.core.views import users
from rapport.core.views.users import UserList

pytestmark = pytest.mark.django_db
USERS = "/settings/users/"
THEMES = (("system", "System"), ("light", "Light"), ("dark", "Dark"))


def paint(actor, row, value):
    if row.email == "ada@example.org":
        raise ValidationError("Ada likes it as it is.")
    User.objects.filter(pk=row.pk).update(theme=value)


def theme_of(row):
    return row.theme


class Themes(UserList):
    columns = (
        *UserList.columns,
        Column("theme", "Theme", edit=InlineEdit(paint, "users.edit", THEMES, theme_of)),
    )


@pytest.fixture(autouse=True)
def list_of_users(monkeypatch):
    """The list of users with a column that is edited in place."""
    monkeypatch.setattr(users, "UserList", Themes)


@pytest.fixture
def agents():
    return [User.objects.create_user(f"a{index}@example.org", theme="light") for index in range(5)]


def choose(page, users, **more):
    answer = page.post(USERS, {"action": "change", "row": [user.pk for user in users], **more})
    assert answer.status_code == 302
    return answer.url


def darken(page, place, theme="dark"):
    return page.post(place, {"column": "theme", "value": theme})


def themes(users):
    return [user.theme for user in User.objects.filter(pk__in=[user.pk for user in users]).order_by("pk")]


@pytest.fixture
def slowly(monkeypatch):
    """Every change is left to a worker, and goes through two rows at a time."""
    monkeypatch.setattr(views, "AT_ONCE", 0)
    monkeypatch.setattr(bulk_jobs, "CHUNK", 2)


def work():
    while jobs.run_once(SYSTEM, services.JOB):
        pass


def test_any_column_that_is_edited_in_place_is_changed_for_many(page, agents):
    place = choose(page, agents[:3])
    form = page.get(place).content.decode()
    assert "3 rows" in form
    assert '<option value="dark">' in form
    assert darken(page, place).url == USERS
    assert themes(agents) == ["dark"] * 3 + ["light"] * 2
    assert "3 of 3 rows changed." in page.get(USERS).content.decode()


def test_a_change_is_taken_back_except_where_it_was_changed_since(page, agents):
    place = choose(page, agents[:3])
    darken(page, place)
    User.objects.filter(pk=agents[0].pk).update(theme="system")
    page.post(f"{place}undo/")
    assert themes(agents) == ["system"] + ["light"] * 4
    assert BulkChange.objects.get().state == "undone"


def test_rows_that_refuse_the_value_leave_the_others_alone(page, user, agents):
    place = choose(page, [user, *agents[:1]])
    darken(page, place)
    user.refresh_from_db()
    assert user.theme == "system"
    assert themes(agents[:1]) == ["dark"]
    assert Job.objects.get(kind=services.JOB).result == {"changed": 1}


def test_a_value_that_the_column_does_not_have_is_refused_before_anything_happens(page, agents):
    place = choose(page, agents)
    assert darken(page, place, "purple").status_code == 422
    assert BulkChange.objects.get().state == "draft"


def test_everything_that_matches_is_chosen_by_its_filter(page, agents):
    where = f"{USERS}?q=a1"
    page.post(where, {"action": "change", "everything": "1"})
    change = BulkChange.objects.get()
    assert change.total == 1
    assert change.origin == where


def test_nobody_chosen_is_said_so(page):
    assert page.post(USERS, {"action": "change"}).url == USERS
    assert "Choose between one and a million rows." in page.get(USERS).content.decode()


def test_many_rows_are_left_to_a_worker_and_watched(page, agents, slowly):
    place = choose(page, agents)
    assert darken(page, place).url == place
    assert 'hx-trigger="every 1s"' in page.get(place).content.decode()
    work()
    assert themes(agents) == ["dark"] * 5
    text = page.get(place, headers={"HX-Request": "true"}).content.decode()
    assert "5 of 5 rows changed." in text
    assert "every 1s" not in text
    page.post(f"{place}undo/")
    work()
    assert themes(agents) == ["light"] * 5


def test_a_change_goes_on_where_its_worker_was_stopped(page, agents, slowly, monkeypatch):
    place = choose(page, agents)
    darken(page, place)
    steps = []

    def step(self, **given):
        steps.append(given)
        if len(steps) == 3:
            raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(jobs.RunningJob, "step", step)
        with pytest.raises(KeyboardInterrupt):
            work()
    assert sorted(themes(agents)) == ["dark"] * 2 + ["light"] * 3
    Job.objects.update(lease_until=SYSTEM.now() - dt.timedelta(seconds=1))
    work()
    assert themes(agents) == ["dark"] * 5


def test_a_stopped_change_is_taken_back_as_far_as_it_went(page, agents, slowly):
    place = choose(page, agents)
    darken(page, place)
    page.post(f"{place}stop/")
    assert BulkChange.objects.get().state == "stopped"
    assert "Cancelled" in page.get(place).content.decode()
    page.post(f"{place}undo/")
    work()
    assert BulkChange.objects.get().state == "undone"
    assert themes(agents) == ["light"] * 5


def test_what_a_worker_has_in_hand_is_taken_back_as_soon_as_it_lets_go(page, agents, slowly, monkeypatch):
    place = choose(page, agents)
    darken(page, place)
    take_up = bulk_jobs._taken_up

    def undone_meanwhile(job, change):
        undoing = take_up(job, change)
        if not undoing:
            page.post(f"{place}undo/")
        return undoing

    monkeypatch.setattr(bulk_jobs, "_taken_up", undone_meanwhile)
    jobs.run_once(SYSTEM, services.JOB)
    assert BulkChange.objects.get().state == "undoing"
    work()
    assert (themes(agents), BulkChange.objects.get().state) == (["light"] * 5, "undone")


def test_taking_back_that_stopped_and_runs_again_still_takes_back(page, actor, agents, slowly):
    place = choose(page, agents)
    darken(page, place)
    work()
    page.post(f"{place}undo/")
    page.post(f"{place}stop/")
    undoing = Job.objects.filter(kind=services.JOB).latest("created_at")
    jobs.retry(actor=actor, job=undoing)
    work()
    assert (themes(agents), BulkChange.objects.get().state) == (["light"] * 5, "undone")
    first = Job.objects.filter(kind=services.JOB).earliest("created_at")
    Job.objects.filter(pk=first.pk).update(state="failed")
    jobs.retry(actor=actor, job=first)
    work()
    assert (themes(agents), BulkChange.objects.get().state) == (["light"] * 5, "undone")


def test_the_rights_of_who_chose_are_asked_again_when_it_runs(page, user, agents, slowly):
    place = choose(page, agents)
    darken(page, place)
    user.roles.set(["viewer"])
    work()
    assert themes(agents) == ["light"] * 5
    assert BulkChange.objects.get().state == "stopped"


def test_a_change_belongs_to_who_began_it(page, agents, client):
    place = choose(page, agents)
    client.force_login(User.objects.create_user("bob@example.org", roles=["owner"]))
    assert client.get(place).status_code == 404
    assert client.post(f"{place}undo/").status_code == 404


def test_a_change_leaves_an_audit_line_and_is_forgotten_after_three_months(page, agents):
    place = choose(page, agents)
    darken(page, place)
    assert AuditEntry.objects.get(action="bulk.started").data["rows"] == 5
    assert services.forget_old(SYSTEM.now() + dt.timedelta(days=89)) == 0
    assert services.forget_old(SYSTEM.now() + dt.timedelta(days=91)) > 0
    assert not BulkChange.objects.exists()


def test_what_is_kept_of_a_row_goes_with_an_erasure(page, agents):
    darken(page, choose(page, agents))
    assert services.forget_rows([agents[0].pk]) == 1
    assert BulkChangeItem.objects.count() == 4
