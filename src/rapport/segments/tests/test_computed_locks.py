"""A pass of the projector waits for nobody: whom a merge has is looked at again later."""

from __future__ import annotations

import pytest
from django.db import transaction

from rapport.core.clock import SYSTEM
from rapport.people.models import ChangeSet, Merge
from rapport.people.services import merging
from rapport.segments.computed.services import evaluation

pytestmark = [
    pytest.mark.postgres,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("clickhouse"),
]


def test_whom_a_merge_has_is_left_for_the_next_pass(actor, person, beside):
    first, last = sorted(
        (person(email=f"a{number}@example.org") for number in range(2)), key=lambda row: row.pk
    )
    ChangeSet.objects.all().delete()
    now = SYSTEM.now()
    with transaction.atomic():
        assert evaluation.write({last.pk: {"orders": 2}}, {}, now, source="computed") == {last.pk}
        other = beside(
            lambda: merging.merge_people(
                actor=actor, survivor_id=first.pk, absorbed_id=last.pk, rule="by hand"
            )
        )
        assert other.waits_for_a_lock()
        assert evaluation.write({first.pk: {"orders": 1}}, {}, now, source="computed") == set()
    assert isinstance(other.outcome(), Merge)
    assert first.pk in {name for row in ChangeSet.objects.all() for name in row.people}
