"""Taking a file of a feed back: products, prices and stock as they were before, but for what was changed since."""

from __future__ import annotations

import datetime as dt
import json

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from rapport.commerce.models import FeedBlock, FeedItem, FeedRun, Product, ProductAlert, ProductFeed, Variant
from rapport.commerce.services.products import LOCK, OF_PRODUCT, OF_VARIANT, SEARCH
from rapport.core import jobs, sql
from rapport.core.access import Actor
from rapport.core.clock import SYSTEM, Clock
from rapport.core.services import audit

JOB = "commerce.feed_revert"
State = FeedRun.State
_COLUMNS = {"product": (*OF_PRODUCT, "category_id"), "variant": (*OF_VARIANT, "status", "product_id")}
# A column is put back where it still has the value that the file gave it.
_BACK = """
    UPDATE commerce_{0} t SET ({1}) = (SELECT {2} FROM jsonb_populate_record(t, old.content) r) {3}
    FROM (
        SELECT n.id, jsonb_object_agg(d.key, d.value -> 0) AS content
        FROM jsonb_each(%b::jsonb) e JOIN commerce_{0} n ON n.id = e.key::bigint, jsonb_each(e.value) d
        WHERE to_jsonb(n) -> d.key IS NOT DISTINCT FROM d.value -> 1 GROUP BY n.id
    ) old WHERE t.id = old.id RETURNING t.id
"""
_KEYS = {"price": "variant_id, currency, price_list, customer_group", "stock": "variant_id, place"}
_VALUES = {
    "price": "amount, sale_amount, sale_from, sale_until",
    "stock": "available, incoming, incoming_at",
}
# The current ones that still say what the file's own did: another file that was taken back began such a one anew.
_OURS = """
    CREATE TEMP TABLE back_{0} ON COMMIT DROP AS
    SELECT c.id, {1}, o.valid_from AS begun, GREATEST(%b::timestamptz, c.valid_from + interval '1 microsecond') AS since
    FROM commerce_{0} o JOIN commerce_{0} c USING ({1})
    WHERE o.id = ANY(%b) AND c.valid_until IS NULL AND ({2}) IS NOT DISTINCT FROM ({3})
"""
_ENDED = "UPDATE commerce_{0} o SET valid_until = b.since FROM back_{0} b WHERE b.id = o.id"
_BEGUN = """
    INSERT INTO commerce_{0} ({1}, {2}, valid_from)
    SELECT {1}, {2}, b.since FROM back_{0} b JOIN commerce_{0} o USING ({1}) WHERE o.valid_until = b.begun RETURNING 1
"""
_AGAIN = "UPDATE commerce_feeditem SET hash = '' WHERE feed_id = %b AND run = %b"


def revertible(feed: ProductFeed) -> FeedRun | None:
    """The newest file, where what it changed is still noted; those before it can be taken back after it."""
    run = feed.runs.exclude(state=State.REVERTED).order_by("-number").first()
    if run is None or run.state in {State.WAITING, State.RUNNING} or not run.blocks.exists():
        return None
    return run


@transaction.atomic
def revert(*, actor: Actor, run_id: int, clock: Clock = SYSTEM) -> FeedRun:
    """Has what a file changed taken back in the background. Raises ValidationError."""
    actor.require("products.edit")
    run = FeedRun.objects.select_for_update(of=("self",)).select_related("feed").get(pk=run_id)
    if revertible(run.feed) != run:
        raise ValidationError(_("Only the newest file can be taken back, and only the last five."))
    run.state = State.REVERTED
    run.save(update_fields=["state"])
    jobs.enqueue(actor=actor, kind=JOB, payload={"run": run.pk}, unique_key=f"{JOB}:{run.pk}", clock=clock)
    audit.record(
        actor=actor, action="product_feed.reverted", object_type="product_feed", object_id=run.feed_id,
        data={"run": run.number}, clock=clock,
    )  # fmt: skip
    return run


def take_back(job: jobs.RunningJob) -> dict[str, int]:
    """The job: block by block from the last one, each in one transaction."""
    run = FeedRun.objects.select_related("feed__catalogue").filter(pk=job.payload["run"]).first()
    if run is None:
        raise jobs.JobFailed(_("The record it was for no longer exists."))
    total, done = run.blocks.count(), 0
    while block := run.blocks.order_by("-pk").first():
        with transaction.atomic():
            _take_back(run, block, job.clock.now())
            block.delete()
            done += 1
            job.step(done=done, total=total)
    sql.run(_AGAIN, [run.feed_id, run.number])  # the same file given again is read anew
    return {"blocks": done}


def _take_back(run: FeedRun, block: FeedBlock, now: dt.datetime) -> None:
    sql.run(LOCK, [run.feed.catalogue_id])
    _columns("variant", block.variants, now)
    if changed := _columns("product", block.products, now):
        language = sql.run("SELECT commerce_language(%b)::text", [run.feed.catalogue.language])[0][0]
        sql.run(f"UPDATE commerce_product SET search = {SEARCH} WHERE id = ANY(%b)", [language, changed])
    for kind, ids in (("price", block.prices), ("stock", block.stock)):
        _versions(kind, ids, now)
    _drop_added(run, block)
    items = [FeedItem(feed=run.feed, external_id=name, hash=b"", run=run.number) for name in block.forgotten]
    FeedItem.objects.bulk_create(items, ignore_conflicts=True)
    # What nobody has heard of yet, nobody hears of any more.
    moved = set(Variant.objects.filter(prices__in=block.prices).values_list("pk", flat=True))
    moved |= set(Variant.objects.filter(stock__in=block.stock).values_list("pk", flat=True))
    ProductAlert.objects.filter(
        variant__in=moved, at__range=(block.at, block.at + dt.timedelta(seconds=1))
    ).delete()


def _columns(kind: str, changes: dict[str, object], now: dt.datetime) -> list[int]:
    """Puts columns of products or variants back; the ids of those where any was."""
    if not changes:
        return []
    names = _COLUMNS[kind]
    shown = ", ".join(f"r.{name}" for name in names)
    stamp = ", changed_at = %b" if kind == "product" else ""
    values = [*([now] if stamp else []), json.dumps(changes)]
    return [id for (id,) in sql.run(_BACK.format(kind, ", ".join(names), shown, stamp), values)]


def _versions(kind: str, ids: list[int], now: dt.datetime) -> None:
    """Ends what the file began, and begins what was before anew: the past stays as it was."""
    sql.run(f"DROP TABLE IF EXISTS back_{kind}")
    theirs, ours = (_VALUES[kind].replace(", ", f", {of}.") for of in "co")
    sql.run(_OURS.format(kind, _KEYS[kind], f"c.{theirs}", f"o.{ours}"), [now, ids])
    sql.run(_ENDED.format(kind))
    sql.run(_BEGUN.format(kind, _KEYS[kind], _VALUES[kind]))


def _drop_added(run: FeedRun, block: FeedBlock) -> None:
    """What came new goes; what something else needs meanwhile is only no longer sold."""
    variants = Variant.objects.filter(pk__in=block.added_variants)
    names = list(variants.values_list("external_id", flat=True))
    FeedItem.objects.filter(feed=run.feed, external_id__in=names).delete()
    added = Product.objects.filter(pk__in=block.added_products)
    try:
        with transaction.atomic():
            variants.delete()
            added.filter(variants=None).delete()
    except IntegrityError:
        variants.update(status=Product.Status.GONE)
        added.update(status=Product.Status.GONE)
