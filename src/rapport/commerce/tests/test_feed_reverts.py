"""A file of a feed is taken back: everything is as it was, but for what was changed since."""

from __future__ import annotations

import datetime as dt
import io
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from rapport.commerce.feeds import missing, reverting, taking
from rapport.commerce.models import FeedBlock, FeedRun, Price, Product, ProductAlert, Stock, Variant
from rapport.core import access, jobs
from rapport.core.models import User

HEAD = "id,title,price,quantity\n"
FIRST = HEAD + "A,Mug,10.00,5\nB,Cup,4.00,0\nC,Jug,7.00,2\n"
BAD = HEAD + "A,MUG,1.00,5\nB,Cup,4.00,9\nD,Pot,9.00,1\n"


@pytest.fixture
def actor(user: User) -> access.Actor:
    return access.for_user(user)


@pytest.fixture
def feed(shop, actor, clock):
    return taking.create_feed(actor=actor, shop=shop, name="Shop", most_missing=90, clock=clock)


@pytest.fixture
def take(feed, actor, clock):
    def read(data: str) -> FeedRun:
        clock.advance(dt.timedelta(minutes=1))
        run = taking.upload(
            actor=actor, feed=feed, stream=io.BytesIO(data.encode()), name="f.csv", clock=clock
        )
        jobs.run_once(clock, "imports")
        run.refresh_from_db()
        return run

    return read


@pytest.fixture
def back(actor, clock):
    def revert(run: FeedRun) -> None:
        clock.advance(dt.timedelta(minutes=1))
        reverting.revert(actor=actor, run_id=run.pk, clock=clock)
        jobs.run_once(clock, "imports")

    return revert


def catalogue() -> dict[str, Any]:
    offers = dict(Price.objects.filter(valid_until=None).values_list("variant__external_id", "amount"))
    left = dict(Stock.objects.filter(valid_until=None).values_list("variant__external_id", "available"))
    titles = dict(Product.objects.values_list("external_id", "title"))
    return {"offers": offers, "left": left, "titles": titles, "gone": set(gone())}


def gone() -> list[str]:
    return list(Variant.objects.filter(status="gone").values_list("external_id", flat=True))


def test_everything_is_as_it_was_before_the_file(take, back, clock):
    take(FIRST)
    before = catalogue()
    run = take(BAD)
    assert (gone(), catalogue()["offers"]["A"]) == (["C"], 1)
    assert ProductAlert.objects.filter(kind="Price Dropped").exists()
    back(run)
    assert catalogue() == before
    assert Product.objects.get(external_id="C").status == "active"
    assert not ProductAlert.objects.exists()
    assert Product.objects.filter(search="mug").count() == 1
    assert Price.objects.filter(variant__external_id="A").count() == 3  # the past stays
    again = take(BAD)
    assert (again.added, again.missing, catalogue()["offers"]["A"]) == (1, 1, 1)


def test_what_was_changed_since_stays(take, back, clock):
    take(FIRST)
    run = take(BAD)
    Product.objects.filter(external_id="A").update(title="Mug of today")
    now = clock.now() + dt.timedelta(seconds=5)
    price = Price.objects.get(variant__external_id="A", valid_until=None)
    Price.objects.filter(pk=price.pk).update(valid_until=now)
    Price.objects.create(variant=price.variant, currency=price.currency, amount=Decimal(6), valid_from=now)
    back(run)
    assert (catalogue()["titles"]["A"], catalogue()["offers"]["A"]) == ("Mug of today", 6)
    assert catalogue()["left"]["B"] == 0


def test_files_are_taken_back_newest_first_and_only_some(take, back, actor, feed, monkeypatch):
    monkeypatch.setattr("rapport.commerce.feeds.journal.KEPT", 2)
    runs = [take(HEAD + f"A,Mug,{price}.00,5\n") for price in (10, 11, 12)]
    with pytest.raises(ValidationError, match="newest"):
        reverting.revert(actor=actor, run_id=runs[1].pk)
    back(runs[2])
    back(runs[1])
    assert catalogue()["offers"]["A"] == 10
    assert reverting.revertible(feed) is None
    assert not FeedBlock.objects.exists()


def test_what_somebody_let_go_comes_back_too(take, back, actor, feed, clock):
    feed.most_missing = 10
    feed.save()
    take(FIRST)
    run = take(HEAD + "A,Mug,10.00,5\n")
    missing.decide(actor=actor, run_id=run.pk, drop=True, clock=clock)
    assert sorted(gone()) == ["B", "C"]
    back(run)
    assert not gone()
    assert take(FIRST).missing == 0


def test_the_page_offers_it(take, feed, client, user):
    client.force_login(user)
    run = take(FIRST)
    page = f"/products/feeds/{feed.pk}/"
    assert f"{page}runs/{run.pk}/revert/" in client.get(page).content.decode()
    client.post(f"{page}runs/{run.pk}/revert/")
    run.refresh_from_db()
    assert run.state == "reverted"
    assert "/revert/" not in client.get(page).content.decode()
