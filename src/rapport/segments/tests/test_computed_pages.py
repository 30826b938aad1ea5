"""The pages and the API of computed traits and the lifecycle."""

import pytest
from django.urls import reverse

from rapport.segments.computed.services import traits as services
from rapport.segments.models import ComputedTrait, Lifecycle, Stage
from rapport.segments.services.segments import create_segment
from rapport.segments.tests.test_computed_upkeep import SPENT, order

FORM = {"name": "Spent", "key": "", "description": "", "figure": "sum", "of": "total", "holder": "property",
        "currency": "one", "code": "gbp", "events": "1", "event0": "Order Completed", "window": "within",
        "number": "30", "unit": "d", "conditions": "1", "w0holder": "property", "w0name": "total", "w0op": "gt",
        "w0value": "1"}  # fmt: skip


@pytest.fixture
def spent(actor, clickhouse, db, live, settle):
    trait = services.create_trait(actor=actor, name="Spent", definition=SPENT)
    live.ingest([order("u1", 60, 1), order("u2", 5, 2)])
    settle()
    return ComputedTrait.objects.get(pk=trait.pk)


def test_an_empty_list_offers_the_first_step(page, clickhouse):
    text = page.get(reverse("computed:list")).content.decode()
    assert "?recipe=lifetime_value" in text


def test_the_list_tells_coverage_values_and_state(page, spent):
    text = page.get(reverse("computed:list")).content.decode()
    assert "£5.00 · £32.50 · £60.00" in text
    assert "Up to date" in text


def test_every_recipe_can_be_saved_as_it_stands(page, clickhouse):
    from rapport.segments.computed import forms as form
    from rapport.segments.computed.language import recipes

    for recipe in recipes.recipes():
        assert page.get(f"{reverse('computed:new')}?recipe={recipe.key}").status_code == 200
        drawn = form.drawing(recipe.definition)
        assert drawn["words"]
        assert "…" not in drawn["words"]


def test_the_form_makes_the_definition(page, clickhouse):
    answer = page.post(reverse("computed:new"), FORM)
    assert answer.status_code == 302
    assert ComputedTrait.objects.get().definition == {
        "figure": "sum", "events": ["Order Completed"], "property": "total", "currency": "GBP", "within": "30d",
        "where": [{"property": "total", "gt": 1}],
    }  # fmt: skip


def test_the_form_says_what_is_wrong_beside_the_field(page, clickhouse):
    answer = page.post(reverse("computed:new"), FORM | {"of": "", "event0": ""})
    assert answer.status_code == 422
    assert "Name the property" in answer.content.decode()
    assert not ComputedTrait.objects.exists()


def test_a_collision_is_told_and_can_be_taken_over(page, person):
    person(spent=7)
    answer = page.post(reverse("computed:new"), FORM)
    assert "1 person has a trait “spent” from another source already" in answer.content.decode()
    assert page.post(reverse("computed:new"), FORM | {"take_over": "on"}).status_code == 302


def test_a_button_adds_an_event_and_a_condition(page, clickhouse):
    text = page.post(reverse("computed:redraw"), FORM | {"action": "event+"}).content.decode()
    assert 'name="event1"' in text
    assert (
        'name="w1name"' in page.post(reverse("computed:redraw"), FORM | {"action": "where+"}).content.decode()
    )


def test_the_preview_shows_values_and_words(page, spent):
    text = page.post(reverse("computed:preview"), FORM).content.decode()
    assert "2 of a sample of 2 people have a value" in text
    assert "£60.00" in text
    assert "The sum of total in GBP of “Order Completed” in the last 30 days" in text


def test_the_trait_page_shows_figures_and_users(page, spent, actor):
    create_segment(actor=actor, name="Big spenders", definition={"trait": "spent", "gte": 50})
    text = page.get(reverse("computed:trait", args=[spent.pk])).content.decode()
    assert "Big spenders" in text
    assert "£32.50" in text
    answer = page.post(reverse("computed:archive", args=[spent.pk]), follow=True)
    assert "It is used by: Big spenders" in answer.content.decode()


def test_archiving_and_restoring_from_the_pages(page, spent, live):
    page.post(reverse("computed:archive", args=[spent.pk]))
    assert "Spent" in page.get(reverse("computed:archived")).content.decode()
    page.post(reverse("computed:restore", args=[spent.pk]))
    assert ComputedTrait.objects.get().state == "computing"


def test_an_edit_keeps_the_key(page, spent):
    page.post(reverse("computed:edit", args=[spent.pk]), FORM | {"name": "Spent lately", "key": "other"})
    trait = ComputedTrait.objects.get()
    assert (trait.key, trait.name, trait.version) == ("spent", "Spent lately", 2)


def test_the_api_makes_tries_changes_and_removes(api, spent):
    body = {"name": "Orders", "definition": {"figure": "count", "events": ["Order Completed"]}}
    status, trait = api("POST", "/computed-traits", body)
    assert (status, trait["key"], trait["state"]) == (201, "orders", "computing")
    assert trait["words"] == "how often “Order Completed”"
    seen = api("POST", "/computed-traits/preview", {"definition": body["definition"]})[1]
    assert (seen["covered"], [v["value"] for v in seen["values"]]) == (2, [1, 1])
    assert api("PATCH", "/computed-traits/orders", {"name": "All orders"})[1]["name"] == "All orders"
    assert api("DELETE", "/computed-traits/orders")[0] == 204
    assert api("POST", f"/computed-traits/{trait['id']}/restoration")[0] == 200


def test_the_api_refuses_with_a_pointer(api, clickhouse):
    status, problem = api(
        "POST", "/computed-traits", {"name": "X", "definition": {"figure": "sum", "events": []}}
    )
    assert status == 422
    assert {e["pointer"] for e in problem["errors"]} == {
        "/body/definition/events",
        "/body/definition/property",
    }


@pytest.fixture
def lifecycle(page, live, settle):
    page.post(reverse("lifecycle:begin"))
    live.ingest([order("u1", 60, 1), order("u2", 5, 2), order("u2", 5, 3)])
    settle()
    return Lifecycle.objects.get()


def test_before_it_is_set_up_the_usual_stages_are_proposed_with_numbers(page, live):
    live.ingest([order("u1", 60, 1)])
    assert "Use these stages" in page.get(reverse("lifecycle:edit")).content.decode()
    assert "100" in page.get(reverse("lifecycle:counts")).content.decode()


def test_the_overview_counts_and_shows_movements(page, lifecycle):
    text = page.get(reverse("lifecycle:overview")).content.decode()
    assert "Repeat customer" in text
    assert "Movements in the last 30 days" in text


def test_stages_can_be_moved_removed_and_edited(page, lifecycle):
    first, second = Stage.objects.values_list("key", flat=True)[:2]
    page.post(reverse("lifecycle:edit"), {"action": f"down:{first}"})
    assert list(Stage.objects.values_list("key", flat=True)[:2]) == [second, first]
    page.post(reverse("lifecycle:edit"), {"action": f"remove:{second}"})
    assert not Stage.objects.filter(key=second).exists()
    page.post(reverse("lifecycle:edit"), {"action": f"remove:{Stage.objects.last().key}"})
    assert Stage.objects.last().rule == {"all": []}


def test_a_stage_is_edited_with_the_builder_of_segments(page, lifecycle):
    url = reverse("lifecycle:stage", args=["customer"])
    assert "Customer" in page.get(url).content.decode()
    form = {"name": "Buyer", "tone": "good", "n.group": "all", "n.size": "1", "n-0.kind": "trait",
            "n-0.name": "plan", "n-0.comparisons": "1", "n-0.op0": "is", "n-0.value0": "pro"}  # fmt: skip
    assert page.post(url, form).status_code == 302
    stage = Stage.objects.get(name="Buyer")
    assert (stage.key, stage.rule) == ("customer", {"all": [{"trait": "plan", "is": "pro"}]})
    assert page.post(url, form | {"n-0.name": ""}).status_code == 422


def test_the_profile_shows_the_stage_and_its_history(page, lifecycle, actor):
    from rapport.people.queries import find

    person = find(actor, "user_id:u2")
    text = page.get(reverse("lifecycle:person", args=[person.pk])).content.decode()
    assert "Repeat customer" in text
    assert "Repeat customer" in page.get(reverse("people:list")).content.decode()


def test_the_lifecycle_over_the_api(api, lifecycle):
    status, answer = api("GET", "/lifecycle")
    assert {s["key"]: s["people"] for s in answer["stages"] if s["people"]} == {"customer": 1, "repeat": 1}
    stages = [{k: s[k] for k in ("key", "name", "rule", "tone")} for s in answer["stages"]]
    assert api("PUT", "/lifecycle", {"stages": stages[2:]})[1]["version"] == answer["version"] + 1
    bad = [{"name": "A", "rule": {"trait": ""}}, {"name": "B", "rule": {"all": []}}]
    status, problem = api("PUT", "/lifecycle", {"stages": bad})
    assert (status, problem["errors"][0]["pointer"]) == (422, "/body/stages/0/rule/trait")
    assert api("GET", "/lifecycle/movements")[1][0]["count"] >= 1
    assert api("DELETE", "/lifecycle")[0] == 204
