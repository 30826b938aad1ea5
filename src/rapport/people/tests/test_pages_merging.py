"""The pages of merging and of the rules of identity, as people use them."""

import pytest

from rapport.people import identity_types
from rapport.people.models import IdentifierType, Merge, NotSame
from rapport.people.queries import find


@pytest.fixture
def two(person):
    return person(email="ann@example.org", name="Ann", city="York"), person(
        email="anna@example.org", name="Anna"
    )


@pytest.fixture(autouse=True)
def built_in_rules(db):
    yield
    IdentifierType.objects.all().delete()
    identity_types.refresh(now=True)


def test_two_people_are_compared_and_merged_into_whom_one_chooses(page, two, actor):
    ann, anna = two
    shown = page.get(f"/people/{ann.pk}/merge/{anna.pk}/").content.decode()
    assert "York" in shown
    assert "anna@example.org" in shown
    page.post(f"/people/{ann.pk}/merge/{anna.pk}/", {"survivor": str(anna.pk)})
    assert find(actor, "email:ann@example.org").pk == anna.pk


def test_an_undo_is_shown_before_it_is_done(page, two, actor):
    ann, anna = two
    page.post(f"/people/{ann.pk}/merge/{anna.pk}/", {"survivor": str(ann.pk)})
    merge = Merge.objects.get()
    preview = page.get(f"/people/{ann.pk}/merges/{merge.pk}/undo/").content.decode()
    assert preview.index("ann@example.org") < preview.index("anna@example.org")
    page.post(f"/people/{ann.pk}/merges/{merge.pk}/undo/", {"reason": "sisters"})
    assert find(actor, "email:anna@example.org").pk == anna.pk
    assert "sisters" in page.get(f"/people/{ann.pk}/origin/").content.decode()


def test_two_who_are_different_can_be_said_so_and_allowed_again(page, two):
    ann, anna = two
    page.post(f"/people/{ann.pk}/merge/{anna.pk}/", {"different": "1"})
    assert "disabled" in page.get(f"/people/{ann.pk}/merge/{anna.pk}/").content.decode()
    page.post(f"/people/{ann.pk}/apart/{anna.pk}/lifting/")
    assert NotSame.objects.get().lifted_at


def test_two_chosen_in_the_list_become_one(page, two, actor):
    ann, anna = two
    page.post("/people/", {"action": "merge", "row": [str(ann.pk), str(anna.pk)]})
    assert find(actor, "email:ann@example.org") == find(actor, "email:anna@example.org")


def test_one_finds_whom_to_merge_with(page, two):
    ann, anna = two
    shown = page.get(f"/people/{ann.pk}/merge/", {"q": "anna"}).content.decode()
    assert f"/people/{ann.pk}/merge/{anna.pk}/" in shown


NEW = {
    "key": "shop_id",
    "label": "Shop",
    "normaliser": "text",
    "most": "1",
    "period": "ever",
    "priority": "15",
}


def test_a_new_type_recognises_people_at_once(page, live, actor, two):
    assert page.post("/people/identity/", {**NEW, "merges": "on", "unique": "on"}).status_code == 302
    identity_types.refresh(now=True)
    external = {"externalIds": [{"id": "S-1", "type": "shop_id", "collection": "users", "encoding": "none"}]}
    live.ingest([{"type": "track", "event": "Seen", "userId": "user-1", "context": external}])
    live.ingest([{"type": "track", "event": "Seen", "anonymousId": "x", "context": external}])
    assert find(actor, "shop_id:S-1") == find(actor, "anonymous_id:x") == two[0]


def test_a_wrong_pattern_is_told_beside_its_field(page):
    answer = page.post("/people/identity/", {**NEW, "blocked_pattern": "("})
    assert answer.status_code == 422
    assert "regular expression" in answer.content.decode()


def test_a_blocked_value_identifies_nobody(page, live, actor):
    rules = {**NEW, "label": "Email", "normaliser": "email", "most": "5", "merges": "on", "unique": "on"}
    page.post(
        "/people/identity/email/",
        {**rules, "identifies": "on", "trait": "email", "blocked_values": "till@shop.org"},
    )
    identity_types.refresh(now=True)
    calls = [{"type": "identify", "userId": f"u{n}", "traits": {"email": "till@shop.org"}} for n in range(2)]
    live.ingest(calls)
    assert find(actor, "email:till@shop.org") is None


def test_identifiers_are_tried_without_writing_anything(page, two):
    shown = page.get(
        "/people/identity/", {"kind": ["email", "email"], "value": ["ANN@example.org", "anna@example.org"]}
    ).content.decode()
    assert "ann@example.org" in shown
    assert Merge.objects.count() == 0


def test_a_changed_built_in_type_gets_its_rules_back(page):
    page.post("/people/identity/phone/", {**NEW, "normaliser": "phone", "most": "2"})
    assert identity_types.refresh(now=True).by_key["phone"].most == 2
    page.post("/people/identity/phone/removal/")
    assert identity_types.refresh(now=True).by_key["phone"].most == 5


def strengths() -> list[str]:
    return list(identity_types.refresh(now=True).by_key)


def test_a_type_is_made_stronger_and_weaker_by_a_button(page):
    page.post("/people/identity/phone/move/", {"way": "up"})
    assert strengths().index("phone") < strengths().index("email")
    page.post("/people/identity/phone/move/", {"way": "down"})
    assert strengths().index("email") < strengths().index("phone")


def test_the_strongest_type_stays_where_it_is(page):
    before = strengths()
    page.post(f"/people/identity/{before[0]}/move/", {"way": "up"})
    assert strengths() == before
