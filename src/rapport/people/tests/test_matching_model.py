"""The matching model on made-up people whose duplicates are known: no label is ever used."""

from __future__ import annotations

import pytest

from rapport.people.matching.engine import cleaning, scoring, synthetic
from rapport.people.matching.engine.clusters import cluster
from rapport.people.matching.engine.defaults import AUTO, REVIEW
from rapport.people.matching.engine.measure import pairwise


@pytest.fixture
def engine(tmp_path):
    return scoring.connect(memory_gb=1, threads=2, spill=str(tmp_path / "spill"))


def _cleaned(con, kind, *rows):
    names = sorted({name for row in rows for name in row})
    con.execute(
        f"CREATE OR REPLACE TABLE raw (unique_id VARCHAR, {', '.join(f'{n} VARCHAR' for n in names)})"
    )
    for number, row in enumerate(rows):
        con.execute(
            f"INSERT INTO raw VALUES ({', '.join('?' * (len(names) + 1))})",
            [str(number), *map(row.get, names)],
        )
    cleaning.prepare(con, kind)
    columns = [column[0] for column in con.execute("SELECT * FROM records LIMIT 0").description]
    found = con.execute("SELECT * FROM records ORDER BY unique_id").fetchall()
    return [dict(zip(columns, row, strict=True)) for row in found]


def test_duplicates_among_made_up_people_are_found_without_joining_strangers(engine, tmp_path):
    truth = synthetic.write(tmp_path / "people.csv", 4_000)
    engine.execute(f"CREATE TABLE raw AS SELECT * FROM read_csv('{tmp_path}/people.csv', all_varchar = true)")
    cleaning.prepare(engine, "person")
    scoring.score(engine, "person", floor=REVIEW)
    pairs = engine.execute("SELECT unique_id_l, unique_id_r, match_probability FROM pairs").fetchall()
    quality = pairwise(cluster(pairs, threshold=AUTO, likely=REVIEW).of, truth)
    assert quality.precision >= 0.995
    assert quality.recall >= 0.85


@pytest.mark.parametrize(
    ("written", "day"),
    [
        ("1990-03-04", "1990-03-04"),
        ("04/03/1990", "1990-03-04"),
        ("4.3.1990", "1990-03-04"),
        ("19900304", "1990-03-04"),
        ("1990-03-04T00:00:00.000Z", "1990-03-04"),
        ("4 March 1990", "1990-03-04"),
        ("", None),
    ],
)
def test_a_date_of_birth_is_the_same_in_each_spelling(engine, written, day):
    assert _cleaned(engine, "person", {"dob": written, "surname": "x"})[0]["dob"] == day


def test_names_lose_titles_accents_and_short_forms(engine):
    (row,) = _cleaned(engine, "person", {"full_name": "Dr. Bill  O'Hárá"})
    assert (row["given_c"], row["surname"], row["name_key"]) == ("william", "ohara", "william ohara")


def test_names_in_other_scripts_stay(engine):
    (row,) = _cleaned(engine, "person", {"full_name": "Анна Каренина"})
    assert row["surname"] == "каренина"


def test_a_company_is_the_same_without_its_legal_form(engine):
    one, other = _cleaned(engine, "company", {"name": "Acme Tools GmbH & Co. KG"}, {"name": "ACME tools Ltd"})
    assert one["name"] == other["name"] == "acme tools"


def test_a_free_mail_domain_says_nothing_about_a_company(engine):
    free, own = _cleaned(
        engine,
        "company",
        {"name": "a", "email": "x@gmail.com"},
        {"name": "b", "domain": "https://www.acme.example/x"},
    )
    assert (free["domain"], own["domain"]) == (None, "acme.example")


def test_a_block_that_explodes_is_left_out(engine):
    engine.execute(
        "CREATE TABLE raw AS SELECT i::VARCHAR AS unique_id, 'Ann Lee' AS full_name,"
        " 'shop@example.org' AS email FROM range(400) t(i)"
    )
    cleaning.prepare(engine, "person")
    assert scoring.add_keys(engine, scoring.MODELS["person"]) >= 2
    assert engine.execute("SELECT count(k_email) FROM records").fetchone() == (0,)


def test_only_pairs_with_something_fresh_are_compared(engine):
    engine.execute(
        "CREATE TABLE raw AS SELECT i::VARCHAR AS unique_id, (i = 0)::VARCHAR AS fresh,"
        " 'Ada Byron' AS full_name, 'ada@example.org' AS email FROM range(3) t(i)"
    )
    cleaning.prepare(engine, "person")
    scoring.score(engine, "person", floor=0.1, train=False)
    found = engine.execute("SELECT DISTINCT unique_id_l, unique_id_r FROM pairs").fetchall()
    assert sorted(tuple(sorted(pair)) for pair in found) == [("0", "1"), ("0", "2")]


def test_one_strong_link_does_not_join_two_groups_that_hardly_look_alike():
    group = [(a, b, 0.99) for a in "abc" for b in "abc" if a < b] + [
        (a, b, 0.99) for a in "xyz" for b in "xyz" if a < b
    ]
    found = cluster([*group, ("c", "x", 0.98)], threshold=0.95)
    assert found.of["a"] != found.of["x"]
    assert [pair[:2] for pair in found.held_back] == [("c", "x")]


def test_those_kept_apart_are_not_joined_through_a_third():
    found = cluster([("a", "b", 0.99), ("b", "c", 0.98)], threshold=0.95, apart=[("a", "c")])
    assert found.of.get("c") is None
    assert found.of["a"] == found.of["b"]


def test_clusters_do_not_depend_on_the_order_of_pairs():
    pairs = [("a", "b", 0.99), ("b", "c", 0.97), ("d", "e", 0.96), ("c", "d", 0.6)]
    ways = [cluster(order, threshold=0.95).groups() for order in (pairs, pairs[::-1])]
    assert [sorted(map(sorted, way)) for way in ways] == [[["a", "b", "c"], ["d", "e"]]] * 2
