"""Preview, full computation and live upkeep against a naive evaluator, over the same random people."""

import random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rapport.core import clickhouse as engine
from rapport.segments.models import Segment
from rapport.segments.services import compiler
from rapport.segments.tests import naive
from rapport.segments.tests.conftest import NOW, World
from rapport.segments.tests.generators import LONDON, a_person, definitions, store


@pytest.mark.parametrize("seed", range(3))
def test_everybody_agrees_on_who_fits(db, clickhouse, seed):
    rng = random.Random(seed)
    people = [a_person(rng) for _ in range(40)]
    store(World(clickhouse), people, rng)
    ids = [person["id"] for person in people]
    members = {str(s.pk): [p["id"] for p in people if s.key in p["segments"]] for s in Segment.objects.all()}

    @settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck), database=None)
    @given(st.lists(definitions, min_size=1, max_size=4))
    def agree(batch):
        expected = [{p["id"] for p in people if naive.fits(d, p, NOW, LONDON)} for d in batch]
        for definition, fit in zip(batch, expected, strict=True):
            whole = compiler.compile_definition(definition, now=NOW)
            assert {row["person_id"] for row in engine.rows(whole.sql, whole.parameters)} == fit
            assert engine.scalar(whole.count_sql, whole.parameters) == len(fit)
        id_batch = ids[:25]
        live = compiler.compile_many(batch, now=NOW, person_ids=id_batch, members=members)
        rows = engine.rows(live.sql, live.parameters)
        fitting = {(position, row["person_id"]) for row in rows for position in row["fits"]}
        assert fitting == {(n, who) for n, fit in enumerate(expected) for who in fit if who in id_batch}

    agree()
