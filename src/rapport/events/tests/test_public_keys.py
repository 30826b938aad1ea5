"""What somebody can do to others with nothing but a write key that stands in a page."""

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse

from rapport.events.models import Source
from rapport.events.services import relay, sources
from rapport.people.models import Identifier, Merge, Person, RejectedFact
from rapport.people.queries import find
from rapport.people.services import definitions, profile


@pytest.fixture
def stranger(live):
    """Sends with the key of a website, as anybody may."""
    Source.objects.create(name="page", kind="website", write_key="wk_page")
    return lambda *calls: live.ingest(list(calls), source="page")


CONSENT = {"purpose": "newsletter", "channel": "email"}


def test_a_grant_given_elsewhere_cannot_overturn_a_withdrawal_by_a_merge(live, person, stranger):
    ann = person(email="ann@example.org")
    live.ingest([{"type": "track", "event": "Consent Withdrawn", "userId": "user-1", "properties": CONSENT}])
    stranger({"type": "track", "event": "Consent Granted", "anonymousId": "x", "properties": CONSENT})
    stranger({"type": "identify", "anonymousId": "x", "traits": {"email": "ann@example.org"}})
    assert Merge.objects.exists()
    assert ann.consents.get().state == "withdrawn"


def test_an_alias_cannot_make_two_customers_one(live, actor, person, stranger):
    first, second = person(email="ann@example.org"), person(email="bob@example.org")
    stranger({"type": "alias", "userId": "user-1", "previousId": "user-2"})
    assert find(actor, "user_id:user-1").pk == first.pk
    assert find(actor, "user_id:user-2").pk == second.pk


def test_a_servers_alias_still_makes_two_ids_one(live, actor, person):
    person(), person()
    live.ingest([{"type": "alias", "userId": "user-1", "previousId": "user-2"}])
    assert find(actor, "user_id:user-1") == find(actor, "user_id:user-2")


def test_a_customers_mail_cannot_be_sent_elsewhere(live, actor, person, stranger):
    ann = person(email="ann@example.org", phone="+442079460001")
    evil = {"email": "eve@example.net", "phone": "+442079460002", "plan": "pro"}
    stranger({"type": "identify", "userId": "user-1", "traits": evil})
    ann.refresh_from_db()
    assert (ann.email, ann.traits["phone"]) == ("ann@example.org", "+442079460001")
    assert ann.traits["plan"] == "pro"


def test_whom_only_websites_know_may_change_his_address_there(live, actor, stranger):
    for number, email in enumerate(("ann@example.org", "ann@example.net")):
        stranger({"type": "identify", "userId": "u9", "traits": {"email": email}, "messageId": f"m{number}"})
    assert find(actor, "user_id:u9").email == "ann@example.net"


def test_a_second_address_typed_in_the_same_browser_is_somebody_elses(live, actor, stranger):
    for number, (email, name) in enumerate((("one@example.org", "One"), ("three@example.org", "Three"))):
        traits = {"email": email, "first_name": name}
        stranger({"type": "identify", "anonymousId": "kiosk", "traits": traits, "messageId": f"m{number}"})
    first, third = find(actor, "email:one@example.org"), find(actor, "email:three@example.org")
    assert (first.email, first.traits["first_name"]) == ("one@example.org", "One")
    assert (third.email, third.traits["first_name"]) == ("three@example.org", "Three")


@pytest.mark.parametrize("apart", [True, False])
def test_who_registers_in_the_same_browser_with_another_address_is_somebody_else(
    live, actor, stranger, apart
):
    """Whether both come in one batch or not; who then comes back signed in is who has registered."""
    newsletter = {"type": "identify", "anonymousId": "kiosk", "traits": {"email": "one@example.org"}}
    three = {"type": "identify", "userId": "u3", "anonymousId": "kiosk", "messageId": "m3"}
    three |= {"traits": {"email": "three@example.org", "first_name": "Three"}}
    for calls in (
        ([newsletter | {"messageId": "m1"}], [three])
        if apart
        else ([newsletter | {"messageId": "m1"}, three],)
    ):
        stranger(*calls)
    stranger(three | {"messageId": "m4"})
    first, third = find(actor, "email:one@example.org"), find(actor, "email:three@example.org")
    assert first != third == find(actor, "user_id:u3")
    assert (first.email, "first_name" in first.traits) == ("one@example.org", False)
    assert third.traits["first_name"] == "Three"


def test_who_gives_another_telephone_with_their_address_is_who_they_were(live, actor, stranger):
    for number, phone in enumerate(("+442079460001", "+442079460002")):
        traits = {"email": "ann@example.org", "phone": phone}
        stranger({"type": "identify", "anonymousId": "x", "traits": traits, "messageId": f"m{number}"})
    assert find(actor, "phone:+442079460002") == find(actor, "email:ann@example.org")


@pytest.mark.parametrize("stale_days", [None, 1])
def test_no_rule_of_ones_own_lets_a_public_key_overrule_who_is_trusted(
    live, actor, person, stranger, stale_days
):
    ann = person(email="ann@example.org", first_name="Ann")
    definitions.set_rule(
        actor=actor, entity="person", trait="", sources=["kind:website"], stale_days=stale_days
    )
    definitions.set_rule(
        actor=actor, entity="person", trait="first_name", sources=["kind:website"], stale_days=None
    )
    evil = {"email": "eve@example.net", "first_name": "http://evil.example", "lastName": "Eve"}
    stranger({"type": "identify", "userId": "user-1", "traits": evil})
    ann.refresh_from_db()
    assert (ann.email, ann.traits["first_name"]) == ("ann@example.org", "Ann")
    assert ann.traits["last_name"] == "Eve"


def test_one_user_id_with_the_addresses_of_many_makes_no_two_customers_one(live, actor, stranger):
    people = [
        profile.create_person(
            actor=actor,
            identifiers=[("email", f"p{n}@example.org")],
            traits={"first_name": f"P{n}"},
            source="API",
        )
        for n in range(6)
    ]
    for n in (*range(6), *range(6)):
        traits = {"email": f"p{n}@example.org", "first_name": "Evil", "phone": "+442079460999"}
        stranger({"type": "identify", "userId": "evil", "anonymousId": "d", "traits": traits})
    assert Person.objects.filter(merged_into=None, erased_at=None).count() >= 6
    for n, person in enumerate(people):
        person.refresh_from_db()
        assert (person.merged_into_id, person.traits["first_name"], person.email) == (
            None,
            f"P{n}",
            f"p{n}@example.org",
        )
    assert not Identifier.objects.filter(type="phone", person__in=people).exists()


def test_an_address_claimed_for_a_customer_is_still_free_for_whose_it_is(live, actor, person, stranger):
    ann = person(email="ann@example.org")
    stranger({"type": "identify", "userId": "user-1", "traits": {"email": "bob@example.org"}})
    bob = profile.create_person(
        actor=actor, identifiers=[("email", "bob@example.org")], traits={}, source="API key shop"
    )
    assert bob.pk != ann.pk


def test_a_customer_known_by_address_signs_in_on_a_website(live, actor, stranger):
    ann = profile.create_person(
        actor=actor, identifiers=[("email", "ann@example.org")], traits={}, source="import: old"
    )
    stranger({"type": "identify", "userId": "new-7", "traits": {"email": "ann@example.org"}})
    assert find(actor, "user_id:new-7") == ann


def test_rapports_own_source_is_never_open_to_others(actor, db):
    own = relay.internal_source()
    with pytest.raises(ValidationError):
        sources.enable_source(actor=actor, source_id=own.pk)


def test_nobody_can_make_a_profile_grow_without_end(live, actor, person, stranger, monkeypatch):
    monkeypatch.setattr(profile, "MOST_TRAITS", 10)
    ann = person(email="ann@example.org", name="Ann")
    for number in range(3):
        stranger({"type": "identify", "userId": "user-1", "traits": {f"t{number}-{n}": n for n in range(5)}})
    live.ingest([{"type": "identify", "userId": "user-1", "traits": {"name": "Anna", "late": 1}}])
    ann.refresh_from_db()
    assert (len(ann.traits), ann.name, "late" in ann.traits) == (10, "Anna", False)
    assert RejectedFact.objects.filter(subject_id=ann.pk, trait=profile.MORE).exists()


SHOWN = [("analyst", "server", False), ("analyst", "website", True), ("admin", "server", True)]


@pytest.mark.parametrize(("role", "kind", "shown"), SHOWN)
def test_a_servers_key_is_for_who_may_edit_data(client, user, clickhouse, role, kind, shown):
    source = Source.objects.create(name="till", kind=kind, write_key="wk_0123456789")
    user.roles.set([role])
    client.force_login(user)
    text = client.get(reverse("events:source", args=[source.pk])).content.decode()
    assert ("wk_0123456789" in text) is shown


def test_no_identifier_smuggles_in_another(live, actor, stranger):
    stranger({"type": "identify", "userId": "eve\x1femail:ann@example.org", "anonymousId": "x"})
    (met,) = set(Identifier.objects.values_list("type", flat=True))
    assert (met, Identifier.objects.get().came_with) == ("anonymous_id", ["anonymous_id:x"])
