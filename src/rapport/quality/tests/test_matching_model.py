"""The matching model on made-up people whose duplicates are known: no label is ever used."""

from __future__ import annotations

import itertools
import random

import pytest

from rapport.quality.matching.engine import blocking, cleaning, scoring, synthetic, weighing
from rapport.quality.matching.engine.clusters import cluster
from rapport.quality.matching.engine.defaults import AUTO, REVIEW
from rapport.quality.matching.engine.measure import pairwise


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
    cleaned = con.execute("SELECT * FROM records ORDER BY unique_id").fetchall()
    return [dict(zip(columns, row, strict=True)) for row in cleaned]


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
    first, second = _cleaned(
        engine, "company", {"name": "Acme Tools GmbH & Co. KG"}, {"name": "ACME tools Ltd"}
    )
    assert first["name"] == second["name"] == "acme tools"


def test_a_free_mail_domain_says_nothing_about_a_company(engine):
    free, own = _cleaned(
        engine,
        "company",
        {"name": "a", "email": "x@gmail.com"},
        {"name": "b", "domain": "https://www.acme.example/x"},
    )
    assert (free["domain"], own["domain"]) == (None, "acme.example")


def _blocked(con, columns, records):
    con.execute(
        f"CREATE TABLE raw AS SELECT i::VARCHAR AS unique_id, {columns} FROM range({records}) t(i) ORDER BY random()"
    )
    cleaning.prepare(con, "person")
    blocking.number(con)
    skipped = blocking.block(con, scoring.MODELS["person"])
    ids = "(SELECT unique_id FROM records WHERE rid = {})::INTEGER".format
    return skipped, con.execute(f"SELECT {ids('rid_l')}, {ids('rid_r')} FROM blocked").fetchall()


def test_a_block_that_explodes_is_left_out(engine):
    skipped, pairs = _blocked(engine, "'Ann Lee' AS full_name, 'shop@example.org' AS email", 400)
    assert (skipped >= 2, pairs) == (True, [])


def test_a_common_name_is_looked_for_town_by_town(engine):
    _skipped, pairs = _blocked(engine, "'Ann Lee' AS full_name, 'Town ' || (i // 2) AS city", 400)
    assert {frozenset(pair) for pair in pairs} >= {frozenset((i, i + 1)) for i in range(0, 400, 2)}
    assert len(pairs) == 200


def test_a_pair_that_agrees_on_many_keys_is_compared_once(engine):
    same = "'Ann Lee' AS full_name, 'ann@example.org' AS email, '1990-03-04' AS dob, 'Leeds' AS city"
    assert len(_blocked(engine, same, 3)[1]) == 3


def test_one_slip_is_what_the_distance_says(engine):
    cleaning.prepare_macros(engine)
    chance = random.Random(3)
    words = ["".join(chance.choices("abc", k=chance.randrange(7))) for _ in range(400)]
    pairs = [(word, chance.choice(words)) for word in words for _ in range(10)]
    engine.execute(
        "CREATE TABLE tried AS SELECT unnest(?) AS a, unnest(?) AS b", list(zip(*pairs, strict=True))
    )
    statement = (
        "SELECT count(*), count(*) FILTER (d)"
        " FROM (SELECT damerau_levenshtein(a, b) <= 1 AS d, one_slip(a, b) AS s"
    )
    seen, slips = engine.execute(f"{statement} FROM tried) WHERE s = d").fetchone()
    assert (seen, slips > 100) == (4_000, True)


def _email_levels(con, *pairs):
    rows = [{"full_name": "Ann Lee", "email": email} for pair in pairs for email in pair]
    _cleaned(con, "person", *rows)
    con.execute("CREATE OR REPLACE TABLE raw AS SELECT unique_id FROM records")
    blocking.number(con)
    (mail,) = (
        comparison for comparison in scoring.MODELS["person"].comparisons if comparison.name == "email"
    )
    weighing.make_comparable(con, scoring.MODELS["person"], (mail,))
    con.execute(
        "CREATE OR REPLACE TABLE two AS SELECT i AS rid_l, i + 1 AS rid_r FROM range(0, ?, 2) t(i)",
        [len(rows)],
    )
    levels = con.execute(
        f"SELECT {weighing.gamma(mail)} FROM ({weighing.joined(con, 'two')}) ORDER BY rid_l"
    ).fetchall()
    return [mail.level_names[level] for (level,) in levels]


def test_a_mailbox_of_another_number_is_another_mailbox(engine):
    assert _email_levels(
        engine,
        ("ann.lee1@example.org", "ann.lee2@example.org"),
        ("ann.lee1@example.org", "amn.lee1@example.org"),
        ("ann.lee1@example.org", "ann.lee1@example.com"),
        ("rocket77@example.org", "rocket77@example.com"),
    ) == ["like", "one_slip", "same_named_local", "same_local"]


def test_a_short_name_is_one_word_not_two(engine):
    first, second = _cleaned(engine, "person", {"full_name": "Bill Smith"}, {"full_name": "William Jones"})
    assert set(first["tokens"]) & set(second["tokens"]) == {"william"}


def test_what_a_common_value_is_worth_does_not_depend_on_how_levels_share_it(engine):
    (name,) = (comparison for comparison in scoring.MODELS["person"].comparisons if comparison.name == "name")
    even = {level: {"m": 0.1, "u": 1e-4} for level in name.level_names}
    uneven = even | {"same_or_short": {"m": 0.1, "u": 1e-9}, "same": {"m": 0.1, "u": 2e-4}}
    weights = []
    for learned in (even, uneven):
        sql = weighing.weight(scoring.MODELS["person"], name, learned).replace(
            "gamma_name", str(len(name.levels))
        )
        columns = ["9.0 AS rare_name_key_l", "9.0 AS rare_name_key_r"]
        for term, place in itertools.product(("surname", "given_c"), ("", "_city", "_country")):
            columns += [f"5.0 AS rare_{term}{place}_l", f"5.0 AS rare_{term}{place}_r"]
        columns += [f"NULL AS {place}_{side}" for place in ("city", "country") for side in "lr"]
        query = f"SELECT {sql} FROM (SELECT {', '.join(columns)})"
        weights.append(engine.execute(query).fetchone()[0])
    # log2(0.1) and 9 bits of rarity; the half of the even case that is only short costs a bit less.
    assert weights == pytest.approx([-3.32 + 9 + 1, -3.32 + 9], abs=0.02)


def test_street_words_in_another_order_are_the_same_street(engine):
    first, second = _cleaned(
        engine,
        "company",
        {"name": "a", "address": "Hauptstr. 12"},
        {"name": "b", "address": "12, Hauptstr"},
    )
    assert first["address_sorted"] == second["address_sorted"] == "12 hauptstr"


def test_only_pairs_with_something_fresh_are_compared(engine):
    engine.execute(
        "CREATE TABLE raw AS SELECT i::VARCHAR AS unique_id, (i = 0)::VARCHAR AS fresh,"
        " 'Ada Byron' AS full_name, 'ada@example.org' AS email FROM range(3) t(i)"
    )
    cleaning.prepare(engine, "person")
    scoring.score(engine, "person", floor=0.1, train=False)
    pairs = engine.execute("SELECT DISTINCT unique_id_l, unique_id_r FROM pairs").fetchall()
    assert sorted(tuple(sorted(pair)) for pair in pairs) == [("0", "1"), ("0", "2")]


def test_one_strong_link_does_not_join_two_groups_that_hardly_look_alike():
    group = [(a, b, 0.99) for a in "abc" for b in "abc" if a < b] + [
        (a, b, 0.99) for a in "xyz" for b in "xyz" if a < b
    ]
    clusters = cluster([*group, ("c", "x", 0.98)], threshold=0.95)
    assert clusters.of["a"] != clusters.of["x"]
    assert [pair[:2] for pair in clusters.held_back] == [("c", "x")]


def test_those_kept_apart_are_not_joined_through_a_third():
    clusters = cluster([("a", "b", 0.99), ("b", "c", 0.98)], threshold=0.95, apart=[("a", "c")])
    assert clusters.of.get("c") is None
    assert clusters.of["a"] == clusters.of["b"]


def test_clusters_do_not_depend_on_the_order_of_pairs():
    pairs = [("a", "b", 0.99), ("b", "c", 0.97), ("d", "e", 0.96), ("c", "d", 0.6)]
    ways = [cluster(order, threshold=0.95).groups() for order in (pairs, pairs[::-1])]
    assert [sorted(map(sorted, way)) for way in ways] == [[["a", "b", "c"], ["d", "e"]]] * 2
