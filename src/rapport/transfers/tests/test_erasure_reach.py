"""Erasure reaches what was set aside, what waits, and files that are being written."""

from __future__ import annotations

import pytest
from django.core.cache import cache
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils import timezone

from rapport.events.models import QuarantinedEvent, Source
from rapport.events.services import personal_data as events
from rapport.people.models import Identifier
from rapport.people.services import personal_data as people
from rapport.transfers.exports.services import exporting
from rapport.transfers.feeds.services import personal_data as feeds
from rapport.transfers.imports.services import personal_data as transfers
from rapport.transfers.models import Export, FileFeed, FileRowError, FileRun, Import, Received, Webhook


@pytest.fixture
def ada(person):
    made = person(email="ada@example.org")
    Identifier.objects.create(person=made, type="phone", value="+442079460001", first_seen_at=timezone.now())
    return made


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
    Received.objects.create(webhook=hook, body='{"tel": "+44 20 7946 0001"}', known=["+442079460001"])
    feeds.erase([ada.pk])
    assert not Received.objects.exists()


def test_rows_samples_and_files_that_failed_go_whatever_identifier_they_name(ada, feed):
    stored = default_storage.save("feeds/x.csv", ContentFile(b"+442079460001"))
    run = FileRun.objects.create(feed=feed, name="x.csv", file=stored, digest="d", state="failed")
    FileRowError.objects.create(run=run, row=1, reason="no", cells={"tel": "+442079460001"})
    feeds.erase([ada.pk])
    feed.refresh_from_db()
    assert (feed.sample, FileRowError.objects.count(), default_storage.exists(stored)) == ("", 0, False)


def test_an_export_that_is_being_written_begins_anew_and_leaves_no_file(ada, actor, user, monkeypatch):
    who = {"actor_kind": "user", "actor_id": str(user.pk), "actor_label": user.email}
    made = Export.objects.create(name="all", format="csv", scope={"kind": "people"}, columns=["email"], **who)
    save = default_storage.save

    def erased_meanwhile(name, content):
        Export.objects.filter(pk=made.pk).update(state="running")
        transfers.erase([ada.pk])
        return save(name, content)

    monkeypatch.setattr(default_storage, "save", erased_meanwhile)
    exporting.run_once()
    made.refresh_from_db()
    assert (made.state, made.file) == ("waiting", "")
    assert not default_storage.exists(f"exports/{made.pk}.csv")


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
