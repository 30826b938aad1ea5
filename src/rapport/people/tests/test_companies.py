"""Companies: group calls, hierarchy, members, pages and API."""

from __future__ import annotations

import datetime as dt

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.urls import reverse

from rapport.people.models import Company, CompanyMember
from rapport.people.queries import find
from rapport.people.queries.lists import company_hits
from rapport.people.services import company_edits, definitions, merging
from rapport.people.services.unmerging import undo_merge

pytestmark = pytest.mark.postgres


@pytest.fixture
def company(actor, db):
    """`company("Acme", parent=other)` makes one."""

    def make(name, parent=None, **more):
        return company_edits.create_company(
            actor=actor, name=name, parent_id=parent.pk if parent else None, source="by hand: ada", **more
        )

    return make


def group(user, company, day=1, **traits):
    stamp = f"2026-03-{day:02}T10:00:00Z"
    return {"type": "group", "userId": user, "groupId": company, "traits": traits, "timestamp": stamp}


def test_group_calls_make_companies_with_typed_traits(live):
    live.ingest([group("c-1", "acme", name="Acme", employeeCount="42"), group("c-2", "acme", plan="gold")])
    acme = Company.objects.get()
    assert (acme.name, acme.traits) == ("Acme", {"name": "Acme", "employees": 42, "plan": "gold"})
    assert acme.companymember_set.count() == 2


def test_source_priority_holds_for_companies_too(live, actor):
    definitions.set_rule(actor=actor, entity="company", trait="", sources=["source:CRM"], stale_days=None)
    live.ingest([group("c-1", "acme", plan="gold")], source="CRM")
    live.ingest([group("c-1", "acme", day=9, plan="free")], source="Web")
    assert Company.objects.get().traits == {"plan": "gold"}


def test_a_member_joined_when_he_was_first_said_to(live):
    live.ingest([group("c-1", "acme", day=9)])
    live.ingest([group("c-1", "acme", day=2)])
    assert CompanyMember.objects.get().since.day == 2


def test_a_company_is_completed_by_the_group_calls_of_its_id(live, company):
    acme = company("Acme", group_id="acme")
    live.ingest([group("c-1", "acme", plan="gold")])
    acme.refresh_from_db()
    assert acme.traits == {"name": "Acme", "plan": "gold"}


def test_a_circle_of_companies_is_refused_in_words(company, actor):
    top = company("Top")
    middle = company("Middle", parent=top)
    low = company("Low", parent=middle)
    with pytest.raises(ValidationError, match="its subsidiaries"):
        company_edits.set_parent(actor=actor, company=top, parent_id=low.pk)


def test_the_database_itself_refuses_a_circle(company):
    top = company("Top")
    low = company("Low", parent=company("Middle", parent=top))
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE people_company SET parent_id = %s WHERE id = %s", [low.pk, top.pk])


@pytest.mark.parametrize("given", ["https://www.Example.org/about", "example.org"])
def test_domains_are_kept_as_domains(company, given):
    assert company("Acme", domains=[given]).domains == ["example.org"]


def test_what_is_no_domain_is_refused(company):
    with pytest.raises(ValidationError, match="is no domain"):
        company("Acme", domains=["not a domain"])


def test_membership_moves_with_a_merge_and_back(live, actor, company):
    live.ingest([{"type": "identify", "userId": "c-1", "traits": {"email": "a@example.org"}}])
    live.ingest([{"type": "page", "anonymousId": "b-1"}])
    acme, visitor = company("Acme"), find(actor, "anonymous_id:b-1")
    company_edits.set_member(actor=actor, company_id=acme.pk, person_id=visitor.pk, role="Buyer")
    live.ingest([{"type": "identify", "userId": "c-1", "anonymousId": "b-1", "traits": {}}])
    ada = find(actor, "user_id:c-1")
    member = CompanyMember.objects.get()
    assert (member.person_id, member.role) == (ada.pk, "Buyer")
    undo_merge(actor=actor, merge=ada.merges_won.get())
    assert CompanyMember.objects.get().person_id == visitor.pk


def test_a_merge_completes_the_own_membership_and_gives_it_back(actor, company, person):
    acme, ada, visitor = company("Acme"), person(name="Ada"), person(name="A. L.")
    days = [dt.datetime(2026, month, 1, tzinfo=dt.UTC) for month in (1, 2, 3)]
    for who, more in (
        (ada, {"since": days[1], "until": days[2]}),
        (visitor, {"since": days[0], "role": "CEO"}),
    ):
        company_edits.set_member(actor=actor, company_id=acme.pk, person_id=who.pk, **more)
    merging.merge_people(actor=actor, survivor_id=ada.pk, absorbed_id=visitor.pk, rule="by hand")
    rows = CompanyMember.objects.order_by("since").values_list("person_id", "role", "since", "until")
    assert list(rows) == [(ada.pk, "CEO", days[0], None)]
    undo_merge(actor=actor, merge=ada.merges_won.get())
    assert list(rows.all()) == [(visitor.pk, "CEO", days[0], None), (ada.pk, "", days[1], days[2])]


def test_a_company_without_a_name_is_known_by_its_id_and_domain(page, live, company, actor):
    live.ingest([{"type": "group", "userId": "u-1", "groupId": "acme-7", "traits": {}}])
    company("Rapport", domains=["example.org"])
    for text, name in (("acme", "acme-7"), ("example.org", "Rapport")):
        assert name in page.get(f"{reverse('people:companies')}?q={text}").content.decode()
        assert [hit.label for hit in company_hits(actor, text, 5)] == [name]


def test_the_page_shows_traits_members_and_the_group(page, live, company, actor):
    top = company("Top")
    low = company("Low", parent=top, group_id="low")
    live.ingest(
        [{"type": "identify", "userId": "c-1", "traits": {"name": "Ada"}}, group("c-1", "low", plan="gold")]
    )
    answer = page.get(f"/people/companies/{low.pk}/").content.decode()
    assert all(word in answer for word in ("Ada", "gold", "Belongs to", "Top"))
    assert "Low" in page.get(f"/people/companies/{top.pk}/").content.decode()


def test_figures_add_up_what_members_ordered(page, live, company):
    acme = company("Acme", group_id="acme")
    order = {"type": "track", "event": "Order Completed", "userId": "c-1"}
    live.ingest(
        [
            group("c-1", "acme"),
            {**order, "messageId": "o-1", "properties": {"total": 10.5, "currency": "GBP"}},
            {**order, "messageId": "o-2", "properties": {"total": "4.50", "currency": "GBP"}},
        ]
    )
    answer = page.get(f"/data/companies/{acme.pk}/figures/").content.decode()
    assert "£15.00" in answer
    assert "Placed an order of £10.50" in page.get(f"/data/companies/{acme.pk}/timeline/").content.decode()


def test_a_company_is_added_edited_and_archived_by_hand(page, db):
    page.post("/people/companies/new/", {"name": "Acme", "domains": "acme.org, acme.com"})
    acme = Company.objects.get()
    page.post(f"/people/companies/{acme.pk}/edit/", {"name": "Acme Ltd", "domains": "acme.org"})
    acme.refresh_from_db()
    assert (acme.name, acme.domains) == ("Acme Ltd", ["acme.org"])
    page.post(f"/people/companies/{acme.pk}/archive/")
    assert "Acme Ltd" not in page.get("/people/companies/").content.decode().split("toast")[0]


def test_a_trait_of_a_company_is_edited_in_place(page, company):
    acme = company("Acme")
    answer = page.post(f"/people/companies/{acme.pk}/traits/", {"name": "employees", "value": "many"})
    assert answer.status_code == 422
    page.post(f"/people/companies/{acme.pk}/traits/", {"name": "employees", "value": "42"})
    acme.refresh_from_db()
    assert acme.traits["employees"] == 42


def test_members_come_and_go_by_hand(page, company, person):
    acme, ada = company("Acme"), person(name="Ada")
    page.post(f"/people/companies/{acme.pk}/members/", {"person": str(ada.pk), "role": "Buyer"})
    assert CompanyMember.objects.get().role == "Buyer"
    page.post(f"/people/companies/{acme.pk}/members/edit/", {"person": str(ada.pk), "leave": "1"})
    assert CompanyMember.objects.get().until is not None
