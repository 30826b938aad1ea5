"""Definitions that name what there is not, or what the event store would read as something else."""

import pytest

from rapport.governance.models import Purpose
from rapport.segments.language import tree
from rapport.segments.language.problems import InvalidDefinition
from rapport.segments.models import Segment
from rapport.segments.services import segments as services
from rapport.segments.tests.conftest import compute, make_stages

pytestmark = pytest.mark.django_db
EVERYBODY = {"profile": "identified", "is": True}


@pytest.mark.parametrize("name", [":`x", "^`x", ":`String`", "^`a`", "a.:`x`", "a.^`b`", ":``"])
@pytest.mark.parametrize(
    "clause",
    [
        lambda name: {"trait": name, "is": "x"},
        lambda name: {"score": name, "gte": 1},
        lambda name: {"company": name, "is": "x"},
        lambda name: {"did": "E", "where": [{"property": name, "is": 1}]},
        lambda name: {"did": "E", "where": [{"property": f"a[].{name}", "is": 1}]},
        lambda name: {"did": "E", "sum": name, "gte": 1},
        lambda name: {"sequence": [{"did": "A"}, {"did": "B"}], "within": "1d", "same": name},
    ],
)
def test_a_name_that_the_store_would_read_otherwise_is_refused_in_words(clause, name):
    problems = tree.check(clause(name))
    assert any("A name cannot begin with" in problem.message for problem in problems)


@pytest.mark.parametrize(
    "name", [":x", "^x", "a`b", "`", "a:`b", "x\\", "{p0:String}", "%s", "'; DROP", "--", "a\nb"]
)
def test_other_odd_names_are_just_names(world, name):
    ann = world.person({name: "yes"})
    assert world.matching({"trait": name, "is": "yes"}) == {ann}


@pytest.mark.parametrize(
    ("clause", "pointer", "names"),
    [
        ({"consent": "Nwsltr", "channel": "email"}, "/consent", "newsletter"),
        ({"consent": "newsletter", "channel": "pigeon"}, "/channel", "email"),
        ({"lifecycle": ["customer", "nobody"]}, "/lifecycle/1", "customer"),
        ({"identifier": "e-mail"}, "/identifier", "email"),
    ],
)
def test_what_is_named_must_be_there(actor, stage, clause, pointer, names):
    with pytest.raises(InvalidDefinition) as refused:
        services.preview(actor=actor, definition={"not": clause})
    (problem,) = refused.value.problems
    assert problem.pointer == "/not" + pointer
    assert names in problem.message


def test_a_segment_whose_purpose_went_says_so_and_keeps_its_members(world, actor, clickhouse):
    Purpose.objects.create(key="gone", name="Gone")
    ann = world.person(consents=["gone/email"])
    segment = services.create_segment(actor=actor, name="S", definition={"consent": "gone"})
    compute()
    Purpose.objects.filter(key="gone").delete()
    services.recompute.request([segment.pk])
    compute()
    segment = Segment.objects.get()
    assert "There is no purpose “gone”" in segment.problem
    assert segment.memberships.get().person_id == ann


def test_no_sql_reaches_whoever_reads_of_a_failure(world, actor, monkeypatch):
    segment = services.create_segment(actor=actor, name="S", definition=EVERYBODY)
    monkeypatch.setattr("rapport.segments.language.tree.compile_clause", lambda *_: "no_such_function(1)")
    compute()
    segment.refresh_from_db()
    assert "could not answer (code 46)" in segment.problem
    assert "no_such_function" not in segment.problem
    assert "no_such_function" not in segment.job.last_error


@pytest.mark.parametrize("written", ["Ann@Example.ORG", " ann@example.org ", "ANN@EXAMPLE.ORG"])
@pytest.mark.parametrize("make", [lambda x: {"is": x}, lambda x: {"in": [x, "other"]}])
def test_an_identifier_is_the_same_in_any_spelling(world, written, make):
    ann = world.person(identifiers=["email:ann@example.org", "phone:+442079460001"])
    world.person(identifiers=["email:bob@example.org"])
    assert world.matching({"identifier": "email", **make(written)}) == {ann}
    assert world.matching({"identifier": "phone", "is": "+44 20 7946 0001"}) == {ann}


@pytest.mark.parametrize(
    ("value", "operand"),
    [
        ([True], True),
        ([None, False], False),
        ([True, "a"], True),
        ([1, "a"], "a"),
        ([1, "a"], 1),
        ([1, "a"], ["a"]),
    ],
)
def test_a_list_has_its_elements_of_whatever_type(world, value, operand):
    ann = world.person({"v": value})
    comparison = "in" if isinstance(operand, list) else "is"
    assert world.matching({"trait": "v", comparison: operand}) == {ann}
    assert not world.matching({"trait": "v", comparison: ["b"] if comparison == "in" else "b"})


@pytest.mark.parametrize("number", [2**53, 2**53 + 1, -(2**53) - 1, 2**63, 2**64 - 1])
def test_long_whole_numbers_are_compared_digit_by_digit(world, number):
    ann = world.person({"id": number})
    world.person({"id": number - 1})
    world.person({"id": number + 1})
    assert world.matching({"trait": "id", "is": number}) == {ann}
    assert world.matching({"trait": "id", "in": [number, "x"]}) == {ann}
    assert str(number) in tree.describe_clause({"trait": "id", "is": number})


@pytest.mark.parametrize(
    ("comparison", "operand", "reason"),
    [
        ("gt", 2**53 + 1, "2^53"),
        ("gt", True, "must be a number."),
        ("is", 1e300, "2^53"),
        ("is", 10**30, "2^53"),
    ],
)
def test_numbers_beyond_are_refused_with_the_reason(comparison, operand, reason):
    (problem,) = tree.check({"trait": "id", comparison: operand})
    assert reason in problem.message


@pytest.fixture
def stage(db):
    make_stages("customer")
