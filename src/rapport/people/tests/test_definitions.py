"""Definitions and source priority over the whole pipeline: capture to profile, history and refusals."""

from __future__ import annotations

import pytest
from django.apps import apps
from django.core.exceptions import PermissionDenied, ValidationError

from rapport.core import jobs
from rapport.core.access import for_user
from rapport.core.clock import SYSTEM
from rapport.people.models import RejectedFact, TraitRecompute
from rapport.people.queries import find
from rapport.people.queries import traits as trait_queries
from rapport.people.services import definitions, recompute
from rapport.people.services.definitions import Draft
from rapport.people.services.profile import set_traits
from rapport.people.values.types import TraitType

AT = "2026-03-{:02}T10:00:00Z"


@pytest.fixture
def say(live, actor):
    """`say("Web", 3, city="Rome")`: a source says so on that day; gives the person."""

    def identify(source, day, **traits):
        call = {"type": "identify", "userId": "c-1", "timestamp": AT.format(day), "traits": traits}
        live.ingest([{**call, "messageId": f"{source}-{day}-{sorted(traits)}"}], source=source)
        return find(actor, "user_id:c-1")

    return identify


@pytest.fixture
def trust(actor):
    """`trust("source:Till", "hand")`: in that order, for every trait."""

    def rule(*sources, trait="", stale=None):
        definitions.set_rule(
            actor=actor, entity="person", trait=trait, sources=list(sources), stale_days=stale
        )

    return rule


@pytest.fixture
def actor(user):
    """The requester's rights are looked up again when the computation runs."""
    return for_user(user)


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch):
    monkeypatch.setattr(recompute, "CHUNK", 2)


def settle_recompute():
    while jobs.run_once(SYSTEM, recompute.JOB):
        pass


def test_spellings_of_known_traits_become_one(say):
    assert say("Web", 1, firstName="Ada", createdAt="2026-01-01").traits == {
        "first_name": "Ada",
        "created_at": "2026-01-01T00:00:00+00:00",
    }


def test_values_are_brought_to_their_type(say):
    assert say("Web", 1, age="42", birthday="1984-02-29").traits == {"age": 42, "birthday": "1984-02-29"}


def test_what_does_not_fit_is_set_aside_with_its_reason_and_the_old_value_stands(say):
    say("Web", 1, age=42)
    assert say("Web", 2, age="unknown").traits == {"age": 42}
    aside = RejectedFact.objects.get()
    assert (aside.trait, aside.value, aside.source) == ("age", "unknown", "Web")
    assert "Give a number" in aside.reason


def test_refusals_are_counted_per_trait_and_source(say):
    for day in (1, 2, 3):
        say("Web", day, age=f"about {day}")
    say("Shop", 4, age="?")
    assert trait_queries.refusals("person") == {"age": [("Web", 3), ("Shop", 1)]}


def test_undefined_traits_are_kept_as_they_come(say):
    assert say("Web", 1, shoe={"size": "42"}, odd="42").traits == {"shoe": {"size": "42"}, "odd": "42"}


def test_a_trusted_source_is_believed_whenever_it_spoke(say, trust):
    trust("source:Till", "source:Web")
    say("Till", 1, city="Rome")
    ada = say("Web", 5, city="Oslo")
    assert ada.traits == {"city": "Rome"}
    assert ada.trait_facts["city"]["others"]["Web"]["value"] == "Oslo"


def test_a_kind_of_sources_can_be_trusted(say, trust):
    trust("kind:server")
    source = apps.get_model("events", "Source")
    for name, kind in (("Till", "server"), ("Web", "website")):
        source.objects.create(name=name, write_key=f"wk_{name}", kind=kind)
    say("Till", 1, city="Rome")
    assert say("Web", 5, city="Oslo").traits == {"city": "Rome"}


def test_a_rule_of_one_trait_goes_before_the_default(say, trust):
    trust("source:Till")
    trust("source:Web", trait="city")
    say("Till", 5, city="Rome", plan="gold")
    assert say("Web", 1, city="Oslo", plan="free").traits == {"city": "Oslo", "plan": "gold"}


def test_edits_by_hand_stand_where_they_are_trusted(say, trust, actor):
    trust("hand")
    ada = say("Web", 1, city="Oslo")
    set_traits(actor=actor, person_id=ada.pk, traits={"city": "Rome"}, source="by hand: ada")
    assert say("Web", 28, city="Bern").traits == {"city": "Rome"}


def test_a_new_rule_is_applied_to_existing_profiles_in_the_background(say, trust):
    say("Till", 1, city="Rome")
    ada = say("Web", 5, city="Oslo")
    trust("source:Till")
    settle_recompute()
    ada.refresh_from_db()
    assert ada.traits == {"city": "Rome"}
    work = TraitRecompute.objects.get()
    assert (work.job.state, work.job.done, work.changed) == ("done", 1, 1)


def test_defining_a_trait_types_what_is_there_and_folds_its_spellings(say, actor):
    ada = say("Web", 1, shoe="42", shoeSize="43", note="x")
    definitions.define(
        actor=actor, entity="person", key="shoe", draft=Draft("Shoe", TraitType.WHOLE, aliases=("shoeSize",))
    )
    settle_recompute()
    ada.refresh_from_db()
    assert set(ada.traits) == {"shoe", "note"}
    assert isinstance(ada.traits["shoe"], int)


def test_archiving_a_definition_takes_values_as_they_come_again(say, actor):
    definitions.archive(actor=actor, entity="person", key="age")
    assert say("Web", 1, age="about 40").traits == {"age": "about 40"}


def test_the_history_holds_each_change_once(say, live):
    say("Web", 1, city="Rome")
    say("Web", 2, city="Rome")
    ada = say("Shop", 3, city="Oslo")
    say("Shop", 3, city="Oslo")
    live.settle()
    changes = trait_queries.history([ada.pk])
    assert [(change.old, change.new, change.source) for change in changes] == [
        ("Rome", "Oslo", "Shop"),
        (None, "Rome", "Web"),
    ]


def test_the_history_says_who_changed_it_by_hand(say, live, actor):
    ada = say("Web", 1, city="Rome")
    set_traits(actor=actor, person_id=ada.pk, traits={"city": None}, source="by hand: ada")
    live.settle()
    newest = trait_queries.history([ada.pk])[0]
    assert (newest.old, newest.new, newest.actor) == ("Rome", None, "ada@example.org")


def test_a_value_set_by_hand_must_fit(say, actor):
    ada = say("Web", 1, age=42)
    with pytest.raises(ValidationError, match="Give a number"):
        set_traits(actor=actor, person_id=ada.pk, traits={"age": "old"}, source="by hand: ada")


def test_a_read_only_trait_is_not_set_by_hand(say, actor):
    draft = Draft("Score", TraitType.WHOLE, is_read_only=True)
    definitions.define(actor=actor, entity="person", key="score", draft=draft)
    ada = say("Web", 1, score=1)
    with pytest.raises(ValidationError, match="cannot be changed by hand"):
        set_traits(actor=actor, person_id=ada.pk, traits={"score": 2}, source="by hand: ada")


@pytest.mark.parametrize(
    ("key", "draft", "field"),
    [
        ("a.b", Draft("X", TraitType.TEXT), "key"),
        ("a", Draft("", TraitType.TEXT), "label"),
        ("a", Draft("X", TraitType.CHOICE), "options"),
        ("a", Draft("X", TraitType.MONEY), "currency"),
        ("a", Draft("X", TraitType.TEXT, pattern=r"(a)\1"), "pattern"),
        ("a", Draft("X", TraitType.TEXT, aliases=("a",)), "aliases"),
    ],
)
def test_a_definition_that_cannot_work_is_refused_beside_its_field(actor, db, key, draft, field):
    with pytest.raises(ValidationError) as error:
        definitions.define(actor=actor, entity="person", key=key, draft=draft)
    assert field in error.value.message_dict


def test_only_who_may_change_settings_defines_traits(actor_in_role, db):
    with pytest.raises(PermissionDenied):
        definitions.define(
            actor=actor_in_role("marketer"), entity="person", key="a", draft=Draft("A", TraitType.TEXT)
        )


def test_the_settings_list_what_is_seen_and_not_defined(page, say):
    say("Web", 1, shoe_size=42)
    answer = page.get("/settings/traits/").content.decode()
    assert "shoe_size" in answer
    page.post("/settings/traits/person/define/", {"key": "shoe_size"})
    assert trait_queries.definition_for("person", "shoe_size").kind == TraitType.WHOLE


def test_a_rule_is_built_and_ordered_step_by_step(page, db):
    change = "/settings/priority/person/change/"
    for step in ({"add": "hand"}, {"add": "import"}, {"up": "import"}, {"stale": "30"}):
        page.post(change, {"trait": "", **step})
    (rule,) = trait_queries.rules("person")
    assert (rule.sources, rule.stale_days) == (["import", "hand"], 30)
    assert "Edits by hand" in page.get("/settings/priority/").content.decode()


def test_the_profile_shows_what_other_sources_say(page, say):
    say("Till", 1, city="Rome")
    ada = say("Web", 5, city="Oslo")
    answer = page.get(f"/people/{ada.pk}/").content.decode()
    assert "Other sources" in answer
    assert "Rome" in answer


def test_the_history_panel_can_be_filtered_by_trait(page, say, live):
    ada = say("Web", 1, city="Rome", plan="gold")
    live.settle()
    answer = page.get(f"/people/{ada.pk}/history/?trait=city").content.decode()
    assert "Rome" in answer
    assert "gold" not in answer


@pytest.mark.parametrize(
    "options", [("",), ("red", " "), ("red", "Red"), ("red", "red\u200b"), ("x" * 1_001,)]
)
def test_options_that_are_empty_or_cannot_be_told_apart_are_refused(db, actor, options):
    draft = definitions.Draft("Colour", "choice", options=options)
    with pytest.raises(ValidationError) as refused:
        definitions.define(actor=actor, entity="person", key="colour", draft=draft)
    assert set(refused.value.message_dict) == {"options"}


def test_names_of_people_and_companies_turn_no_text_around(person):
    ann = person(name="\u202eenn\u202cA", first_name="A\u200bnn")
    assert (ann.name, ann.traits["first_name"]) == ("ennA", "Ann")
