"""`bench promotions`: codes made and redeemed, beside bare statements of the same rows in the same run."""

from __future__ import annotations

import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from pathlib import Path
from typing import Any

from rapport.bench import rig

CODES, REDEMPTIONS, CONTENDERS, THREADS = 1_000_000, 5_000, 10_000, 8


def measure(folder: Path, codes: int) -> dict[str, Any]:
    """One process, eight threads with a connection each."""
    with rig.engines(folder):
        generated, bare_copied = _generated(codes)
        redeemed, bare_redeemed = _redeemed(REDEMPTIONS)
        seconds, answers = _contended(CONTENDERS)
    figures = {
        "codes_per_second": round(codes / generated),
        "bare_copy_codes_per_second": round(codes / bare_copied),
        "redemptions_per_second": round(REDEMPTIONS / redeemed),
        "bare_redemptions_per_second": round(REDEMPTIONS / bare_redeemed),
        "contended_answers_per_second": round(CONTENDERS / seconds),
        "contended_redeemed": answers["redeemed"],
        "contended_used_up": answers["used_up"],
    }
    return {"figures": figures, "sizes": {"codes": codes, "redemptions": REDEMPTIONS, "threads": THREADS}}


def _timed(work: Callable[[], Any]) -> float:
    began = time.monotonic()
    work()
    return time.monotonic() - began


def _promotion() -> Any:
    from rapport.core.access import system
    from rapport.promotions.services import promotions

    values = {"name": "Bench", "kind": "percent", "percent": Decimal(10)}
    return promotions.create(actor=system("bench"), key=f"b{uuid.uuid4().hex[:12]}", values=values)


def _generated(codes: int) -> tuple[float, float]:
    """Seconds for single codes as the job makes them, and for a bare COPY of the same rows."""
    import psycopg
    from django.db import transaction

    from rapport.core import sql
    from rapport.promotions.models import CodeBatch
    from rapport.promotions.services import batches

    batch = CodeBatch.objects.create(promotion=_promotion(), origin="generated", wanted=codes, length=12)

    def make() -> None:
        for first in range(0, codes, batches.CHUNK):
            with transaction.atomic():
                batches.make(batch, min(batches.CHUNK, codes - first))

    seconds = _timed(make)
    with psycopg.connect(sql.dsn()) as link, link.cursor() as cursor:
        with cursor.copy(b"COPY promotions_coupon TO STDOUT") as copy:
            rows = b"".join(bytes(block) for block in copy)
        cursor.execute(b"CREATE TABLE bare_coupon (LIKE promotions_coupon INCLUDING ALL)")
        link.commit()

        def bare() -> None:
            with cursor.copy(b"COPY bare_coupon FROM STDIN") as into:
                into.write(rows)
            link.commit()

        return seconds, _timed(bare)


def _threads(work: Callable[[Any], str], items: Iterable[Any]) -> Counter[str]:
    from django.db import connection

    def once(item: Any) -> str:
        try:
            return work(item)
        finally:
            connection.close()  # back to the pool, as at the end of a request

    with ThreadPoolExecutor(THREADS) as pool:
        return Counter(pool.map(once, items))


def _redeem(code: str, order: str) -> str:
    from rapport.core.access import system
    from rapport.promotions.services import redeeming
    from rapport.promotions.services.baskets import Basket, BasketLine
    from rapport.promotions.services.claims import Claim
    from rapport.promotions.services.refusals import Refused

    basket = Basket("GBP", [BasketLine("P1", price=Decimal(20))])
    try:
        redeeming.redeem(actor=system("bench"), claim=Claim(code, basket, order_ref=order))
    except Refused as error:
        return error.code
    return "redeemed"


def _redeemed(count: int) -> tuple[float, float]:
    """Seconds for as many different codes, and for bare transactions that take a code and write the same row."""
    import psycopg

    from rapport.core import sql
    from rapport.promotions.models import Coupon, Redemption

    codes = list(Coupon.objects.order_by("pk").values_list("code", flat=True)[:count])
    seconds = _timed(lambda: _threads(lambda code: _redeem(code, f"O-{code}"), codes))
    ids = list(Redemption.objects.values_list("pk", flat=True))
    with psycopg.connect(sql.dsn(), autocommit=True) as link:
        link.execute(b"CREATE TABLE bare_redemption (LIKE promotions_redemption INCLUDING ALL)")
    kept = threading.local()

    def bare(pk: uuid.UUID) -> str:
        link = getattr(kept, "link", None) or psycopg.connect(sql.dsn(), autocommit=True)
        kept.link = link
        with link.transaction():
            link.execute(
                b"UPDATE bare_coupon SET uses = 1 WHERE uses = 0 AND code = (SELECT c.code FROM promotions_coupon c"
                b" JOIN promotions_redemption r ON r.coupon_id = c.id WHERE r.id = %s)",
                [pk],
            )
            link.execute(
                b"INSERT INTO bare_redemption SELECT * FROM promotions_redemption WHERE id = %s", [pk]
            )
        return ""

    return seconds, _timed(lambda: _threads(bare, ids))


def _contended(count: int) -> tuple[float, Counter[str]]:
    """Everybody wants the same single code."""
    from rapport.core.access import system
    from rapport.promotions.services import promotions

    promotions.add_code(actor=system("bench"), promotion=_promotion(), code="ONLY-ONE", max_uses=1)
    began = time.monotonic()
    answers = _threads(lambda number: _redeem("ONLY-ONE", f"C-{number}"), range(count))
    return time.monotonic() - began, answers
