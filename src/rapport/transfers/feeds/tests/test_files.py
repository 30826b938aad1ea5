"""Files of events: rows to events, once each, whatever happens in between."""

import csv
import datetime as dt
import io
import json

import pytest
from django.core.exceptions import ValidationError

from rapport.core import jobs
from rapport.core.clock import SYSTEM, VirtualClock
from rapport.core.jobs import run_due
from rapport.events.models import LogBatch, Source
from rapport.events.services import log
from rapport.transfers.feeds.services import files, running
from rapport.transfers.models import FileFeed, FileRowError, FileRun

pytestmark = pytest.mark.django_db
TILL = {
    "event": "'Order Completed'",
    "email": "mail",
    "timestamp": "day | date('%d.%m.%Y', 'Europe/Berlin')",
    "message_id": "order",
    "properties": {
        "order_id": "order",
        "total": "lines | sum(price * pieces)",
        "products": "lines | list(sku=sku, price=price | number, quantity=pieces | number)",
    },
}
HEADER = ["order", "day", "mail", "sku", "price", "pieces"]


def table(rows, header=HEADER):
    out = io.StringIO()
    csv.writer(out).writerows([header, *rows])
    return io.BytesIO(out.getvalue().encode())


def order(number, sku, price="2.50", mail="ada@example.org"):
    return [f"T{number}", "31.01.2026", mail, sku, price, "2"]


@pytest.fixture
def till(actor, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "files"
    feed = files.create_feed(actor=actor, name="Till", group_by="order")
    record = dict(zip(HEADER, order(1, "A"), strict=True))
    sample = json.dumps({**record, "lines": [record]})
    return files.save_mapping(actor=actor, feed_id=feed.pk, mapping=TILL, sample=sample)


def tracked():
    batches = LogBatch.objects.order_by("pk")
    return [event for batch in batches for event in log.unpack(bytes(batch.payload)) if event.type == "track"]


def test_the_lines_of_an_order_become_one_event(till, actor):
    files.upload(
        actor=actor,
        feed_id=till.pk,
        stream=table([order(1, "A"), order(1, "B"), order(2, "C")]),
        name="a.csv",
    )
    assert run_due("transfers.file") == 1
    first, second = tracked()
    properties = json.loads(bytes(first.properties))
    assert [line["sku"] for line in properties["products"]] == ["A", "B"]
    assert (properties["total"], second.message_id) == (10, "T2")
    assert first.at == dt.datetime(2026, 1, 30, 23, tzinfo=dt.UTC)


def test_rows_that_make_no_event_are_kept_with_number_and_reason(till, actor):
    rows = [
        order(1, "A"),
        order(2, "B", price="two"),
        order(3, "C", mail="nobody"),
        order(4, "D"),
        order(1, "E"),
    ]
    files.upload(actor=actor, feed_id=till.pk, stream=table(rows), name="a.csv")
    run_due("transfers.file")
    run = FileRun.objects.get()
    assert (run.state, run.errors, len(tracked())) == ("done", 3, 2)
    reasons = dict(FileRowError.objects.values_list("row", "reason"))
    assert "not a number" in reasons[2]
    assert "email" in reasons[3]
    assert "are not together" in reasons[5]


def test_the_same_file_is_read_once_and_overlapping_files_tell_each_event_once(till, actor, live):
    for rows in ([order(1, "A")], [order(1, "A")], [order(1, "A"), order(2, "B")]):
        files.upload(actor=actor, feed_id=till.pk, stream=table(rows), name="a.csv")
    run_due("transfers.file")
    assert FileRun.objects.count() == 2
    live.settle()
    from rapport.events.queries import volumes

    counts = {volume.name: volume.count for volume in volumes(actor, "event", days=3650)}
    assert counts["Order Completed"] == 2


@pytest.mark.parametrize("failing", [1, 2, 3])
def test_a_file_is_taken_up_at_the_row_where_it_was_left(till, actor, monkeypatch, failing):
    rows = [order(number, "A") for number in range(7)]
    files.upload(actor=actor, feed_id=till.pk, stream=table(rows), name="a.csv")
    monkeypatch.setattr(running, "BATCH", 2)
    batches, step = [], jobs.RunningJob.step

    def dies(self, **fields):
        if fields.get("done"):
            batches.append(fields)
            if len(batches) == failing:
                raise OSError("the machine is gone")
        step(self, **fields)

    monkeypatch.setattr(jobs.RunningJob, "step", dies)
    clock = VirtualClock(SYSTEM.now())
    assert run_due("transfers.file", clock=clock) == 1
    assert len(tracked()) == FileRun.objects.get().position == (failing - 1) * 2
    clock.advance(dt.timedelta(minutes=1))
    run_due("transfers.file", clock=clock)
    assert [event.message_id for event in tracked()] == [f"T{number}" for number in range(7)]


def test_equal_rows_without_an_id_are_different_events_but_the_same_in_a_rerun(actor, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "files"
    feed = files.create_feed(actor=actor, name="Visits")
    mapping, row = {"event": "'Visited'", "user_id": "who"}, ["7"]
    files.save_mapping(actor=actor, feed_id=feed.pk, mapping=mapping, sample='{"who": 7}')
    for rows in ([row, row], [row, row, row]):
        files.upload(actor=actor, feed_id=feed.pk, stream=table(rows, ["who"]), name="v.csv")
        run_due("transfers.file")
    assert len({event.message_id for event in tracked()}) == 3


def test_a_folder_is_watched_on_schedule_and_only_new_files_are_taken(actor, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "files"
    feed = files.create_feed(actor=actor, name="Drop", place="folder", address="till", every_minutes=5)
    (files.inbox() / "till" / "a.csv").write_bytes(table([order(1, "A")]).read())
    later = VirtualClock(SYSTEM.now() + dt.timedelta(minutes=1))
    assert (look(later), feed.runs.count()) == (1, 1)
    assert (look(later), feed.runs.count()) == (0, 1)
    later.advance(dt.timedelta(minutes=5))
    assert (look(later), feed.runs.count()) == (1, 1)


def look(clock):
    run_due("transfers.feeds", clock=clock)
    return run_due("transfers.fetch", clock=clock)


def test_a_file_that_waited_for_its_source_to_be_switched_on_is_read_then(till, actor):
    Source.objects.update(disabled_at=SYSTEM.now())
    files.upload(actor=actor, feed_id=till.pk, stream=table([order(1, "A")]), name="a.csv")
    assert run_due("transfers.file") == 0
    Source.objects.update(disabled_at=None)
    run_due("transfers.feeds", "transfers.file")
    assert FileRun.objects.get().state == "done"


@pytest.mark.parametrize("folder", ["../etc", "/etc", "a/b", "", ".hidden"])
def test_a_folder_outside_of_the_inbox_is_refused(actor, folder):
    with pytest.raises(ValidationError):
        files.create_feed(actor=actor, name="X", place="folder", address=folder, every_minutes=5)


@pytest.mark.parametrize(
    "url", ["https://127.0.0.1/x.csv", "http://169.254.169.254/", "file:///etc/passwd", "x"]
)
def test_an_address_inside_the_network_is_refused(actor, url):
    with pytest.raises(ValidationError):
        files.create_feed(actor=actor, name="X", place="url", address=url, every_minutes=5)


def test_a_daily_pull_keeps_its_hour_over_the_change_of_the_clocks(db):
    from rapport.core.models import Workspace

    Workspace.objects.update_or_create(pk=1, defaults={"time_zone": "Europe/Berlin"})
    feed = FileFeed(daily_at=dt.time(6, 30))
    before = dt.datetime(2026, 3, 28, 12, tzinfo=dt.UTC)
    assert files.following(feed, before) == dt.datetime(2026, 3, 29, 4, 30, tzinfo=dt.UTC)
