from __future__ import annotations

import pytest

from rapport.demo.seeding import trials
from rapport.experiments.models import Exposure


@pytest.mark.django_db
def test_customers_of_the_demo_met_a_variant_each(person):
    ada = person(email="ada@example.org")
    assert trials.seed()
    assert not trials.seed()
    assert Exposure.objects.get().person == ada
