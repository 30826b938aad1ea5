"""Codes in number: random, long enough, from files, issued to people, told of when they end."""

from __future__ import annotations

import datetime as dt
import io
from collections import Counter
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from rapport.core import jobs
from rapport.core.access import Actor, for_user
from rapport.core.clock import VirtualClock
from rapport.promotions.models import CodeBatch, Coupon
from rapport.promotions.services import batches, codes, expiry, issuing
from rapport.promotions.tests.conftest import Make


def test_random_codes_use_every_character_alike_and_none_that_is_mistaken() -> None:
    drawn = codes.random_codes(20_000, 12)
    count = Counter("".join(drawn))
    assert (len(set(drawn)), set(count)) == (20_000, set(codes.ALPHABET))
    assert max(count.values()) / min(count.values()) < 1.1
    assert not set(codes.ALPHABET) & set("0OI1L2Z5S8BUV")
    assert codes.normal(" spring\u201010 ") == "SPRING10"


def test_codes_that_could_be_guessed_are_not_made(make: Make, actor: Actor) -> None:
    promotion = make()
    with pytest.raises(ValidationError, match="could be guessed"):
        batches.generate(actor=actor, promotion=promotion, count=1_000_000, length=10)
    assert codes.least_length(10_000_000) <= codes.USUAL


def test_a_job_makes_them_and_goes_on_where_it_stopped(make: Make, user: Any, clock: VirtualClock) -> None:
    promotion, actor = make(), for_user(user)
    batch = batches.generate(actor=actor, promotion=promotion, count=1_500, prefix="sun", clock=clock)
    batches.make(batch, 500)
    CodeBatch.objects.filter(pk=batch.pk).update(ready=500)
    jobs.run_once(clock, batches.KIND)
    batch.refresh_from_db()
    assert (batch.ready, Coupon.objects.filter(code__startswith="SUN", max_uses=1).count()) == (1_500, 1_500)


def test_a_shops_file_comes_in_and_goes_out_again(make: Make, user: Any, clock: VirtualClock) -> None:
    promotion, actor = make(), for_user(user)
    text = "Code;max_uses;expires_at\nAB-1;;\nshared;0;2026-12-31\nx;;\nab1;;\nBAD;many;\nLATE;1;soon\n"
    batch = batches.take_file(
        actor=actor, promotion=promotion, stream=io.BytesIO(text.encode()), name="c.csv", clock=clock
    )
    jobs.run_once(clock, batches.KIND)
    batch.refresh_from_db()
    assert (batch.ready, batch.refused, [problem["row"] for problem in batch.problems]) == (
        2,
        4,
        [4, 5, 6, 7],
    )
    shared = Coupon.objects.get(code="SHARED")
    assert (shared.max_uses, shared.expires_at) == (None, dt.datetime(2027, 1, 1, tzinfo=dt.UTC))
    out = "".join(batches.lines_of(promotion.coupons.order_by("pk")))
    assert out.splitlines()[1:] == ["AB-1,1,", "shared,0,2027-01-01T00:00:00+00:00"]


def test_a_file_of_an_old_macintosh_is_refused_in_words(make: Make, user: Any) -> None:
    given: dict[str, Any] = {"actor": for_user(user), "promotion": make(), "name": "c.csv"}
    with pytest.raises(ValidationError, match="no column"):
        batches.take_file(**given, stream=io.BytesIO(b"code;max_uses\rAB-1;\rAB-2;\r"))


def test_a_person_has_one_code_of_a_promotion(
    make: Make, add: Any, actor: Actor, somebody: Callable[..., Any], clock: VirtualClock
) -> None:
    own, pool, shared = make(valid_days=10), make(issuing="pool"), make(issuing="shared")
    ada, bob = somebody("Ada"), somebody("Bob")
    first = issuing.issue(actor=actor, promotion=own, person_id=ada.pk, clock=clock)
    assert issuing.issue(actor=actor, promotion=own, person_id=ada.pk, clock=clock).pk == first.pk
    assert first.expires_at == clock.now() + dt.timedelta(days=10)
    only = add(pool, max_uses=1)
    assert issuing.issue(actor=actor, promotion=pool, person_id=ada.pk, clock=clock).pk == only.pk
    with pytest.raises(issuing.NothingToIssue, match="no codes left"):
        issuing.issue(actor=actor, promotion=pool, person_id=bob.pk, clock=clock)
    word = add(shared)
    both, fresh = issuing.issue_many(shared, [ada.pk, bob.pk], clock)
    assert ({coupon.pk for coupon in both.values()}, fresh) == ({word.pk}, 0)


def test_endings_are_told_once(
    make: Make, actor: Actor, somebody: Callable[..., Any], clock: VirtualClock, live: Any, clickhouse: Any
) -> None:
    promotion = make(valid_days=10, remind_days=3, budget=Decimal(5), currency="GBP")
    issuing.issue(actor=actor, promotion=promotion, person_id=somebody().pk, clock=clock)
    clock.advance(dt.timedelta(days=6))
    assert expiry.remind_batch(clock.now()) == 0
    clock.advance(dt.timedelta(days=2))
    assert [expiry.remind_batch(clock.now()) for _ in range(2)] == [1, 0]
    clock.advance(dt.timedelta(days=2))
    assert [expiry.end_batch(clock.now()) for _ in range(2)] == [1, 0]
    live.settle(clock)
    rows = clickhouse.client().query("SELECT event FROM events ORDER BY event").result_rows
    assert [row[0] for row in rows] == ["Coupon Expired", "Coupon Expiring", "Coupon Issued"]
