"""Companies that are one: members, facts, and back."""

import pytest

from rapport.people.models import Company, CompanyMerge


def group(number, group_id, **traits):
    return {"type": "group", "userId": f"u{number}", "groupId": group_id, "traits": traits}


@pytest.fixture
def two(live):
    live.ingest([group(1, "acme", name="Acme", domain="https://www.acme.example/shop")])
    live.ingest([group(2, "acme-ltd", name="Acme Ltd", website="acme.example", size=9)])
    return Company.objects.get(group_id="acme"), Company.objects.get(group_id="acme-ltd")


def members(company):
    return company.members.count()


def test_a_company_with_the_same_domain_is_pointed_out_and_merged(page, two):
    acme, ltd = two
    assert "Acme Ltd" in page.get(f"/people/companies/{acme.pk}/merge/").content.decode()
    page.post(f"/people/companies/{acme.pk}/merge/", {"absorbed": str(ltd.pk)})
    acme.refresh_from_db()
    assert (acme.traits["size"], members(acme)) == (9, 2)
    assert page.get(f"/people/companies/{ltd.pk}/").headers["Location"].endswith(f"{acme.pk}/")


def test_undoing_gives_back_facts_and_members_and_what_came_since(page, live, two):
    acme, ltd = two
    page.post(f"/people/companies/{acme.pk}/merge/", {"absorbed": str(ltd.pk)})
    live.ingest([group(3, "acme-ltd", city="Hull"), group(4, "acme", city="York")])
    page.post(f"/people/companies/{acme.pk}/merges/{CompanyMerge.objects.get().pk}/undo/")
    acme.refresh_from_db()
    ltd.refresh_from_db()
    assert (acme.traits["name"], acme.traits.get("size"), acme.traits["city"]) == ("Acme", None, "York")
    assert (ltd.traits["city"], members(acme), members(ltd)) == ("Hull", 2, 2)


def test_a_public_mail_domain_makes_no_two_companies_likely_the_same(page, live):
    live.ingest([group(1, "a", domain="gmail.com"), group(2, "b", domain="gmail.com")])
    company = Company.objects.get(group_id="a")
    assert "same domain" not in page.get(f"/people/companies/{company.pk}/").content.decode()
