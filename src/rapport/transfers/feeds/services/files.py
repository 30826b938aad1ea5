"""Feeds of files: made, mapped, given files by hand, and looked after on their schedule."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import re
import tempfile
import uuid
import zoneinfo
from contextlib import suppress
from pathlib import Path, PurePath
from typing import IO, Any

import msgspec
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files import File
from django.core.files.storage import default_storage
from django.db import transaction
from django.utils.translation import gettext as _

from rapport.core import jobs
from rapport.core.access import Actor
from rapport.core.clock import SYSTEM, Clock
from rapport.core.queries import workspace
from rapport.core.services import audit, outbound
from rapport.events.models import Source
from rapport.events.services import sources
from rapport.transfers.feeds.services import reading, running, trying
from rapport.transfers.imports import readers
from rapport.transfers.models import FileFeed, FileRun

MAX_FILE = 4 * 1024**3
# A file still being copied into the folder keeps changing.
SETTLED = 5.0
FETCH = "transfers.fetch"
Place = FileFeed.Place


def inbox() -> Path:
    """The folder below which folders are watched: a feed can look nowhere else."""
    return Path(settings.MEDIA_ROOT).parent / "inbox"


@transaction.atomic
def create_feed(
    *,
    actor: Actor,
    name: str,
    place: str = Place.UPLOAD,
    address: str = "",
    every_minutes: int | None = None,
    daily_at: dt.time | None = None,
    group_by: str = "",
    clock: Clock = SYSTEM,
) -> FileFeed:
    """A source of files. Raises ValidationError by field."""
    actor.require("data.edit")
    _check(place, address, every_minutes, daily_at)
    source = sources.create_source(actor=actor, name=name, kind=Source.Kind.FILES)
    feed = FileFeed.objects.create(
        source=source, place=place, address=address, every_minutes=every_minutes, daily_at=daily_at,
        group_by=group_by.strip(), next_at=clock.now() if place != Place.UPLOAD else None,
    )  # fmt: skip
    if place == Place.FOLDER:
        (inbox() / address).mkdir(parents=True, exist_ok=True)
    audit.record(actor=actor, action="files.created", object_type="files", object_id=feed.source_id)
    return feed


def _check(place: str, address: str, every: int | None, daily: dt.time | None) -> None:
    if place not in Place.values:
        raise ValidationError({"place": _("Choose where the files come from.")})
    if place == Place.FOLDER and not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]{0,60}", address):
        raise ValidationError({"address": _("A folder's name: letters, digits, - and _.")})
    if place == Place.URL:
        try:
            outbound.check(address)
        except (outbound.Refused, outbound.Unreachable) as error:
            raise ValidationError({"address": str(error)}) from error
        if not address.lower().startswith("https://") and not settings.OUTBOUND_ALLOW:
            raise ValidationError({"address": _("Files are fetched from https:// addresses.")})
    if place != Place.UPLOAD and not every and daily is None:
        raise ValidationError({"every_minutes": _("Say how often, or at what time of the day.")})
    if every is not None and not 1 <= every <= 44_640:
        raise ValidationError({"every_minutes": _("Between a minute and 31 days.")})


@transaction.atomic
def save_mapping(
    *, actor: Actor, feed_id: int, mapping: dict[str, Any], sample: str, clock: Clock = SYSTEM
) -> FileFeed:
    """Puts a mapping to use that makes events of its sample. Raises ValidationError by field."""
    actor.require("data.edit")
    feed = FileFeed.objects.select_for_update(of=("self",)).get(pk=feed_id)
    trial = trying.attempt_text(mapping, sample, {}, clock.now())
    if not trial.good:
        raise ValidationError(trial.by_field or {"sample": _("The sample gives no event.")})
    feed.mapping, feed.sample, feed.mapped_at = mapping, sample, clock.now()
    feed.save(update_fields=["mapping", "sample", "mapped_at"])
    audit.record(actor=actor, action="files.mapped", object_type="files", object_id=feed.source_id)
    running.enqueue_waiting(actor=actor, clock=clock)
    return feed


def upload(
    *, actor: Actor, feed_id: int, stream: IO[bytes], name: str, clock: Clock = SYSTEM
) -> FileRun | None:
    """Keeps a file to be read; None when the very same was given before. Raises readers.Unreadable."""
    actor.require("data.edit")
    with transaction.atomic():
        feed = FileFeed.objects.get(pk=feed_id)
        run = _keep(feed, stream, name, clock.now())
        if run is not None:
            data, of = {"run": run.pk}, feed.source_id
            audit.record(actor=actor, action="files.uploaded", object_type="files", object_id=of, data=data)
            running.enqueue_waiting(actor=actor, clock=clock)
    return run


def _keep(feed: FileFeed, stream: IO[bytes], name: str, now: dt.datetime) -> FileRun | None:
    stream.seek(0)
    digest = hashlib.file_digest(stream, "sha256").hexdigest()  # type: ignore[arg-type]
    if feed.runs.filter(digest=digest).exists():
        return None
    readers.inspect(stream, name)
    stream.seek(0)
    ending = PurePath(name).suffix[:10].lower()
    stored = default_storage.save(f"feeds/{uuid.uuid4()}{ending}", File(stream))
    return FileRun.objects.create(
        feed=feed, name=PurePath(name).name[:254], file=stored, digest=digest, created_at=now
    )


def sample_of(feed: FileFeed) -> str:
    """The first record of the newest file, as the mapping sees it; "" before there is one."""
    run = feed.runs.order_by("-pk").first()
    if run is None or not run.file or not default_storage.exists(run.file):
        return ""
    try:
        first = next(reading.records(run.file, run.name, feed.group_by), None)
    except readers.Unreadable:
        return ""
    return (
        json.dumps(json.loads(msgspec.json.encode(first.cells)), indent=2, ensure_ascii=False)
        if first
        else ""
    )


def enqueue_due(job: jobs.RunningJob) -> dict[str, int]:
    """The job of every minute: enqueues a look at each feed whose time has come, and the files that wait."""
    now = job.clock.now()
    with transaction.atomic():
        due = FileFeed.objects.filter(next_at__lte=now, source__disabled_at=None)
        feeds = jobs.claim_rows(due.order_by("next_at"), limit=1_000)
        for feed in feeds:
            feed.next_at = following(feed, now)
            with suppress(jobs.AlreadyQueued):
                payload, key = {"feed": feed.pk}, f"feed:{feed.pk}"
                jobs.enqueue(actor=job.actor, kind=FETCH, payload=payload, unique_key=key, clock=job.clock)
        FileFeed.objects.bulk_update(feeds, ["next_at"])
    return {"feeds": len(feeds), "files": running.enqueue_waiting(actor=job.actor, clock=job.clock)}


def fetch(job: jobs.RunningJob) -> dict[str, int]:
    """The job: looks at the place of a feed; what is new there is kept, and its reading enqueued."""
    feed = FileFeed.objects.filter(pk=job.payload["feed"]).first()
    if feed is None:
        raise jobs.JobFailed(_("The record it was for no longer exists."))
    now, trouble = job.clock.now(), ""
    try:
        _download(feed, now) if feed.place == Place.URL else _scan(feed, now)
    except (outbound.Refused, outbound.Unreachable, readers.Unreadable, OSError) as error:
        trouble = str(error)[:500]
    FileFeed.objects.filter(pk=feed.pk).update(looked_at=now, trouble=trouble)
    files = running.enqueue_waiting(actor=job.actor, clock=job.clock)
    if trouble:
        raise jobs.JobFailed(trouble)
    return {"files": files}


def following(feed: FileFeed, now: dt.datetime) -> dt.datetime:
    """When to look next: so many minutes on, or at the time of day in the workspace's zone."""
    if feed.daily_at is None:
        return now + dt.timedelta(minutes=feed.every_minutes or 1440)
    local = now.astimezone(zoneinfo.ZoneInfo(workspace().time_zone))
    at = local.replace(hour=feed.daily_at.hour, minute=feed.daily_at.minute, second=0, microsecond=0)
    if at <= local:
        at = (at.replace(tzinfo=None) + dt.timedelta(days=1)).replace(tzinfo=local.tzinfo)
    return at.astimezone(dt.UTC)


def _download(feed: FileFeed, now: dt.datetime) -> None:
    with tempfile.TemporaryFile() as spool:
        outbound.download(feed.address, spool, limit=MAX_FILE)
        _keep(feed, spool, PurePath(feed.address.partition("?")[0]).name or "file", now)


def _scan(feed: FileFeed, now: dt.datetime) -> None:
    for path in sorted((inbox() / feed.address).iterdir()):
        if path.is_symlink() or not path.is_file() or path.name.startswith("."):
            continue
        if now.timestamp() - path.stat().st_mtime >= SETTLED:
            with path.open("rb") as stream:
                _keep(feed, stream, path.name, now)


def errors_for(*, actor: Actor, run: FileRun) -> None:
    """Leaves the audit line of the rows that made no event, which hold what stood in them."""
    actor.require("data.view")
    audit.record(
        actor=actor,
        action="files.errors_downloaded",
        object_type="files",
        object_id=run.feed.source_id,
        data={"run": run.pk},
    )
