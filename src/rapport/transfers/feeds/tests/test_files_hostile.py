"""Feeds of files look only where they may, and say who gave and took what."""

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse

from rapport.core.jobs import run_due
from rapport.core.models import AuditEntry
from rapport.transfers.feeds.services import files
from rapport.transfers.feeds.tests.test_files import order, table, till  # noqa: F401 (a fixture)
from rapport.transfers.models import FileRowError

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("place", "address"), [("etc", "../../../etc"), ("folder", "../x"), ("folder", "/etc")]
)
def test_no_feed_looks_outside_the_inbox(actor, place, address):
    with pytest.raises(ValidationError):
        files.create_feed(actor=actor, name="Evil", place=place, address=address, every_minutes=1)


def test_a_link_out_of_the_inbox_is_not_followed(actor, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "files"
    feed = files.create_feed(actor=actor, name="Drop", place="folder", address="drop", every_minutes=1)
    (tmp_path / "secret.csv").write_text("a,b\n1,2\n")
    (tmp_path / "inbox" / "drop" / "x.csv").symlink_to(tmp_path / "secret.csv")
    assert run_due("transfers.feeds", "transfers.fetch") == 2
    assert not feed.runs.exists()


def test_giving_a_file_and_taking_its_errors_are_on_record(till, actor, page):  # noqa: F811
    run = files.upload(actor=actor, feed_id=till.pk, stream=table([order(1, "A")]), name="x.csv")
    FileRowError.objects.create(run=run, row=1, reason="=1+1", cells={"a": "b"})
    answer = page.get(reverse("transfers:file_errors", args=[till.source_id, run.pk]))
    assert "'=1+1" in answer.content.decode()
    actions = set(AuditEntry.objects.values_list("action", flat=True))
    assert {"files.uploaded", "files.errors_downloaded"} <= actions
