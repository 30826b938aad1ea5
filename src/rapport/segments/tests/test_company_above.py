"""Companies in segments: what is above them counts where asked, and what changes about them reaches their members."""

import datetime as dt

import pytest

from rapport.people.services import projector
from rapport.people.services.company_edits import create_company, set_company_traits, set_member, set_parent
from rapport.segments.clauses.company import as_known, as_stored
from rapport.segments.services.compiler import compile_definition
from rapport.segments.tests.conftest import NOW

UNDER_ACME = {"company": "id", "is": "acme", "or_above": True}
ON_PRO = {"company": "plan", "is": "pro", "or_above": True}


@pytest.mark.parametrize(
    ("clause", "fits"),
    [
        (UNDER_ACME, True),
        ({**UNDER_ACME, "or_above": False}, False),
        ({**UNDER_ACME, "is": "leeds"}, True),
        ({**UNDER_ACME, "is": "world"}, True),
        ({**UNDER_ACME, "is": "other"}, False),
        (ON_PRO, True),
    ],
)
def test_a_company_above_counts_where_asked(world, clause, fits):
    above = [as_known("acme", "Acme", {"plan": "pro"}), as_known("world", "World", {})]
    ada = world.person(companies=[as_stored("leeds", "Acme Leeds", {}, above)])
    assert world.matching(clause) == ({ada} if fits else set())


@pytest.fixture
def ada(person):
    return person()


@pytest.fixture
def leeds(actor, ada):
    """A company under Acme with Ada as its member, as ClickHouse knows it."""
    acme = create_company(actor=actor, name="Acme", group_id="acme")
    leeds = create_company(actor=actor, name="Leeds", group_id="leeds", parent_id=acme.pk)
    set_member(actor=actor, company_id=leeds.pk, person_id=ada.pk, role="")
    project()
    return leeds


def project():
    while projector.run_once():
        pass


def found(clause):
    from rapport.core import clickhouse

    compiled = compile_definition(clause, now=NOW + dt.timedelta(days=1))
    return {row["person_id"] for row in clickhouse.rows(compiled.sql, compiled.parameters)}


def test_members_of_what_is_below_are_found(leeds, ada):
    assert found(UNDER_ACME) == {ada.pk}


def test_moving_a_company_reaches_its_members(leeds, ada, actor):
    set_parent(actor=actor, company=leeds, parent_id=None)
    project()
    assert found(UNDER_ACME) == set()


def test_a_trait_of_a_company_reaches_the_members_of_what_is_below(leeds, ada, actor):
    set_company_traits(actor=actor, company_id=leeds.parent_id, traits={"plan": "pro"}, source="hand")
    project()
    assert found(ON_PRO) == {ada.pk}
