"""Coupons and redemptions of a real retailer come in by the ordinary doors, and agree with their file one by one."""

from __future__ import annotations

import csv
import gzip
import io
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db.models.functions import TruncDate

from rapport.commerce.tests.conftest import data_set
from rapport.commerce.tests.test_order_files import Take, take
from rapport.core import jobs
from rapport.core.access import for_user
from rapport.core.clock import SYSTEM
from rapport.promotions.models import CodeBatch, Coupon, Redemption
from rapport.promotions.services import batches, following, promotions

__all__ = ["take"]
Rows = list[Mapping[str, str]]
COUPONS: Rows = [
    {"coupon_upc": upc, "product_id": product, "campaign_id": "26"}
    for upc, product in (
        ("10000085207", "P1"),
        ("10000085207", "P2"),
        ("51380041013", "P3"),
        ("51380041313", "P4"),
    )
]
REDEEMED: Rows = [
    {"household_id": household, "coupon_upc": upc, "redemption_date": day}
    for household, upc, day in (
        ("1029", "51380041013", "2017-01-01"),
        ("1029", "51380041313", "2017-01-01"),
        ("165", "51380041013", "2017-07-04"),
        ("165", "51380041013", "2017-07-05"),
    )
]


def table(columns: str, rows: Iterable[tuple[object, ...]]) -> str:
    out = io.StringIO()
    csv.writer(out).writerows([tuple(columns.split(",")), *rows])
    return out.getvalue()


def agree(take: Take, user: Any, coupons: Rows, redeemed: Rows) -> CodeBatch:
    """Loads shared codes from a shop's file, then receipts that name them, and compares each.

    Households get an H before their number: “1” alone names nobody, as it stands in too many systems for no one.
    """
    actor = for_user(user)
    promotion = promotions.create(
        actor=actor, key="journey", values={"name": "Journey", "kind": "free_shipping"}
    )
    file = table("code,max_uses", sorted({(row["coupon_upc"], 0) for row in coupons}))
    batch = batches.take_file(
        actor=actor, promotion=promotion, stream=io.BytesIO(file.encode()), name="c.csv"
    )
    while jobs.run_once(SYSTEM, batches.KIND):
        pass
    receipts = [
        (f"R{number}", f"H{row['household_id']}", row["redemption_date"], row["coupon_upc"], "COUPON", "1.00")
        for number, row in enumerate(redeemed)
    ]
    take(table("order_id,household_key,date,coupon_code,product_id,amount", receipts))
    while following.run_once():
        pass
    there = Redemption.objects.filter(person__identifiers__type="user_id", state="redeemed")
    day = TruncDate("at", tzinfo=ZoneInfo("Europe/London"))
    counted = Counter(there.values_list("person__identifiers__value", "coupon__code", day))
    stated = Counter(
        (f"H{row['household_id']}", row["coupon_upc"], row["redemption_date"]) for row in redeemed
    )
    assert {(*key[:2], str(key[2])): count for key, count in counted.items()} == stated
    batch.refresh_from_db()
    return batch


def test_a_few_coupons_of_the_retailer(take: Take, user: Any) -> None:
    batch = agree(take, user, COUPONS, REDEEMED)
    assert (batch.ready, batch.refused, Coupon.objects.filter(max_uses=None).count()) == (3, 0, 3)


@pytest.mark.slow
def test_all_coupons_of_the_retailer(take: Take, user: Any) -> None:
    """The Complete Journey: 116,204 rows of coupons and products, 1,232 redemptions."""
    folder = data_set("retail_journey")
    coupons, redeemed = _rows(folder / "coupons.csv.gz"), _rows(folder / "coupon_redemptions.csv.gz")
    batch = agree(take, user, coupons, redeemed)
    assert (len(coupons), Redemption.objects.count()) == (116_204, 1_232)
    assert batch.ready == len({row["coupon_upc"] for row in coupons})


def _rows(path: Path) -> Rows:
    with gzip.open(path, "rt") as stream:
        return list(csv.DictReader(stream))
