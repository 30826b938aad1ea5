"""Experiments on the pages and over the API."""

from __future__ import annotations

from typing import Any

import pytest

from rapport.experiments.models import Experiment, GlobalHoldout, Variant

GIVEN = {
    "name": "Spring", "key": "spring", "about": "content", "variants": "Short 50\nLong one 50", "holdout": 10,
    "event": "Order Completed", "window_days": 7, "base": "5", "effect": "10", "alpha": "5", "decision": "hand",
}  # fmt: skip


def test_an_experiment_from_its_plan_to_its_decision(page: Any) -> None:
    for wrong, words in (
        ({"variants": "Short"}, "does not end with a share"),
        ({"variants": "A 0\nB 1"}, "whole number above 0"),
        ({"base": "99"}, "leaves a rate below"),
        ({"value_property": "total"}, "A property needs it"),
    ):
        answer = page.post("/experiments/new/", GIVEN | wrong)
        assert (answer.status_code, words in answer.content.decode()) == (422, True), words
    assert page.post("/experiments/new/", GIVEN).status_code == 302
    row = Experiment.objects.get()
    assert row.planned > 31_000
    address = "/experiments/spring/"
    assert "It has not begun" in page.get(address).content.decode()
    page.post(f"{address}state/", {"do": "start"})
    Variant.objects.filter(key__in="ab").update(persons=10_000, total=500, squares=500)
    Variant.objects.filter(key="holdout").update(persons=2_000, total=90, squares=90)
    assert "No variant is certain" in page.get(address).content.decode()
    Variant.objects.filter(key="b").update(total=900, squares=900)
    shown = page.get(address).content.decode()
    assert ("“Long one” is better" in shown, "Against the holdout" in shown) == (True, True)
    page.post(f"{address}state/", {"do": "b"})
    assert "Everybody gets “Long one” now." in page.get(address).content.decode()
    assert "Long one" in page.get("/experiments/").content.decode()


def test_the_holdout_of_all_marketing(page: Any) -> None:
    assert page.post("/settings/holdout/", {"percent": "60"}).status_code == 422
    assert page.post("/settings/holdout/", {"percent": "5"}).status_code == 302
    assert GlobalHoldout.objects.get().share == 500
    assert "Since" in page.get("/settings/holdout/").content.decode()


@pytest.fixture
def plan() -> dict[str, Any]:
    ways = [{"name": "A", "reference": "p1"}, {"name": "B", "reference": "p2"}]
    return {"key": "page", "name": "Page", "about": "page", "variants": ways, "base": 0.1}


def test_an_experiment_over_the_api(api: Any, plan: dict[str, Any]) -> None:
    assert api("POST", "/experiments", plan | {"base": 2})[0] == 422
    status, draft = api("POST", "/experiments", plan)
    assert (status, draft["state"], len(draft["variants"])) == (201, "draft", 2)
    device = {"anonymous_id": "d1"}
    assert api("POST", "/experiments/page/assignments", device)[1]["variant"] is None
    assert api("PUT", "/experiments/page/state", {"state": "running"})[1]["state"] == "running"
    given = api("POST", "/experiments/page/assignments", device)[1]
    assert (given["reference"] in {"p1", "p2"}) is True
    assert api("POST", "/experiments/page/assignments", device)[1] == given
    assert api("POST", "/experiments/page/assignments", {})[0] == 422
    decided = api("PUT", "/experiments/page/state", {"state": "decided", "variant": "a"})[1]
    assert (decided["winner"], api("GET", "/experiments/page")[1]["winner"]) == ("a", "a")
    assert api("GET", "/experiments")[1]["data"][0]["key"] == "page"
    assert api("PUT", "/experiments/page/state", {"state": "stopped"})[0] == 422
