"""The public entity-resolution sets: which of their columns is which standard field, and how they are judged.

Naming columns is all that differs between sets. The model, the thresholds and the cleaning are the shipped ones.
"""

from __future__ import annotations

import csv
import gzip
import tempfile
from collections.abc import Hashable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rapport.quality.matching.engine import cleaning, grouping, scoring
from rapport.quality.matching.engine.clusters import cluster
from rapport.quality.matching.engine.defaults import AUTO, REVIEW
from rapport.quality.matching.engine.measure import Quality, pairwise

_FEBRL = {
    "given_name": "given_name",
    "surname": "surname",
    "dob": "date_of_birth",
    "address": "street_number || ' ' || address_1",
    "city": "suburb",
    "postcode": "postcode",
    "region": "state",
    "national_id": "soc_sec_id",
}
_HISTORICAL = {
    "full_name": "full_name",
    "given_name": "first_name",
    "surname": "surname",
    "dob": "dob",
    "city": "birth_place",
    "postcode": "postcode_fake",
    "gender": "gender",
    "occupation": "occupation",
}
_FAKE = {"given_name": "first_name", "surname": "surname", "dob": "dob", "city": "city", "email": "email"}
_RESTAURANTS = {"name": "name", "address": "addr", "city": "city", "phone": "phone"}
# Papers and products are no companies; these say how far the company model carries where it was not meant to go.
_PAPERS = {"name": "title", "address": "authors", "city": "venue"}
_PRODUCTS = {"name": "title", "city": "manufacturer"}


@dataclass(frozen=True, slots=True)
class PersonSet:
    """A file of records with a truth column."""

    name: str
    path: str
    fields: dict[str, str]
    record: str
    truth: str
    goal: float | None


@dataclass(frozen=True, slots=True)
class PairSet:
    """Files of labelled pairs (train, valid, test); the test pairs are judged."""

    name: str
    path: str
    fields: dict[str, str]
    goal: float | None


PERSON_SETS = (
    PersonSet("febrl1", "er_febrl/febrl1.csv.gz", _FEBRL, "record_id", "entity_id", 1.0),
    PersonSet("febrl2", "er_febrl/febrl2.csv.gz", _FEBRL, "record_id", "entity_id", 0.9987),
    PersonSet("febrl3", "er_febrl/febrl3.csv.gz", _FEBRL, "record_id", "entity_id", 0.9996),
    PersonSet(
        "historical_people",
        "er_historical/historical_people.csv.gz",
        _HISTORICAL,
        "record_id",
        "entity_id",
        0.839,
    ),
    PersonSet("fake_1000", "er_fake1000/fake_1000.csv.gz", _FAKE, "unique_id", "cluster", None),
)
PAIR_SETS = (
    PairSet("fodors_zagats", "er_pairs/fodors_zagats", _RESTAURANTS, 1.0),
    PairSet("dblp_acm", "er_pairs/dblp_acm", _PAPERS, None),
    PairSet("amazon_google", "er_pairs/amazon_google", _PRODUCTS, None),
)


def evaluate(folder: Path) -> dict[str, dict[str, Any]]:
    """{set: figures}, for the sets that the folder has.

    Precision, recall and F1 from the shipped threshold of merging on; of what may be merged without asking (nothing
    that contradicts); and with everything accepted that waits for review.
    """
    results = {
        person_set.name: _persons(folder / person_set.path, person_set)
        for person_set in PERSON_SETS
        if (folder / person_set.path).exists()
    }
    for pairs in PAIR_SETS:
        if (folder / f"{pairs.path}_test.csv.gz").exists():
            results[pairs.name] = _companies(folder, pairs)
    return results


def _persons(path: Path, person_set: PersonSet) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as spill:
        con = scoring.connect(memory_gb=3, threads=2, spill=spill)
        con.execute("CREATE TABLE source AS SELECT * FROM read_csv(?, all_varchar = true)", [str(path)])
        columns = ", ".join(f"{expression} AS {field}" for field, expression in person_set.fields.items())
        con.execute(f"CREATE TABLE raw AS SELECT {person_set.record} AS unique_id, {columns} FROM source")
        cleaning.prepare(con, "person")
        scoring.score(con, "person", floor=REVIEW)
        merged = grouping.groups(con, "person", auto=AUTO, review=REVIEW, apart=())
        pairs = con.execute("SELECT unique_id_l, unique_id_r, match_probability FROM pairs").fetchall()
        truth = dict(con.execute(f"SELECT {person_set.record}, {person_set.truth} FROM source").fetchall())
    likely = pairwise(cluster(pairs, threshold=AUTO, likely=REVIEW).of, truth)
    shown = pairwise(cluster(pairs, threshold=REVIEW, likely=REVIEW).of, truth)
    return likely.figures() | {
        "goal": person_set.goal,
        "records": len(truth),
        "merged_without_asking": pairwise(merged.of, truth).figures(),
        "with_review": shown.figures(),
    }


Record = tuple[str, ...]


def _companies(folder: Path, pair_set: PairSet) -> dict[str, Any]:
    """Learns from all records without labels, then says of each test pair whether it is a match."""
    records: dict[tuple[str, Record], str] = {}
    tests: list[tuple[str, str, bool]] = []
    for part in ("train", "valid", "test"):
        with gzip.open(folder / f"{pair_set.path}_{part}.csv.gz", "rt", newline="") as lines:
            for row in csv.DictReader(lines):
                ids = [_record(row, side, pair_set.fields, records) for side in ("left", "right")]
                if part == "test":
                    tests.append((ids[0], ids[1], row["label"] == "1"))
    probability = _scored(records, list(pair_set.fields))
    verdicts = [probability.get(frozenset(pair[:2]), 0.0) >= AUTO for pair in tests]
    right = sum(verdict and pair[2] for verdict, pair in zip(verdicts, tests, strict=True))
    quality = Quality(right, sum(verdicts), sum(pair[2] for pair in tests))
    return quality.figures() | {"goal": pair_set.goal, "records": len(records), "judged": "test pairs"}


def _record(
    row: dict[str, str], side: str, fields: dict[str, str], records: dict[tuple[str, Record], str]
) -> str:
    values = tuple(row[f"{side}_{column}"].strip("`' ") for column in fields.values())
    return records.setdefault((side, values), f"{side}{len(records)}")


def _scored(records: dict[tuple[str, Record], str], fields: list[str]) -> dict[frozenset[Hashable], float]:
    import pyarrow as pa

    columns: dict[str, list[str]] = {"unique_id": list(records.values())}
    for place, field in enumerate(fields):
        columns[field] = [values[place] for _, values in records]
    with tempfile.TemporaryDirectory() as spill:
        con = scoring.connect(memory_gb=3, threads=2, spill=spill)
        con.register("given", pa.table(columns))
        con.execute("CREATE TABLE raw AS SELECT * FROM given")
        cleaning.prepare(con, "company")
        scoring.score(con, "company", floor=0.01)
        rows = con.execute("SELECT unique_id_l, unique_id_r, match_probability FROM pairs").fetchall()
    return {frozenset((first, second)): probability for first, second, probability in rows}
