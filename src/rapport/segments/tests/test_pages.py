"""The pages: list, segment, builder, and why somebody is in."""

import json

import pytest

from rapport.segments.builder import nodes
from rapport.segments.models import Segment
from rapport.segments.services.segments import create_segment
from rapport.segments.tests.conftest import NOW, evaluate_people, make_stages

RICH = {
    "all": [
        {"trait": "country", "in": ["GB", "IE"]},
        {"any": [
            {"did": "Order Completed", "at_least": 3, "within": "30d",
             "where": [{"property": "total", "gte": 50, "lt": 90}]},
            {"did": "Order Completed", "between": ["2026-01-01", None], "sum": "total", "gt": 100, "at_least": 1},
        ]},
        {"not": {"any": [{"consent": "newsletter", "channel": "email"}, {"trait": "vip", "is": True}]}},
        {"not": {"trait": "address.city", "exists": True}},
        {"did_not": "Message Opened", "within": "3mo"},
        {"not": {"did": "Message Opened", "at_least": 2}},
        {"identifier": "email", "ends_with": "@example.org"},
        {"profile": "first_seen", "after": "-7d"},
        {"profile": "identified", "is": False},
        {"consent": "newsletter", "state": "withdrawn"},
        {"consent": "newsletter", "state": "granted", "since": {"after": "-7d"}},
        {"company": "plan", "which": "primary", "is": "pro"},
        {"score": "churn", "gte": 0.5},
        {"lifecycle": ["customer", "repeat"]},
        {"sample": 10, "salt": "x"},
        {"identifier": "email", "at_least": 2},
        {"did": "A", "at_least": 1, "last_time": {"before": "-90d"},
         "where": [{"property": "items[].sku", "is": "a"}]},
        {"sequence": [{"did": "A"}, {"did_not": "B", "within": "3d"}], "same": "sku"},
        {"sequence": [
            {"did": "A", "where": [{"property": "total", "gt": 5}]}, {"did": "B"}, {"did": "C", "within": "90min"}],
         "within": "6mo"},
        {"did": "A", "at_least": 2, "each": "1w", "periods": 4},
        {"did": "A", "on_days": 3, "within": "30d"},
        {"did": "A", "at_least": 1, "most_frequent": "category", "in": ["shoes", "hats"]},
        {"did": "A", "at_least": 1, "first_time": {"after": "-30d"}},
    ]
}  # fmt: skip


@pytest.fixture
def make(db, actor):
    make_stages("repeat", "customer")
    return lambda definition, name="Buyers": create_segment(actor=actor, name=name, definition=definition)


def posted(node):
    """The fields of the builder as a browser would post them, read from the drawn HTML."""
    from html.parser import HTMLParser

    class Form(HTMLParser):
        def __init__(self):
            super().__init__()
            self.fields, self.select, self.area = {}, None, None

        def handle_starttag(self, tag, attrs):
            a = dict(attrs)
            if tag == "input" and "name" in a and not (a.get("type") == "checkbox" and "checked" not in a):
                self.fields[a["name"]] = a.get("value", "on")
            if tag == "select":
                self.select = a["name"]
            if tag == "option" and self.select and ("selected" in a or self.select not in self.fields):
                self.fields[self.select] = a["value"]
            if tag == "textarea":
                self.area = a["name"]

        def handle_data(self, data):
            if self.area:
                self.fields[self.area] = self.fields.get(self.area, "") + data

        def handle_endtag(self, tag):
            self.select = None if tag == "select" else self.select
            self.area = None if tag == "textarea" else self.area

    form = Form()
    form.feed(node)
    return form.fields


def builder_of(page, key):
    return page.get(f"/segments/{key}/edit/").content.decode().split('id="builder"')[1].split("</form>")[0]


def test_the_builder_says_a_definition_back_unchanged(world, page, make):
    segment = make(RICH)
    assert nodes.read(posted(builder_of(page, segment.key))) == RICH


def test_what_the_form_cannot_say_is_kept_as_json(world, page, make):
    odd = {
        "all": [
            {"did": "A", "at_least": 1, "at_most": 3},
            {"did": "B", "where": [{"context": "ip", "is": "x"}]},
        ]
    }
    assert nodes.read(posted(builder_of(page, make(odd).key))) == odd


@pytest.mark.parametrize(
    ("action", "then"),
    [
        ("add::trait", {"all": [{"trait": "a", "is": "b"}, {"any": []}, {"trait": "", "is": ""}]}),
        (
            "add:-1:event",
            {"all": [{"trait": "a", "is": "b"}, {"any": [{"did": "", "at_least": 1, "within": "30d"}]}]},
        ),
        ("remove:-0", {"all": [{"any": []}]}),
        ("down:-0", {"all": [{"any": []}, {"trait": "a", "is": "b"}]}),
        ("copy:-0", {"all": [{"trait": "a", "is": "b"}, {"trait": "a", "is": "b"}, {"any": []}]}),
        ("wrap:-0", {"all": [{"any": [{"trait": "a", "is": "b"}]}, {"any": []}]}),
        ("compare+:-0:", {"all": [{"trait": "a", "is": "b", "gte": ""}, {"any": []}]}),
        ("remove:-9", {"all": [{"trait": "a", "is": "b"}, {"any": []}]}),
        ("nonsense", {"all": [{"trait": "a", "is": "b"}, {"any": []}]}),
    ],
)
def test_a_button_changes_the_tree(action, then):
    assert nodes.act({"all": [{"trait": "a", "is": "b"}, {"any": []}]}, action) == then


def test_a_segment_is_made_in_the_builder(world, page):
    form = {"name": "British", "n.group": "all", "n.size": "1", "n-0.kind": "trait", "n-0.name": "country",
            "n-0.comparisons": "1", "n-0.op0": "is", "n-0.value0": "GB"}  # fmt: skip
    answer = page.post("/segments/new/", form)
    assert (answer.status_code, answer["Location"]) == (302, "/segments/british/")
    assert Segment.objects.get().definition == {"all": [{"trait": "country", "is": "GB"}]}


def test_mistakes_stand_beside_the_clause(world, page):
    form = {"name": "X", "n.group": "all", "n.size": "1", "n-0.kind": "trait", "n-0.name": "",
            "n-0.comparisons": "1", "n-0.op0": "gt", "n-0.value0": "much"}  # fmt: skip
    answer = page.post("/segments/new/", form)
    beside = answer.content.decode().split('id="problems-0"')[1].split("</div>")[0]
    assert answer.status_code == 422
    assert "Name the trait" in beside
    assert "must be a number" in beside


def test_json_that_cannot_be_read_is_kept_as_typed(world, page):
    answer = page.post("/segments/new/", {"name": "X", "mode": "json", "json": '{"all": ['})
    assert answer.status_code == 422
    assert "This is not JSON" in answer.content.decode()
    assert "{&quot;all&quot;: [" in answer.content.decode()


def test_the_preview_counts_and_says_it_in_words(world, page):
    world.person({"country": "GB"})
    form = {"mode": "json", "json": json.dumps({"trait": "country", "is": "GB"})}
    text = page.post("/segments/preview/", form).content.decode()
    assert 'preview-count">1<' in text
    assert "Country is “GB”." in text


def test_redrawing_needs_no_complete_definition(world, page):
    answer = page.post("/segments/redraw/", {"n.group": "any", "action": "add::event"})
    assert 'name="n-0.marker"' in answer.content.decode()


def test_the_segment_page_shows_members_and_the_definition_in_words(world, page, make):
    ada = world.person({"country": "GB"})
    segment = make({"trait": "country", "is": "GB"})
    evaluate_people([ada], NOW)
    text = page.get(f"/segments/{segment.key}/").content.decode()
    assert "Country is “GB”." in text
    assert str(ada) in text


def test_why_answers_each_clause_with_what_it_saw(world, page, make):
    ada = world.person({"country": "GB"})
    world.event(ada, "Order Completed", total=12.5)
    segment = make(
        {"all": [{"trait": "country", "is": "FR"}, {"did": "Order Completed", "sum": "total", "gt": 5}]}
    )
    text = page.get(f"/segments/{segment.key}/why/{ada}/").content.decode()
    assert "is “GB”" in text
    assert "1 time, last on 10 Mar 2026, 12:00, sum of total 12.5" in text
    assert "is not in" in text


def test_the_list_shows_sizes_and_states(world, page, make):
    make({"all": []}, "Everybody there is")
    text = page.get("/segments/").content.decode()
    assert "Everybody there is" in text
    assert "Computing" in text


def test_archiving_can_be_undone(world, page, make):
    make({"all": []})
    page.post("/segments/buyers/archive/")
    assert Segment.objects.get().state == "archived"
    page.post("/segments/buyers/restore/")
    assert Segment.objects.get().state == "computing"


def test_a_viewer_may_look_but_not_edit(world, client, make):
    from rapport.core.models import User

    make({"all": []})
    client.force_login(User.objects.create_user("v@example.org", "correct horse", name="V", roles=["viewer"]))
    assert client.get("/segments/buyers/").status_code == 200
    assert client.get("/segments/buyers/edit/").status_code == 403


def pressed(page, definition, action):
    """The definition after a button of the builder."""
    return nodes.act(json.loads(json.dumps(definition)), action)["all"][0]


STEPS = {"all": [{"sequence": [{"did": "A"}, {"did": "B", "within": "3d"}, {"did_not": "C"}]}]}


@pytest.mark.parametrize(
    ("action", "order"),
    [("step+:-0", "ABC"), ("step-:-0:s1", "AC"), ("step-up:-0:s1", "BAC"), ("step-down:-0:s1", "ACB")],
)
def test_the_steps_of_a_sequence_come_go_and_move_by_buttons(page, action, order):
    steps = pressed(page, STEPS, action)["sequence"]
    assert "".join(step.get("did", step.get("did_not")) for step in steps) == order
    assert "within" not in steps[0]


def test_a_step_takes_conditions_of_its_own(page):
    definition = pressed(page, STEPS, "where+:-0:s1")
    assert definition["sequence"][1]["where"] == [{"property": "", "is": ""}]
    definition = pressed(page, {"all": [definition]}, "compare+:-0:s1w0")
    assert definition["sequence"][1]["where"] == [{"property": "", "is": "", "gte": ""}]
    assert "where" not in pressed(page, {"all": [definition]}, "where-:-0:s1w0")["sequence"][1]


@pytest.mark.parametrize(
    "clause",
    [
        STEPS["all"][0],
        {"did": "A", "each": "1w", "periods": 4, "at_least": 2},
        {"did": "A", "most_frequent": "category", "is": "hats"},
        {"did": "A", "last_time": {"before": "-90d"}, "at_least": 1},
        {"lifecycle": ["customer"]},
    ],
)
def test_every_kind_of_clause_is_edited_without_json(world, page, make, clause):
    assert "clause-json" not in builder_of(page, make({"all": [clause]}).key)


@pytest.mark.parametrize(
    "typed", ['{"trait": "x", "is": "' + chr(92) + 'ud800"}', '{"all": [' + "[" * 300_000]
)
def test_no_text_typed_as_json_breaks_the_page_or_holds_it_up(page, clickhouse, typed):
    answer = page.post("/segments/preview/", {"mode": "json", "json": typed})
    assert (answer.status_code, "This is not JSON" in answer.content.decode()) == (200, True)
