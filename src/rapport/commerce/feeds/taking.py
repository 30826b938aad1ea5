"""Feeds of products: set up, given files by hand, and fetched on their schedule."""

from __future__ import annotations

import datetime as dt
import hashlib
import tempfile
import uuid
from contextlib import suppress
from pathlib import PurePath
from typing import IO, Any
from urllib.parse import urlsplit

from django.core.exceptions import ValidationError
from django.core.files import File
from django.core.files.storage import default_storage
from django.db import transaction
from django.utils.translation import gettext as _

from rapport.commerce.feeds import reading, running
from rapport.commerce.feeds.columns import FIELDS
from rapport.commerce.models import Catalogue, FeedRun, ProductFeed
from rapport.core import crypto, jobs
from rapport.core.access import Actor
from rapport.core.clock import SYSTEM, Clock
from rapport.core.services import audit, outbound
from rapport.transfers.imports import readers

MAX_FILE = 4 * 1024**3
PURPOSE = "commerce.feed"
FETCH = "commerce.fetch"


@transaction.atomic
def create_feed(
    *,
    actor: Actor,
    shop: Catalogue,
    name: str,
    address: str = "",
    every_minutes: int | None = None,
    full: bool = True,
    missing: str = ProductFeed.Missing.GONE,
    most_missing: int = 20,
    clock: Clock = SYSTEM,
) -> ProductFeed:
    """A feed of files. Raises ValidationError by field."""
    actor.require("products.edit")
    if address:
        try:
            outbound.check(address)
        except (outbound.Refused, outbound.Unreachable) as error:
            raise ValidationError({"address": str(error)}) from error
        if every_minutes is None or not 5 <= every_minutes <= 44_640:
            raise ValidationError({"every_minutes": _("Between five minutes and 31 days.")})
    feed = ProductFeed.objects.create(
        catalogue=shop, name=name.strip()[:120], address=crypto.seal(PURPOSE, address) if address else "",
        every_minutes=every_minutes if address else None, full=full, missing=missing, most_missing=most_missing,
        next_at=clock.now() if address else None,
    )  # fmt: skip
    audit.record(actor=actor, action="product_feed.created", object_type="product_feed", object_id=feed.pk)
    return feed


@transaction.atomic
def set_mapping(*, actor: Actor, feed: ProductFeed, columns: dict[str, str], notation: str = "") -> None:
    """Says what columns mean that were not understood. Raises ValidationError."""
    actor.require("products.edit")
    if unknown := set(columns.values()) - FIELDS.keys():
        raise ValidationError(
            {"columns": _("There is no field “%(name)s”.") % {"name": sorted(unknown)[0][:60]}}
        )
    if notation not in {"", "point", "comma"}:
        raise ValidationError({"notation": _("None of %(kinds)s.") % {"kinds": "point, comma"}})
    feed.mapping = {"columns": columns, "notation": notation}
    feed.save(update_fields=["mapping"])
    audit.record(actor=actor, action="product_feed.mapped", object_type="product_feed", object_id=feed.pk)


@transaction.atomic
def upload(
    *, actor: Actor, feed: ProductFeed, stream: IO[bytes], name: str, clock: Clock = SYSTEM
) -> FeedRun:
    """Takes a file by hand, also one that was taken before. Raises readers.Unreadable."""
    actor.require("products.edit")
    run = _keep(feed, stream, name, actor=actor, clock=clock)
    audit.record(
        actor=actor,
        action="product_feed.uploaded",
        object_type="product_feed",
        object_id=feed.pk,
        data={"run": run.pk},
    )
    return run


def _keep(feed: ProductFeed, stream: IO[bytes], name: str, *, actor: Actor, clock: Clock) -> FeedRun:
    stream.seek(0)
    digest = hashlib.file_digest(stream, "sha256").hexdigest()  # type: ignore[arg-type]
    stream.seek(0)
    ending = PurePath(name).suffix[:10].lower()
    stored = default_storage.save(f"products/{uuid.uuid4()}{ending}", File(stream))
    try:
        reading.sample(stored, name)
    except readers.Unreadable:
        default_storage.delete(stored)
        raise
    ProductFeed.objects.select_for_update().get(pk=feed.pk)  # runs are numbered one after the other
    newest = feed.runs.order_by("-number").first()
    run = FeedRun.objects.create(
        feed=feed, number=newest.number + 1 if newest else 1, name=PurePath(name).name[:254], file=stored,
        digest=digest, created_at=clock.now(),
    )  # fmt: skip
    _enqueue(feed, actor=actor, clock=clock)
    return run


def _enqueue(feed: ProductFeed, *, actor: Actor, clock: Clock) -> None:
    """The next file of a feed that waits: one after the other, in their order."""
    waiting = feed.runs.filter(state=FeedRun.State.WAITING).order_by("number").first()
    if waiting is not None:
        with suppress(jobs.AlreadyQueued):
            jobs.enqueue(
                actor=actor, kind=running.JOB, payload={"run": waiting.pk}, unique_key=f"product-feed:{feed.pk}",
                clock=clock,
            )  # fmt: skip


def enqueue_due(job: jobs.RunningJob) -> dict[str, int]:
    """The job of every minute: fetches each feed whose time has come, and reads files that still wait."""
    now = job.clock.now()
    with transaction.atomic():
        due = jobs.claim_rows(ProductFeed.objects.filter(next_at__lte=now).order_by("next_at"), limit=1_000)
        for feed in due:
            feed.next_at = now + dt.timedelta(minutes=feed.every_minutes or 1440)
            with suppress(jobs.AlreadyQueued):
                key = f"product-fetch:{feed.pk}"
                jobs.enqueue(
                    actor=job.actor, kind=FETCH, payload={"feed": feed.pk}, unique_key=key, clock=job.clock
                )
        ProductFeed.objects.bulk_update(due, ["next_at"])
        for feed in ProductFeed.objects.filter(runs__state=FeedRun.State.WAITING).distinct():
            _enqueue(feed, actor=job.actor, clock=job.clock)
    return {"feeds": len(due)}


def fetch(job: jobs.RunningJob) -> dict[str, Any]:
    """The job: downloads a feed; the same file as last time is not read again."""
    feed = ProductFeed.objects.filter(pk=job.payload["feed"]).first()
    if feed is None:
        raise jobs.JobFailed(_("The record it was for no longer exists."))
    trouble, run = "", None
    try:
        address = crypto.open_sealed(PURPOSE, feed.address)
        with tempfile.TemporaryFile() as spool, transaction.atomic():
            outbound.download(address, spool, limit=MAX_FILE)
            spool.seek(0)
            digest = hashlib.file_digest(spool, "sha256").hexdigest()
            newest = feed.runs.order_by("-number").first()
            if newest is None or newest.digest != digest or newest.state == FeedRun.State.FAILED:
                name = PurePath(urlsplit(address).path).name or "feed"
                run = _keep(feed, spool, name, actor=job.actor, clock=job.clock)
    except (outbound.Refused, outbound.Unreachable, readers.Unreadable, OSError) as error:
        trouble = str(error)[:500]
    ProductFeed.objects.filter(pk=feed.pk).update(looked_at=job.clock.now(), trouble=trouble)
    if trouble:
        raise jobs.JobFailed(trouble)
    return {"run": run.pk if run else None}
