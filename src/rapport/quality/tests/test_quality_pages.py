"""Data quality on the page: the dashboard, the drill-down, repairs."""

from __future__ import annotations

import pytest

from rapport.core import jobs
from rapport.core.clock import SYSTEM
from rapport.people.models import Person
from rapport.quality.completeness.measures import DIMENSIONS
from rapport.quality.models import QualityPolicy, RepairRun


def work():
    while jobs.run_once(SYSTEM, "quality.measurement") + jobs.run_once(SYSTEM, "quality.repair"):
        pass


@pytest.fixture
def wrong(person):
    return person(name="mCDONALD, JOHN", email="john@gmial.com", country="Narnia")


def text(answer):
    assert answer.status_code == 200
    return answer.content.decode()


def test_an_empty_page_offers_the_first_measurement(page):
    assert "How good is your data?" in text(page.get("/quality/"))


def test_measuring_shows_progress_and_then_the_score(page, wrong):
    page.post("/quality/measure/")
    assert "Measuring" in text(page.get("/quality/"))
    work()
    shown = text(page.get("/quality/"))
    assert "Score" in shown
    assert "Email domain" in shown
    assert "Measuring" not in shown
    assert page.get("/quality/progress/", headers={"HX-Request": "true"})["HX-Redirect"] == "/quality/"


def test_a_measure_drills_down_to_the_people(page, wrong):
    page.post("/quality/measure/")
    work()
    shown = text(page.get("/quality/measures/validity.email-domains/"))
    assert "john@gmial.com" in shown
    assert "john@gmail.com" in shown
    assert f"/people/{wrong.pk}/" in shown
    assert page.get("/quality/measures/nonsense/").status_code == 404


def test_a_finding_is_exported_only_by_who_may(page, wrong, user):
    page.post("/quality/measure/")
    work()
    address = "/quality/measures/validity.email-domains/?export=csv"
    assert page.get(address).status_code == 200
    user.roles.set(["viewer"])
    assert page.get(address).status_code == 403


def test_a_repair_is_previewed_carried_out_and_taken_back(page, wrong):
    place = page.post("/quality/repairs/names/look/")["Location"]
    work()
    assert "John McDonald" in text(page.get(place))
    page.post(f"{place}start/")
    work()
    assert Person.objects.get(pk=wrong.pk).name == "John McDonald"
    page.post(f"{place}undo/")
    work()
    assert Person.objects.get(pk=wrong.pk).name == "mCDONALD, JOHN"
    assert "Undone" in text(page.get("/quality/repairs/"))


def test_rows_are_left_alone_from_the_list(page, wrong):
    place = page.post("/quality/repairs/names/look/")["Location"]
    work()
    row = RepairRun.objects.get().items.get()
    page.post(place, {"action": "leave", "row": [str(row.pk)]})
    row.refresh_from_db()
    assert row.state == "excluded"


def test_what_counts_is_set_on_the_page(page):
    weights = {f"weight_{key}": "0" for key in DIMENSIONS}
    answer = page.post("/quality/settings/", {"traits": ["email"], **weights})
    assert answer.status_code == 422
    page.post("/quality/settings/", {"traits": ["email"], **weights, "weight_validity": "5"})
    assert QualityPolicy.objects.get().traits == ["email"]


def test_a_viewer_sees_figures_and_repairs_nothing(page, wrong, user):
    user.roles.set(["viewer"])
    assert "Measure now" not in text(page.get("/quality/"))
    assert page.post("/quality/repairs/names/look/").status_code == 403
    assert page.post("/quality/measure/").status_code == 403
