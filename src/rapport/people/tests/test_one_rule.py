"""What an address or an id is, wherever it comes from: one rule of names and notations for all ways in."""

import pytest

from rapport.people.models import Identifier, Person, RejectedFact
from rapport.people.normalise import normalise, refusal
from rapport.people.queries import find
from rapport.people.queries.contact import contacts
from rapport.people.services import profile
from rapport.people.services.profile import create_person

pytestmark = pytest.mark.django_db
EMAILS = ["email", "Email", "EMAIL", "emailAddress", "email_address", "E-Mail", "EmailAddress", "e mail"]


@pytest.mark.parametrize("name", EMAILS)
def test_an_address_identifies_however_the_trait_is_spelt(live, actor, name):
    for user in ("u1", "d2"):
        who = {"userId": user} if user == "u1" else {"anonymousId": user}
        live.ingest([{"type": "identify", **who, "traits": {name: "Ann@Example.org"}}])
    ann = find(actor, "email:ann@example.org")
    assert ann == find(actor, "user_id:u1") == find(actor, "anonymous_id:d2")
    assert (ann.email, ann.traits) == ("ann@example.org", {"email": "Ann@Example.org"})


@pytest.mark.parametrize("name", ["phone", "Phone", "phoneNumber", "PHONE_NUMBER"])
def test_a_number_identifies_however_the_trait_is_spelt(live, actor, name):
    live.ingest([{"type": "identify", "userId": "u1", "traits": {name: "+44 20 7946 0001"}}])
    assert find(actor, "phone:+442079460001").traits["phone"] == "+442079460001"


def test_the_traits_own_name_beats_another_spelling(live, actor):
    traits = {"emailAddress": "b@example.org", "email": "a@example.org", "EMAIL": "c@example.org"}
    live.ingest([{"type": "identify", "userId": "u1", "traits": traits}])
    assert set(Identifier.objects.filter(type="email").values_list("value", flat=True)) == {"a@example.org"}
    assert find(actor, "user_id:u1").traits == {"email": "a@example.org"}


@pytest.mark.parametrize("name", EMAILS)
def test_a_person_made_by_an_address_can_be_written_to(actor, name):
    ann = create_person(actor=actor, identifiers=[(name, "Ann@example.org")], traits={}, source="API key x")
    assert contacts([ann.pk], "email")[ann.pk].address == "ann@example.org"


def test_an_external_id_that_is_an_address_is_one(live, actor):
    ids = [{"id": "ann@example.org", "type": "Email", "collection": "users", "encoding": "none"}]
    live.ingest([{"type": "identify", "userId": "u1", "context": {"externalIds": ids}}])
    assert find(actor, "user_id:u1").email == "ann@example.org"


def test_a_trait_set_by_hand_identifies_under_any_spelling(actor, person):
    ann = person()
    profile.set_traits(actor=actor, person_id=ann.pk, traits={"Email": "x@example.org"}, source="by hand: a")
    assert find(actor, "email:x@example.org") == ann


SAME = [("55520.0", "55520"), (55520.0, "55520"), (1e15, "1000000000000000"), (55520, "55520")]
KEPT = ["007", "1.10", "55520.00", "55520.5", "1e15", "12.0.0", "v1.0", "9007199254740993"]
REFUSED = [
    ("1.00012E+11", "rounded by a spreadsheet"),
    ("4.5e+12", "rounded by a spreadsheet"),
    ("1E+15", "rounded by a spreadsheet"),
    (1e22, "exact"),
    ("x" * 255, "255 characters; at most 254"),
    ("null", "placeholder"),
    ("0.0", "not one"),
]


@pytest.mark.parametrize(("given", "kept"), [*SAME, *((text, text) for text in KEPT)])
def test_an_id_has_one_notation_and_different_ids_stay_different(given, kept):
    assert normalise("user_id", given) == kept


@pytest.mark.parametrize(("given", "reason"), REFUSED)
def test_a_value_that_identifies_nobody_is_refused_with_the_reason(given, reason):
    assert normalise("user_id", given) is None
    assert reason in refusal("user_id", given)


@pytest.mark.parametrize("kind", ["card_number", "phone"])
def test_digits_are_never_made_of_a_rounded_number(kind):
    assert normalise(kind, "4.47911E+11") is None
    assert normalise("card_number", "55520.0") == "55520"


@pytest.mark.parametrize(("first", "second"), [("old", "new"), ("new", "old")])
@pytest.mark.parametrize("alias_at", [0, 1, 2])
def test_an_alias_joins_two_ids_whichever_is_met_first(live, actor, first, second, alias_at):
    calls = [{"type": "track", "event": "Seen", "userId": user} for user in (first, second)]
    calls.insert(alias_at, {"type": "alias", "userId": "new", "previousId": "old"})
    for number, call in enumerate(calls):
        live.ingest([call | {"messageId": f"m{number}"}])
    assert find(actor, "user_id:old") == find(actor, "user_id:new") is not None


def test_a_shared_number_brings_nobody_a_second_address(live, actor):
    for name in ("ann", "bob"):
        traits = {"email": f"{name}@example.org", "phone": "+442079460001", "first_name": name}
        live.ingest([{"type": "identify", "anonymousId": f"d-{name}", "traits": traits}])
    ann, bob = find(actor, "email:ann@example.org"), find(actor, "email:bob@example.org")
    assert ann != bob
    assert [person.traits["first_name"] for person in (ann, bob)] == ["ann", "bob"]
    assert find(actor, "phone:+442079460001") == ann
    assert Person.objects.filter(merged_into=None).count() == 2


def test_what_rapport_computes_is_refused_from_anybody_else(live, actor, person, computed_trait):
    ann = person(email="ann@example.org")
    live.ingest([{"type": "identify", "userId": "user-1", "traits": {"orders": 99, "plan": "gold"}}])
    ann.refresh_from_db()
    assert (ann.traits.get("orders"), ann.traits["plan"]) == (None, "gold")
    assert RejectedFact.objects.filter(subject_id=ann.pk, trait="orders").exists()


@pytest.fixture
def computed_trait():
    from rapport.people.registry import COMPUTED_TRAITS, ComputedTraits
    from rapport.people.services import definitions

    with COMPUTED_TRAITS.temporarily(ComputedTraits("test", lambda: ["orders"], dict)):
        definitions.touch()
        yield
