"""Boards: what stands in which column, what is moved and by whom, and what it costs."""

import html
import json
import re

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection
from django.http import Http404, QueryDict
from django.test.utils import CaptureQueriesContext

from rapport.core.models import User
from rapport.core.tests.test_lists import Users, request_of
from rapport.core.ui.lists import Board
from rapport.core.ui.lists.board import _with

pytestmark = [pytest.mark.django_db, pytest.mark.postgres]
COLUMNS = (("light", "Light"), ("dark", "Dark"), ("system", "System"))


def promote(actor, row, value):
    if value == "system":
        raise ValidationError("Ask the owner.")
    User.objects.filter(pk=row.pk).update(theme=value)


class Ranks(Users):
    board = Board("theme", COLUMNS, promote, "users.edit", weight="id", weigh=lambda total: f"ids {total}")


@pytest.fixture
def crowd():
    for index in range(30):
        theme = "dark" if index % 3 == 0 else "light"
        User.objects.create_user(f"u{index:02}@example.org", name=f"User {index:02}", theme=theme)


def ranks(method="get", data=None, role="owner", **query):
    return Ranks(request_of(method, role=role, data=data, layout="board", **query))


def shown(**query):
    return ranks(**query).respond().content.decode()


def test_each_column_has_its_count_and_its_weight(crowd):
    from rapport.core.ui.lists.board import board_context

    page = ranks()
    columns = board_context(page, page.board)["board_columns"]
    assert [(column.value, column.count) for column in columns] == [
        ("light", 20),
        ("dark", 10),
        ("system", 0),
    ]
    dark = sum(User.objects.filter(theme="dark").values_list("pk", flat=True))
    assert columns[1].total == f"ids {dark}"


def test_search_and_filters_hold_on_the_board(crowd):
    assert "User 03" in shown(q="user")
    assert "User 03" not in shown(q="04")
    dark = json.dumps({"field": "theme", "op": "is", "value": ["dark"]})
    assert "User 03" in shown(filter=dark)
    assert "User 04" not in shown(filter=dark)


def test_a_column_is_filled_as_it_comes_into_view(crowd):
    User.objects.update(theme="light")
    first = shown(sort="name")
    assert "User 19" in first
    assert "User 20" not in first
    following = html.unescape(re.search('hx-get="([^"]*column=[^"]*)"', first)[1])
    path, query = following.split("?", 1)
    answer = Ranks(request_of(**QueryDict(query).dict())).respond().content.decode()
    assert path == "/users/"
    assert "User 20" in answer
    assert "User 19" not in answer
    assert "hx-get" not in answer


def test_a_board_runs_as_many_queries_for_two_rows_as_for_thirty(crowd):
    with CaptureQueriesContext(connection) as many:
        shown()
    User.objects.filter(email__gt="u02").delete()
    with CaptureQueriesContext(connection) as few:
        shown()
    assert (
        len(many) == len(few) == 8
    )  # totals, three columns, saved views, the workspace, held sends, unread notices


def test_a_card_is_moved_by_the_service_and_its_columns_are_counted_anew(crowd):
    user = User.objects.get(name="User 01")
    answer = ranks("post", {"move": user.pk, "to": "dark"}).respond()
    user.refresh_from_db()
    assert user.theme == "dark"
    text = answer.content.decode()
    assert 'data-head="dark"' in text
    assert ">11<" in text
    assert f'data-card="{user.pk}"' in text


def test_a_move_is_undone_by_the_address_in_its_toast(crowd):
    user = User.objects.get(name="User 01")
    answer = ranks("post", {"move": user.pk, "to": "dark"}).respond()
    undo = json.loads(answer["HX-Trigger"])["toast"]["undo"]
    assert undo == f"/users/?layout=board&move={user.pk}&to=light"
    ranks("post", {"x": "1"}, move=user.pk, to="light").respond()
    user.refresh_from_db()
    assert user.theme == "light"


def test_a_refused_move_says_why_and_changes_nothing(crowd):
    user = User.objects.get(name="User 01")
    answer = ranks("post", {"move": user.pk, "to": "system"}).respond()
    assert answer.status_code == 422
    assert "Ask the owner." in answer["HX-Trigger"]
    user.refresh_from_db()
    assert user.theme == "light"


@pytest.mark.parametrize("to", ["owner", "", "light'"])
def test_there_is_no_way_to_a_column_that_the_board_does_not_have(crowd, to):
    with pytest.raises(Http404):
        ranks("post", {"move": User.objects.first().pk, "to": to}).respond()


def test_who_lacks_the_permission_looks_on(crowd):
    cards = re.compile(r"<li [^>]*data-card[^>]*draggable")
    assert cards.search(shown())
    assert not cards.search(shown(role="viewer"))
    with pytest.raises(PermissionDenied):
        ranks("post", {"move": User.objects.first().pk, "to": "dark"}, role="viewer").respond()


def test_a_row_outside_of_the_list_is_not_moved(crowd):
    ada = User.objects.create_user("ada@example.org", theme="light")
    with pytest.raises(Http404):
        ranks("post", {"move": ada.pk, "to": "dark"}).respond()


def test_rows_without_a_value_have_a_column_where_the_board_names_one(crowd):
    class Named(Users):
        board = Board("name", (("", "Nameless"), ("User 01", "First")))

    User.objects.filter(name="User 02").update(name="")
    text = Named(request_of(layout="board")).respond().content.decode()
    assert "u02@example.org" in text
    assert "u03@example.org" not in text


def test_a_list_without_a_board_stays_a_table(crowd):
    text = Users(request_of(layout="board")).respond().content.decode()
    assert "<table" in text
    assert "r-board" not in text


def test_a_value_with_signs_of_an_address_stays_one_value():
    assert _with("/users/?q=a", column="R&D = best?") == "/users/?q=a&column=R%26D+%3D+best%3F"
