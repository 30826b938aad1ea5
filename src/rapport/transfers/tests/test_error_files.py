"""The error file runs no formula, also in its heading, and leaves an audit line."""

import pytest

from rapport.core.models import AuditEntry
from rapport.transfers.tests.test_import_pages import mapped, uploaded, work

EVIL = 'E-Mail,Vorname,"=HYPERLINK(""http://x"",1)"\nbroken,Eve,01/02/1990\n'


@pytest.fixture
def run(page):
    import_run = uploaded(page, EVIL)
    mapped(page, import_run)
    work()
    page.post(f"/imports/{import_run.pk}/start/")
    work()
    return import_run


def test_the_heading_of_an_error_file_runs_as_no_formula(page, run):
    text = b"".join(page.get(f"/imports/{run.pk}/errors.csv")).decode("utf-8-sig")
    assert "\"'=HYPERLINK" in text
    assert uploaded(page, text).headers[2].startswith("=HYPERLINK")


def test_who_takes_the_rows_that_did_not_come_in_is_on_record(page, run):
    page.get(f"/imports/{run.pk}/errors.csv")
    assert AuditEntry.objects.filter(action="import.errors_downloaded", object_id=str(run.pk)).exists()
