"""Everything that changes a family takes its survivor's lock, in one order: whoever is second waits, none deadlocks."""

from __future__ import annotations

import pytest
from django.db import transaction

from rapport.people.models import Merge
from rapport.people.services import families, merging

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def people(person):
    """Three persons in the order in which they are locked."""
    return sorted((person(email=f"ada{number}@example.org") for number in range(3)), key=lambda row: row.pk)


def merge(actor, survivor, absorbed):
    return merging.merge_people(actor=actor, survivor_id=survivor.pk, absorbed_id=absorbed.pk, rule="by hand")


def test_a_lock_is_the_survivors_alone(actor, people, beside):
    first, second, third = people
    merge(actor, third, first)
    with transaction.atomic():
        families.lock([first.pk])
        other = beside(lambda: _free(people))
        assert other.outcome() == {first.pk, second.pk}


def _free(people):
    with transaction.atomic():
        return families.free([row.pk for row in people])


def test_the_absorbed_are_written_while_another_merge_waits(actor, people, beside):
    """An earlier event gives a person an id that is merged into them: the stream writes that row last."""
    first, second, third = people
    merge(actor, third, first)
    with transaction.atomic():
        families.lock([third.pk])
        other = beside(lambda: merge(actor, second, first))
        assert other.waits_for_a_lock()
        families.lock_rows([first.pk])
    assert isinstance(other.outcome(), Merge)


def test_merges_in_every_order_all_end(actor, people, beside):
    """Six at once over the same three: each merges or says that they are one already."""
    pairs = [(one_row, other) for one_row in people for other in people if one_row is not other]
    with transaction.atomic():
        families.lock([row.pk for row in people])
        other = [beside(lambda pair=pair: merge(actor, *pair)) for pair in pairs]
        assert all(work.waits_for_a_lock() for work in other)
    outcomes = [work.outcome() for work in other]
    assert sum(isinstance(outcome, Merge) for outcome in outcomes) == 2
    assert sum(isinstance(outcome, merging.CannotMerge) for outcome in outcomes) == 4
