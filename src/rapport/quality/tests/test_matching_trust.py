"""What the search must not believe: names of one culture, households, slips; and what it must never merge."""

from __future__ import annotations

import itertools
import random

import pytest

from rapport.quality.matching.engine import cleaning, em, grouping, learning, scoring, synthetic
from rapport.quality.matching.engine.defaults import AUTO, REVIEW
from rapport.quality.matching.engine.measure import pairwise
from rapport.quality.matching.engine.precision import Stratum, precision


@pytest.fixture
def engine(tmp_path):
    con = scoring.connect(memory_gb=1, threads=2, spill=str(tmp_path / "spill"))
    yield con
    con.close()


def _load(con, rows):
    import pyarrow as pa

    fields = sorted({name for row in rows for name in row} - {"unique_id"})
    columns = {name: [row.get(name) or None for row in rows] for name in fields}
    con.register("given", pa.table({"unique_id": [row["unique_id"] for row in rows], **columns}))
    texts = ", ".join(f"CAST({name} AS VARCHAR) AS {name}" for name in fields)
    con.execute(f"CREATE OR REPLACE TABLE raw AS SELECT unique_id, {texts} FROM given")
    cleaning.prepare(con, "person")


def _pairs(con, lowest=REVIEW):
    rows = con.execute(
        "SELECT unique_id_l, unique_id_r, match_probability FROM pairs WHERE match_probability >= ?", [lowest]
    )
    return {frozenset(row[:2]): row[2] for row in rows.fetchall()}


def _strangers(number, seed=1):
    rows = [row for row, _ in synthetic.people(number, seed=seed, duplicates=0.0)]
    return [row | {"country": "GB"} for row in rows]


def _of_one_culture(number=160):
    """People of a town in which eight surnames and eight first names are all there are."""
    chance = random.Random(4)
    surnames = "haddad khoury mansour nasser saleh alkhalifa aziz farah".split()
    names = "layla noa omar yusuf hana karim nadia samir".split()
    combinations = list(itertools.product(names, surnames))
    rows = []
    for place in range(number):
        given, surname = combinations[place % len(combinations)]
        email = f"{given}.{surname}{place}@example.org"
        where = {"city": "Manama", "country": "BH"}
        phone = f"+9731{chance.randrange(10**6, 10**7)}"
        rows.append(
            {
                "unique_id": f"c{place:04d}",
                "given_name": given,
                "surname": surname,
                "email": email,
                "phone": phone,
            }
            | where
        )
    return rows


def test_names_that_are_common_where_people_live_make_nobody_alike(engine):
    _load(engine, _strangers(1_500) + _of_one_culture())
    scoring.score(engine, "person", floor=0.2)
    assert not {pair for pair in _pairs(engine, 0.2) if any(name.startswith("c") for name in pair)}


def _household(number, chance, names):
    home = synthetic._person(chance, names)
    home = {name: home[name] for name in ("surname", "city", "postcode", "country")}
    home |= {
        "address": f"{chance.randrange(1, 400)} high street",
        "phone": f"+44{chance.randrange(10**9, 10**10)}",
    }
    givens = chance.sample(names.given, 3)
    for place, given in enumerate(givens):
        year = 1950 + chance.randrange(50)
        person = {
            "given_name": given,
            "dob": f"{year}-{chance.randrange(1, 13):02d}-{chance.randrange(1, 29):02d}",
        }
        email = f"{given}{chance.randrange(10**4)}@example.org"
        yield home | person | {"unique_id": f"h{number:04d}{place}", "email": email}


def test_households_are_not_learned_to_be_persons(engine):
    chance, names = random.Random(8), synthetic._Names()
    rows = [row for number in range(900) for row in _household(number, chance, names)]
    _load(engine, rows)
    scored = scoring.score(engine, "person", floor=0.2)
    assert scored.parameters["share"] * len(rows) * (len(rows) - 1) / 2 < 30
    assert not grouping.groups(engine, "person", auto=AUTO, review=REVIEW, apart=()).of


def _with_slips(number=4_000, seed=3):
    """Names and birthdays only, and every duplicate with a slip, so that no two records agree on all."""
    chance, names, kept, rows, truth = random.Random(seed), synthetic._Names(), [], [], {}
    for record in range(number):
        name = f"s{record:05d}"
        if kept and chance.random() < 0.3:
            row, truth[name] = chance.choice(kept)
            field = chance.choice(("given_name", "surname", "dob"))
            row = row | {field: synthetic._slip(chance, row[field])}
        else:
            row = synthetic._person(chance, names) | {
                "dob": f"{1930 + chance.randrange(70)}-{chance.randrange(10, 13)}-"
            }
            row = {name: row[name] for name in ("given_name", "surname", "dob")}
            row["dob"] += f"{chance.randrange(10, 29)}"
            truth[name] = record
            kept.append((row, record))
        rows.append(row | {"unique_id": name})
    return rows, truth


def test_the_share_of_matches_is_right_where_no_pair_agrees_on_a_sure_key(engine):
    rows, truth = _with_slips()
    _load(engine, rows)
    scored = scoring.score(engine, "person", floor=REVIEW)
    nothing = {unique_id: unique_id for unique_id in truth}
    true = pairwise(nothing, truth).true
    seen = scored.parameters["share"] * len(rows) * (len(rows) - 1) / 2
    by_sure_keys = (
        learning.share_by_sure_keys(engine, scoring.MODELS["person"]) * len(rows) * (len(rows) - 1) / 2
    )
    assert by_sure_keys < true / 3
    assert true / 2 < seen < true * 1.5
    merged = pairwise(grouping.groups(engine, "person", auto=AUTO, review=REVIEW, apart=()).of, truth)
    assert (merged.precision > 0.98, merged.recall > 0.6) == (True, True)


def test_the_fit_does_not_depend_on_where_it_starts():
    import numpy as np

    levels = np.array([[place] for place in (1, 0)])
    patterns = em.Patterns(levels, np.zeros((2, 1)), np.array([500.0, 99_500.0]), 1_000_000.0)
    weights = [
        em.Weights(
            np.array([0.1, 0.9]),
            np.array([0.1, 0.9]),
            np.log2([0.9999, 1e-4]),
            np.array([True, True]),
            np.ones(2),
        )
    ]
    shares = [em.fit(patterns, weights, [start]).share for start in (1e-6, 1e-4, 1e-2)]
    assert max(shares) < 1.1 * min(shares)
    assert shares[0] * patterns.total == pytest.approx(500, rel=0.3)


ADA = {
    "given_name": "ada",
    "surname": "byron",
    "dob": "1815-12-10",
    "email": "byron@example.org",
    "phone": "+441234567890",
    "address": "5 ockham park",
    "city": "ripley",
    "postcode": "GU23 6NQ",
}


@pytest.mark.parametrize(
    ("change", "contradicts"),
    [
        ({}, False),
        ({"given_name": "allegra"}, True),
        ({"given_name": "adda"}, False),
        ({"given_name": "a"}, False),
        ({"dob": "1817-01-12"}, True),
        ({"dob": "1815-10-12"}, False),
        ({"dob": "1815-12-11"}, False),
        ({"dob": ""}, False),
        ({"verified": "user_id"}, True),
        ({"verified": "crm_id"}, False),
    ],
)
def test_first_name_birthday_and_verified_identifiers_forbid_merging_without_asking(
    engine, change, contradicts
):
    rows = [ADA | {"unique_id": "1", "verified": "user_id"}, ADA | change | {"unique_id": "2"}]
    _load(engine, rows)
    scoring.score(engine, "person", floor=0.0001, train=False)
    ((seen, likelihood),) = engine.execute("SELECT contradicts, match_probability FROM pairs").fetchall()
    groups = grouping.groups(engine, "person", auto=0.01, review=0.01, apart=())
    assert (seen, bool(groups.of), likelihood > 0.01) == (contradicts, not contradicts, True)


def test_nobody_is_merged_with_whom_they_contradict_through_a_third(engine):
    short = ADA | {"given_name": "a", "dob": ""}
    rows = [
        ADA | {"unique_id": "1"},
        short | {"unique_id": "2"},
        ADA | {"unique_id": "3", "given_name": "allegra"},
    ]
    _load(engine, rows)
    scoring.score(engine, "person", floor=0.2, train=False)
    groups = grouping.groups(engine, "person", auto=0.5, review=0.3, apart=())
    assert groups.of.get("1") is None or groups.of.get("1") != groups.of.get("3")
    assert groups.held_back


def test_country_and_town_count_once(engine):
    rows = [
        {"unique_id": "1", "full_name": "Ann Lee", "city": "Leeds", "country": "GB", "region": "Yorkshire"},
        {"unique_id": "2", "full_name": "Ann Lee", "city": "Leeds", "country": "GB", "region": "Yorkshire"},
    ]
    _load(engine, rows)
    scoring.score(engine, "person", floor=0.0001, train=False)
    weights = engine.execute("SELECT weight_place, weight_region, weight_country FROM pairs").fetchall()[0]
    assert sum(weight > 0 for weight in weights) == 1


@pytest.mark.parametrize(
    ("strata", "share", "narrow"),
    [
        ([Stratum(0.95, 1, 20, 20, 20)], 1.0, True),
        ([Stratum(0.95, 1, 2000, 15, 15)], 1.0, False),
        ([Stratum(0.95, 1, 900, 10, 10), Stratum(0.9, 0.95, 100, 10, 5)], 0.95, False),
    ],
)
def test_precision_is_weighted_by_what_the_bands_hold(strata, share, narrow):
    estimate = precision(strata)
    assert estimate.share == pytest.approx(share)
    assert (estimate.lower > 0.99) == narrow
    assert estimate.lower <= estimate.share <= estimate.upper


def test_a_band_of_which_nothing_was_judged_says_nothing():
    assert precision([Stratum(0.95, 1, 10, 5, 5), Stratum(0.9, 0.95, 10, 0, 0)]) is None
