"""Made-up people with known duplicates, the same for the same seed: for tests and benchmarks."""

from __future__ import annotations

import csv
import datetime as dt
import random
from collections.abc import Iterator
from itertools import accumulate
from pathlib import Path

from rapport.quality.matching.engine.words import short_names

FIELDS = (
    "unique_id",
    "given_name",
    "surname",
    "dob",
    "email",
    "phone",
    "address",
    "city",
    "postcode",
    "country",
)
_STARTS = "ash bar bel bra cal car col dun east fair gar hal har hart kel kin lang mar mil nor old pem ray rol sal san"
_ENDS = "bury by combe croft den don dale er field ford ham hurst ing ington land ley man more ney ridge sett son stone"
_STREETS = (
    "high mill church station park victoria green london york queen king manor grange chapel meadow north"
)
_KINDS = "street road avenue lane close drive way"
_HOSTS = ("example.org", "example.com", "example.net", "mail.example", "post.example")
_DAY = dt.date(1935, 1, 1)


class _Names:
    """Names as skewed as real ones: the commonest is some two hundred times as common as the rarest."""

    def __init__(self) -> None:
        forms = short_names()
        self.given = sorted(set(forms.values()))
        self.short: dict[str, list[str]] = {}
        for form, name in forms.items():
            self.short.setdefault(name, []).append(form)
        starts, ends = _STARTS.split(), _ENDS.split()
        self.surnames = [a + b for a in starts for b in ends] + [
            a + b + c for a in starts for b in ("en", "ing", "er", "al") for c in ends
        ]
        random.Random(5).shuffle(self.surnames)  # noqa: S311 - repeatable data, no secret
        self.towns = [f"{a}{b}" for a in starts for b in ("ton", "ford", "mouth", "chester", "port", "wick")]
        self.weights = {
            name: list(accumulate(1 / (place + 20) for place in range(len(values))))
            for name, values in (("given", self.given), ("surname", self.surnames), ("town", self.towns))
        }

    def pick(self, rng: random.Random, name: str, values: list[str]) -> str:
        return rng.choices(values, cum_weights=self.weights[name])[0]


def people(number: int, *, seed: int = 1, duplicates: float = 0.2) -> Iterator[tuple[dict[str, str], int]]:
    """`number` records with the number of the person each is of, in no order that tells.

    A share of `duplicates` are further records of somebody, with slips, short names, moves and gaps.
    """
    rng, names = random.Random(seed), _Names()  # noqa: S311 - repeatable data, no secret
    kept: list[tuple[dict[str, str], int]] = []
    for record in range(number):
        if kept and rng.random() < duplicates:
            original, person = kept[rng.randrange(len(kept))]
            row = _spoilt(rng, names, original)
        else:
            row, person = _person(rng, names), record
            if len(kept) < 5_000:
                kept.append((row, person))
            else:
                kept[rng.randrange(5_000)] = (row, person)
        yield {"unique_id": f"r{record:08d}", **row}, person


def write(path: Path, number: int, *, seed: int = 1) -> dict[str, int]:
    """Writes `people` as CSV; returns {record: person}."""
    truth = {}
    with path.open("w", newline="") as file:
        out = csv.DictWriter(file, FIELDS)
        out.writeheader()
        for row, person in people(number, seed=seed):
            out.writerow(row)
            truth[row["unique_id"]] = person
    return truth


def _person(rng: random.Random, names: _Names) -> dict[str, str]:
    given, surname = names.pick(rng, "given", names.given), names.pick(rng, "surname", names.surnames)
    town = names.pick(rng, "town", names.towns)
    row = {
        "given_name": given,
        "surname": surname,
        "dob": (_DAY + dt.timedelta(days=rng.randrange(26_000))).isoformat(),
        "email": f"{given}.{surname}{rng.randrange(1000)}@{rng.choice(_HOSTS)}",
        "phone": f"+44{rng.randrange(7_000_000_000, 7_999_999_999)}",
        "address": f"{rng.randrange(1, 200)} {rng.choice(_STREETS.split())} {rng.choice(_KINDS.split())}",
        "city": town,
        "postcode": f"{town[:2].upper()}{rng.randrange(1, 40)} {rng.randrange(1, 9)}{_letters(rng, 2)}",
        "country": "GB",
    }
    return _gaps(
        rng, row, {"dob": 0.4, "phone": 0.3, "address": 0.3, "postcode": 0.25, "city": 0.15, "email": 0.1}
    )


def _letters(rng: random.Random, number: int) -> str:
    return "".join(rng.choices("ABDEFGHJLNPQRSTUWXYZ", k=number))


def _gaps(rng: random.Random, row: dict[str, str], shares: dict[str, float]) -> dict[str, str]:
    return {name: "" if rng.random() < shares.get(name, 0.0) else value for name, value in row.items()}


def _spoilt(rng: random.Random, names: _Names, original: dict[str, str]) -> dict[str, str]:
    row = dict(original)
    given = row["given_name"]
    if rng.random() < 0.2 and given in names.short:
        row["given_name"] = rng.choice(names.short[given])
    for name, share in (
        ("given_name", 0.1),
        ("surname", 0.12),
        ("dob", 0.06),
        ("address", 0.15),
        ("city", 0.05),
    ):
        if row[name] and rng.random() < share:
            row[name] = _slip(rng, row[name])
    if rng.random() < 0.3:
        row["email"] = f"{row['given_name']}{rng.randrange(100)}@{rng.choice(_HOSTS)}"
    if rng.random() < 0.15:
        row |= {name: _person(rng, names)[name] for name in ("address", "city", "postcode")}
    if row["dob"] and rng.random() < 0.3:
        row["dob"] = "/".join(reversed(row["dob"].split("-")))
    return _gaps(rng, row, {"email": 0.2, "phone": 0.25, "dob": 0.15, "postcode": 0.1})


def _slip(rng: random.Random, text: str) -> str:
    place = rng.randrange(len(text))
    if text[place].isdigit():
        return text[:place] + str(rng.randrange(10)) + text[place + 1 :]
    kind = rng.randrange(3)
    if kind == 0:
        return text[:place] + text[place + 1 :]
    if kind == 1:
        return text[:place] + rng.choice("aeiourst") + text[place:]
    return text[:place] + text[place : place + 2][::-1] + text[place + 2 :]
