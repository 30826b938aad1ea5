"""Repairs over everybody: found, chosen, carried out, and taken back."""

from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError

from rapport.core import jobs
from rapport.core.clock import SYSTEM
from rapport.core.models import AuditEntry, Job
from rapport.people.models import Identifier, Person
from rapport.people.services.profile import set_traits
from rapport.quality.cleansing.services import runs


@pytest.fixture(autouse=True)
def small_steps(monkeypatch):
    monkeypatch.setattr("rapport.quality.cleansing.jobs.BLOCK", 2)
    monkeypatch.setattr("rapport.quality.cleansing.jobs.CHUNK", 2)


def settle():
    while jobs.run_once(SYSTEM, runs.JOB):
        pass


@pytest.fixture
def preview(actor):
    def make(repair):
        run = runs.look(actor=actor, repair=repair)
        settle()
        run.refresh_from_db()
        return run

    return make


def carry_out(actor, run):
    runs.start(actor=actor, run=run)
    settle()
    run.refresh_from_db()


def take_back(actor, run):
    runs.take_back(actor=actor, run=run)
    settle()
    run.refresh_from_db()


def traits_of(person):
    return Person.objects.get(pk=person.pk).traits


def test_a_preview_changes_nothing_and_says_what_would_change(person, preview):
    loud = person(name="mCDONALD, JOHN")
    person(name="Ada Lovelace")
    run = preview("names")
    item = run.items.get()
    assert (run.state, item.shown_before, item.shown_after) == ("preview", "mCDONALD, JOHN", "John McDonald")
    assert traits_of(loud)["name"] == "mCDONALD, JOHN"


def test_what_is_proposed_is_carried_out_and_taken_back(person, preview, actor):
    people = [person(name=f"SMITH, ADA{suffix}") for suffix in "ABCDE"]
    run = preview("names")
    carry_out(actor, run)
    assert run.state == "done"
    assert traits_of(people[0])["name"] == "Adaa Smith"
    assert Person.objects.get(pk=people[0].pk).name == "Adaa Smith"
    take_back(actor, run)
    assert run.state == "undone"
    assert sorted(traits_of(row)["name"] for row in people) == [f"SMITH, ADA{suffix}" for suffix in "ABCDE"]


def test_rows_left_alone_stay_alone_in_later_runs(person, preview, actor):
    person(city="LONDON")
    run = preview("cities")
    runs.choose(actor=actor, run=run, items=run.items.all(), leave=True)
    with pytest.raises(ValidationError):
        runs.start(actor=actor, run=run)
    again = preview("cities")
    assert again.items.get().state == "excluded"


def test_rows_taken_in_again_are_changed(person, preview, actor):
    ada = person(city="LONDON")
    run = preview("cities")
    runs.choose(actor=actor, run=run, items=run.items.all(), leave=True)
    runs.choose(actor=actor, run=run, items=run.items.all(), leave=False)
    carry_out(actor, run)
    assert traits_of(ada)["city"] == "London"


def test_what_changed_since_the_preview_is_left_alone(person, preview, actor):
    ada = person(city="LONDON")
    run = preview("cities")
    set_traits(actor=actor, person_id=ada.pk, traits={"city": "Leeds"}, source="by hand: ada")
    carry_out(actor, run)
    assert traits_of(ada)["city"] == "Leeds"
    assert run.items.get().reason == "changed since"


def test_taking_back_leaves_what_was_changed_after_the_repair(person, preview, actor):
    ada = person(city="LONDON")
    run = preview("cities")
    carry_out(actor, run)
    set_traits(actor=actor, person_id=ada.pk, traits={"city": "Leeds"}, source="by hand: ada")
    take_back(actor, run)
    assert traits_of(ada)["city"] == "Leeds"
    assert run.items.get().state == "skipped"


def test_an_address_is_repaired_part_by_part(person, preview, actor):
    ada = person(
        address={"city": "LEEDS", "postcode": "ls11aa", "country": "Royaume-Uni", "street": "1 HIGH ST"}
    )
    for repair in ("postcodes", "countries", "cities"):
        carry_out(actor, preview(repair))
    assert traits_of(ada)["address"] == {
        "city": "Leeds",
        "postcode": "LS1 1AA",
        "country": "GB",
        "street": "1 HIGH ST",
    }


def test_a_mended_address_names_the_person_until_it_is_taken_back(person, preview, actor):
    ada = person(email="ada@gmial.com")
    run = preview("email-domains")
    carry_out(actor, run)
    assert traits_of(ada)["email"] == "ada@gmail.com"
    rows = Identifier.objects.filter(person=ada, type="email").values_list("value", flat=True)
    assert set(rows) == {"ada@gmial.com", "ada@gmail.com"}
    take_back(actor, run)
    assert traits_of(ada)["email"] == "ada@gmial.com"
    assert set(rows.all()) == {"ada@gmial.com"}


def test_an_address_of_somebody_else_is_left_to_the_search_for_duplicates(person, preview, actor):
    ada, other = person(email="ada@gmial.com"), person(email="ada@gmail.com")
    run = preview("email-domains")
    carry_out(actor, run)
    assert traits_of(ada)["email"] == "ada@gmial.com"
    assert "another person" in run.items.get().reason
    assert Identifier.objects.get(type="email", value="ada@gmail.com").person_id == other.pk


def test_placeholders_are_removed_and_come_back(person, preview, actor):
    ada = person(city="n/a", name="Ada Lovelace")
    run = preview("placeholders")
    carry_out(actor, run)
    assert "city" not in traits_of(ada)
    take_back(actor, run)
    assert traits_of(ada)["city"] == "n/a"


def test_white_space_goes(person, preview, actor):
    ada = person(plan=" gold \u200b plus ")
    carry_out(actor, preview("spaces"))
    assert traits_of(ada)["plan"] == "gold plus"


def test_a_run_leaves_audit_lines_and_no_values_in_them(person, preview, actor):
    person(city="LONDON")
    carry_out(actor, preview("cities"))
    lines = AuditEntry.objects.filter(object_type="repair_run").order_by("pk")
    assert [line.action for line in lines] == ["repair.looked", "repair.started"]
    assert "LONDON" not in str([line.data for line in lines])


def test_a_repair_given_up_half_way_can_be_gone_on_with(person, preview, actor, monkeypatch):
    people = [person(city=city) for city in ("LONDON", "LEEDS", "BATH")]
    run = preview("cities")
    runs.start(actor=actor, run=run)
    jobs.stop(_job_of(run))
    run.refresh_from_db()
    assert run.state == "stopped"
    carry_out(actor, run)
    assert [traits_of(row)["city"] for row in people] == ["London", "Leeds", "Bath"]


def test_taking_back_takes_over_from_a_repair_under_way(person, preview, actor):
    ada = person(city="LONDON")
    run = preview("cities")
    runs.start(actor=actor, run=run)
    first = _job_of(run)
    take_back(actor, run)
    assert (run.state, Job.objects.get(pk=first.pk).state) == ("undone", "cancelled")
    assert traits_of(ada)["city"] == "LONDON"


def test_a_repair_of_somebody_who_lost_the_right_is_not_carried_out(person, preview, actor_in_role, actor):
    ada = person(city="LONDON")
    run = preview("cities")
    runs.start(actor=actor, run=run)
    Job.objects.update(actor_kind="user", actor_id="0")
    settle()
    run.refresh_from_db()
    assert (run.state, traits_of(ada)["city"]) == ("stopped", "LONDON")


def _job_of(run):
    run.refresh_from_db()
    return run.job


def test_one_repair_runs_once_at_a_time(actor, db):
    runs.look(actor=actor, repair="names")
    with pytest.raises(ValidationError):
        runs.look(actor=actor, repair="names")


def test_a_new_look_replaces_the_preview_before_it(person, preview):
    person(city="LONDON")
    first, second = preview("cities"), preview("cities")
    first.refresh_from_db()
    assert (first.state, second.state) == ("discarded", "preview")


def test_who_may_not_edit_may_not_repair(actor_in_role, db):
    from django.core.exceptions import PermissionDenied

    with pytest.raises(PermissionDenied):
        runs.look(actor=actor_in_role("analyst"), repair="names")


def test_restricted_people_are_not_touched(person, preview):
    ada = person(city="LONDON")
    Person.objects.filter(pk=ada.pk).update(restricted_at=ada.first_seen_at)
    assert not preview("cities").items.exists()


def test_a_placeholder_is_removed_and_never_dressed_up(person, preview):
    person(name="test", city="n/a")
    assert not preview("names").items.exists()
    assert not preview("cities").items.exists()
    assert preview("placeholders").items.count() == 2
