"""Erasure reaches what was set aside, what waits, and files that are being written."""

from __future__ import annotations

import datetime as dt

import pytest
from django.core.cache import cache
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils import timezone

from rapport.core import jobs
from rapport.core.clock import SYSTEM, VirtualClock
from rapport.core.jobs import run_due
from rapport.events.models import QuarantinedEvent, Source
from rapport.events.services import personal_data as events
from rapport.people.models import Identifier
from rapport.people.services import personal_data as people
from rapport.transfers import personal_data
from rapport.transfers.exports.services import exporting
from rapport.transfers.feeds.services import personal_data as feeds
from rapport.transfers.imports.services import personal_data as transfers
from rapport.transfers.models import FileFeed, FileRowError, FileRun, Import, Received, Webhook


@pytest.fixture
def ada(person):
    row = person(email="ada@example.org")
    Identifier.objects.create(person=row, type="phone", value="+442079460001", first_seen_at=timezone.now())
    return row


@pytest.fixture
def feed(db):
    source = Source.objects.create(name="till", kind="files", write_key="wk_till")
    return FileFeed.objects.create(source=source, sample='{"tel": "+442079460001"}')


def test_an_event_refused_before_anybody_knew_whose_it_is_goes(ada):
    for text in (b'{"traits": {"email": "Ada@Example.org"}}', b'{"email": "bob@example.org"}\xff'):
        QuarantinedEvent.objects.create(stage="capture", reason="no", payload=text)
    assert events.erase([ada.pk])["events.QuarantinedEvent"] == 1
    assert b"bob" in bytes(QuarantinedEvent.objects.get().payload)


def test_a_payload_is_found_by_the_phone_number_as_the_profile_has_it(ada):
    source = Source.objects.create(name="hook", kind="webhook", write_key="wk_hook")
    hook = Webhook.objects.create(source=source, token="t")
    Received.objects.create(webhook=hook, body='{"tel": "+44 20 7946 0001"}', identifiers=["+442079460001"])
    feeds.erase([ada.pk])
    assert not Received.objects.exists()


def test_rows_samples_and_files_that_failed_go_whatever_identifier_they_name(ada, feed):
    stored = default_storage.save("feeds/x.csv", ContentFile(b"+442079460001"))
    run = FileRun.objects.create(feed=feed, name="x.csv", file=stored, digest="d", state="failed")
    FileRowError.objects.create(run=run, row=1, reason="no", cells={"tel": "+442079460001"})
    feeds.erase([ada.pk])
    feed.refresh_from_db()
    assert (feed.sample, FileRowError.objects.count(), default_storage.exists(stored)) == ("", 0, False)


def test_an_export_that_is_being_written_begins_anew_and_leaves_no_file(ada, actor, monkeypatch):
    scope = {"kind": "people", "query": ""}
    export = exporting.order(actor=actor, name="all", format="csv", scope=scope, columns=["email"])
    save, times = default_storage.save, []

    def erased_meanwhile(name, content):
        if not times.append(name) and len(times) == 1:
            personal_data.erase([ada.pk])
        return save(name, content)

    monkeypatch.setattr(default_storage, "save", erased_meanwhile)
    jobs.run_once(SYSTEM, "transfers.export")
    export.refresh_from_db()
    assert (export.state, export.file) == ("waiting", "")
    assert not default_storage.exists(f"exports/{export.pk}.csv")
    run_due("transfers.export")
    export.refresh_from_db()
    assert (export.state, len(times)) == ("done", 2)


def test_a_file_ordered_under_a_path_stays_until_somebody_is_forgotten(ada, actor):
    scope, clock = {"kind": "people", "query": ""}, VirtualClock(SYSTEM.now())
    exporting.order(
        actor=actor,
        name="drop",
        format="csv",
        scope=scope,
        columns=["email"],
        path="segments/a/1.csv",
        clock=clock,
    )
    run_due("transfers.export", clock=clock)
    assert exporting.expire_old(clock.now() + dt.timedelta(days=90)) == 0
    assert default_storage.exists("segments/a/1.csv")
    personal_data.erase([ada.pk])
    assert not default_storage.exists("segments/a/1.csv")


def test_a_dry_run_that_came_to_nothing_shows_him_no_more(ada):
    report = {
        "counts": {"updated": 1},
        "samples": {"updated": [{"person": "Ada", "email": "ADA@example.org"}]},
    }
    Import.objects.create(
        name="x.csv", report=report, state="checked", layout={}, headers=[], mapping={}, size=1
    )
    transfers.erase([ada.pk])
    assert Import.objects.get().report == {}


def test_examples_of_traits_that_are_held_for_a_minute_go_at_once(ada):
    cache.set("people:trait-usage:person", {"nick": "Countess"})
    people.erase([ada.pk])
    assert cache.get("people:trait-usage:person") is None
