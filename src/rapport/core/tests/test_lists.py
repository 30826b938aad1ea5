"""Lists: what stands in the URL decides what is shown, and nothing else can be asked of the database."""

import datetime as dt
import json

import pytest
from django.core.exceptions import ValidationError
from django.http import Http404, QueryDict
from django.test import RequestFactory

from rapport.core.access import Actor
from rapport.core.models import AuditEntry, User
from rapport.core.permissions import grants_of_role
from rapport.core.ui.lists import (
    BulkAction,
    BulkResult,
    ChoiceFilter,
    Column,
    DateFilter,
    FilterError,
    InlineEdit,
    ListPage,
    NumberFilter,
    TextFilter,
    tree,
)
from rapport.core.ui.lists.columns import csv_value

pytestmark = [pytest.mark.django_db, pytest.mark.postgres]


def rename(actor, row, value):
    if not value:
        raise ValidationError("Give it a name.")
    User.objects.filter(pk=row.pk).update(name=value)


class Users(ListPage):
    name = "users"
    export_permission = "users.edit"
    title = "Users"
    default_sort = "name"
    search_in = ("name", "email")
    page_size = 3
    columns = (
        Column("name", "Name", sort="name", main=True, edit=InlineEdit(rename, "users.edit")),
        Column("email", "Email", sort="email"),
        Column("theme", "Theme"),
        Column("last_login", "Last seen", sort="last_login", shown=False),
    )
    filters = (
        TextFilter("name", "Name"),
        ChoiceFilter("theme", "Theme", choices=[("dark", "Dark"), ("light", "Light")]),
        DateFilter("date_joined", "Joined"),
        NumberFilter("id", "Number"),
    )
    bulk = (
        BulkAction(
            "leave",
            "Deactivate",
            "ban",
            "users.edit",
            lambda actor, rows: BulkResult(str(rows.update(is_active=False))),
        ),
    )

    def rows(self):
        return User.objects.exclude(email="ada@example.org")


def request_of(method="get", role="owner", data=None, **query):
    url = "/users/?" + "&".join(f"{name}={value}" for name, value in query.items())
    request = (
        getattr(RequestFactory(), method)(url, data=data) if data else getattr(RequestFactory(), method)(url)
    )
    request.user = User(id=1, email="ada@example.org")
    request.actor = Actor("user", "1", "ada@example.org", grants_of_role(role), 1)
    request._messages = type("Messages", (list,), {"add": lambda self, *given: self.append(given)})()
    return request


def users(**query):
    return Users(request_of(**query))


@pytest.fixture
def seven(db):
    for index, name in enumerate(["Ann", "Ben", "Cid", "Dot", "Eve", "Fay", "Gus"]):
        theme = "dark" if index % 2 else "light"
        User.objects.create_user(f"{name.lower()}@example.org", name=name, theme=theme)


def names(page):
    return [row.name for row in page.slice().rows]


def walked(**query):
    """All names, page by page."""
    names, after = [], ""
    while True:
        page = users(**query, after=after)
        cut = page.slice()
        names += [row.name for row in cut.rows]
        after = cut.after
        if not after:
            return names


def matching(condition):
    return sorted(row.name for row in users(filter=json.dumps(condition)).matching())


def test_a_list_is_walked_page_by_page_without_gap_or_repeat(seven):
    assert walked() == ["Ann", "Ben", "Cid", "Dot", "Eve", "Fay", "Gus"]
    assert walked(sort="-email") == ["Gus", "Fay", "Eve", "Dot", "Cid", "Ben", "Ann"]


def test_rows_with_equal_keys_are_still_walked_once_each(seven):
    User.objects.update(name="Same")
    assert len(walked()) == 7


def test_rows_without_a_value_come_last_in_both_directions(seven):
    User.objects.filter(name="Cid").update(last_login=dt.datetime(2026, 1, 1, tzinfo=dt.UTC))
    assert walked(sort="last_login")[0] == walked(sort="-last_login")[0] == "Cid"
    assert len(walked(sort="-last_login")) == 7


def test_previous_leads_back_to_the_page_before(seven):
    second = users(after=users().slice().after).slice()
    assert names(users(before=second.before)) == ["Ann", "Ben", "Cid"]


def test_pages_are_cut_by_key_and_never_by_offset(seven, django_assert_num_queries):
    page = users(after=users_cursor())
    with django_assert_num_queries(1) as queries:
        page.slice()
    assert "OFFSET" not in queries[-1]["sql"]


def users_cursor():
    from rapport.core.ui.lists.keyset import _write

    row = User.objects.first()
    row.list_key = row.name
    return _write(row)


@pytest.mark.parametrize("cursor", ["x", "bnVsbA", "WyJhIiwgIngiXQ", "WyJcdTAwMDAiLCAxXQ"])
def test_a_damaged_cursor_gives_the_first_page(seven, cursor):
    assert names(users(after=cursor)) == ["Ann", "Ben", "Cid"]


def test_groups_nest_with_and_or_and_not(seven):
    dark = {"field": "theme", "op": "is", "value": ["dark"]}
    a_or_b = {"any": [{"field": "name", "op": "starts", "value": prefix} for prefix in "AB"]}
    assert matching({"all": [dark, a_or_b]}) == ["Ben"]
    assert matching({"all": [dark, {"not": a_or_b}]}) == ["Dot", "Fay"]


@pytest.mark.parametrize(
    "bad",
    [
        {"field": "password", "op": "starts", "value": "x"},
        {"field": "name", "op": "regex", "value": "x"},
        {"field": "name", "op": "is", "value": {"a": 1}},
        {"field": "theme", "op": "is", "value": ["pink"]},
        {"field": "id", "op": "over", "value": "NaN"},
        {"field": "date_joined", "op": "on", "value": "9999-12-31"},
        {"field": ["name"], "op": "is"},
        "name",
    ],
)
def test_what_is_not_on_the_list_of_filters_is_refused_and_shows_no_rows(seven, bad):
    with pytest.raises(FilterError):
        tree.compiled(bad, {list_filter.name: list_filter for list_filter in Users.filters})
    page = users(filter=json.dumps(bad))
    assert names(page) == []
    assert page.problem


def test_half_a_character_in_a_filter_is_refused(seven):
    page = users(filter='{"field":"name","op":"is","value":"\\ud800"}')
    assert (names(page), bool(page.problem)) == ([], True)


def test_a_filter_cannot_nest_or_grow_without_bound():
    deep = {"field": "name", "op": "empty"}
    for _ in range(2000):
        deep = {"not": deep}
    for bad in (deep, {"all": [{"field": "name", "op": "empty"}] * 50}):
        with pytest.raises(FilterError):
            tree.compiled(bad, {list_filter.name: list_filter for list_filter in Users.filters})


def test_search_and_state_survive_in_links():
    page = users(q="an", sort="-name", cols="email,name", density="compact")
    assert page.state.url(sort="name") == "/users/?q=an&sort=name&cols=email,name&density=compact"


def test_the_reader_chooses_the_columns_but_never_loses_the_main_one():
    assert [column.name for column in users(cols="theme,nothing").chosen_columns] == ["name", "theme"]


@pytest.mark.parametrize("many", [2, 20])
def test_a_list_page_runs_as_many_queries_for_two_rows_as_for_twenty(page, many, django_assert_num_queries):
    for index in range(many):
        AuditEntry.objects.create(
            at=dt.datetime.now(dt.UTC),
            actor_kind="user",
            actor_id=page.session["_auth_user_id"],
            action=f"a.{index}",
        )
    with django_assert_num_queries(10):
        assert page.get("/styleguide/list/").status_code == 200


def test_htmx_gets_the_body_of_the_list_alone(page):
    answer = page.get("/styleguide/list/?q=x", headers={"HX-Request": "true", "HX-Target": "list"})
    assert b"<html" not in answer.content


def exported(**query):
    return b"".join(Users(request_of(export="csv", **query)).respond()).decode("utf-8-sig").splitlines()


def test_the_export_holds_exactly_what_is_shown_on_all_pages(seven):
    lines = exported(cols="name,theme", q="example", sort="-email")
    assert lines[:3] == ["Name,Theme", "Gus,light", "Fay,dark"]
    assert len(lines) == 8


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@x", "\tx", "\rx"])
def test_exported_text_never_runs_as_a_formula(text):
    assert csv_value(text) == f"'{text}"
    assert csv_value(-5) == -5


def test_an_export_leaves_an_audit_line(seven):
    exported()
    assert AuditEntry.objects.get(action="list.exported").object_id == "users"


def test_a_bulk_action_reaches_the_chosen_rows_only(seven):
    chosen = User.objects.filter(name__in=["Ann", "Ben"]).values_list("pk", flat=True)
    Users(request_of("post", data={"action": "leave", "row": list(chosen)})).respond()
    assert User.objects.filter(is_active=False).count() == 2


def test_a_bulk_action_on_everything_keeps_to_the_filter(seven):
    dark = json.dumps({"field": "theme", "op": "is", "value": ["dark"]})
    Users(request_of("post", data={"action": "leave", "everything": "1"}, filter=dark)).respond()
    assert set(User.objects.filter(is_active=False).values_list("theme", flat=True)) == {"dark"}


def test_bulk_and_edit_need_their_permission(seven, client):
    from django.core.exceptions import PermissionDenied

    for data in ({"action": "leave", "row": [1]}, {"edit": "name", "row": 1, "value": "x"}):
        with pytest.raises(PermissionDenied):
            Users(request_of("post", role="viewer", data=data)).respond()


def test_a_cell_takes_none_but_its_choices(seven):
    class Themed(Users):
        columns = (Column("theme", "Theme", edit=InlineEdit(rename, choices=(("dark", "Dark"),))),)
        default_sort = "theme"

    ann = User.objects.get(name="Ann")
    answer = Themed(request_of("post", data={"edit": "theme", "row": ann.pk, "value": "pink"})).respond()
    assert answer.status_code == 422
    assert not User.objects.filter(name="pink").exists()


def test_a_cell_is_edited_in_place_through_its_service(seven):
    ann = User.objects.get(name="Ann")
    answer = Users(request_of("post", data={"edit": "name", "row": ann.pk, "value": "Anna"})).respond()
    assert answer.content == b"Anna"


def test_a_value_that_will_not_do_is_answered_with_words(seven):
    ann = User.objects.get(name="Ann")
    answer = Users(request_of("post", data={"edit": "name", "row": ann.pk, "value": ""})).respond()
    assert answer.status_code == 422
    assert "Give it a name." in answer["HX-Trigger"]


def test_null_bytes_reach_no_query(seven):
    assert users(q="a%00nn").state.q == "ann"
    assert QueryDict("q=%00")["q"] == "\0"


class Closed(Users):
    export_permission = ""


def test_a_list_that_names_no_permission_is_not_exported(seven):
    with pytest.raises(Http404):
        Closed(request_of(export="csv")).respond()
    assert "export=csv" not in Closed(request_of()).respond().content.decode()
