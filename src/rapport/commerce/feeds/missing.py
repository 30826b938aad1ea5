"""What a full feed no longer has: by the feed's rule gone or sold out, and never too many without being asked."""

from __future__ import annotations

import datetime as dt

from django.db import transaction

from rapport.commerce.feeds import journal
from rapport.commerce.models import FeedItem, FeedRun, Product, ProductFeed
from rapport.commerce.services import stock
from rapport.core import sql
from rapport.core.access import Actor
from rapport.core.clock import SYSTEM, Clock
from rapport.core.services import audit

State = FeedRun.State
COUNTED = "SELECT count(*), count(*) FILTER (WHERE run < %b) FROM commerce_feeditem WHERE feed_id = %b"
OFF = """
    UPDATE commerce_variant v SET status = 'gone' FROM commerce_feeditem f
    WHERE f.feed_id = %b AND f.run < %b AND v.catalogue_id = %b AND v.external_id = f.external_id AND v.status <> 'gone'
    RETURNING v.product_id
"""
# A product is gone when none of its variants is left.
OFF_TOO = """
    UPDATE commerce_product p SET status = 'gone', changed_at = %b WHERE p.id = ANY(%b) AND p.status <> 'gone'
    AND NOT EXISTS (SELECT FROM commerce_variant v WHERE v.product_id = p.id AND v.status <> 'gone')
"""
NONE_LEFT = """
    CREATE TEMP TABLE stage_stock ON COMMIT DROP AS
    SELECT 1 AS n, f.external_id AS variant, s.place, 0 AS available, 0 AS incoming, NULL::timestamptz AS incoming_at
    FROM commerce_feeditem f JOIN commerce_variant v ON v.catalogue_id = %b AND v.external_id = f.external_id
    JOIN commerce_stock s ON s.variant_id = v.id AND s.valid_until IS NULL
    WHERE f.feed_id = %b AND f.run < %b
"""
FORGOTTEN = "DELETE FROM commerce_feeditem WHERE feed_id = %b AND run < %b"


def settle(run: FeedRun, now: dt.datetime) -> None:
    """Ends a run whose rows are all in: deals with what is missing, or waits for somebody's word on it."""
    known_before, run.missing = sql.run(COUNTED, [run.number, run.feed_id])[0]
    is_dealt_with = run.feed.full and run.feed.missing != ProductFeed.Missing.KEEP
    too_many = run.missing * 100 > run.feed.most_missing * known_before
    run.state, run.finished_at = State.DONE, now
    if is_dealt_with and run.missing and too_many:
        run.state = State.ASKING
    elif is_dealt_with and run.missing:
        _drop(run, now)
    run.save(update_fields=["missing", "state", "finished_at"])


@transaction.atomic
def decide(*, actor: Actor, run_id: int, drop: bool, clock: Clock = SYSTEM) -> FeedRun:
    """Somebody's word on a file that lacks more than usual: they are really gone, or it was a bad file."""
    actor.require("products.edit")
    run = FeedRun.objects.select_for_update(of=("self",)).select_related("feed__catalogue").get(pk=run_id)
    if run.state != State.ASKING:
        return run
    if drop:
        _drop(run, clock.now())
    run.state = State.DONE
    run.save(update_fields=["state"])
    action = "product_feed.missing_dropped" if drop else "product_feed.missing_kept"
    audit.record(
        actor=actor,
        action=action,
        object_type="product_feed",
        object_id=run.feed_id,
        data={"missing": run.missing},
    )
    return run


def _drop(run: FeedRun, now: dt.datetime) -> None:
    feed = run.feed
    rows = FeedItem.objects.filter(feed=feed, run__lt=run.number).values_list("external_id", flat=True)
    lost = list(rows)
    of = Product.objects.filter(catalogue=feed.catalogue_id, variants__external_id__in=lost)
    with journal.noted(run, of.values_list("external_id", flat=True), lost, now, lost):
        _take_off(run, now)


def _take_off(run: FeedRun, now: dt.datetime) -> None:
    feed = run.feed
    if feed.missing == ProductFeed.Missing.GONE:
        ids = [product for (product,) in sql.run(OFF, [feed.pk, run.number, feed.catalogue_id])]
        sql.run(OFF_TOO, [now, ids])
    else:
        sql.run("DROP TABLE IF EXISTS stage_stock")
        sql.run(NONE_LEFT, [feed.catalogue_id, feed.pk, run.number])
        stock.write(feed.catalogue_id, announce=False, now=now)
    sql.run(FORGOTTEN, [feed.pk, run.number])
