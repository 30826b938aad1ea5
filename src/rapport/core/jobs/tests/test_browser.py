"""The jobs page in a real browser: progress moves by itself."""

from __future__ import annotations

import datetime as dt

import pytest
from django.urls import reverse

from rapport.core import access, jobs
from rapport.core.clock import SYSTEM
from rapport.core.jobs.registry import JOB_KINDS, JobKind
from rapport.core.models import Job

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def job(user):
    with JOB_KINDS.temporarily(JobKind("test", "Counting sheep", lambda job: None, url=lambda job: "/")):
        row = jobs.enqueue(actor=access.for_user(user), kind="test", total=300)
        until = SYSTEM.now() + dt.timedelta(hours=1)
        Job.objects.filter(pk=row.pk).update(state="running", done=100, lease_until=until)
        yield row


def test_the_bar_of_a_running_job_moves_and_its_end_is_shown(open_page, job):
    tab = open_page(reverse("core:settings-job", args=[job.pk]))
    assert tab.locator("progress").get_attribute("value") == "100"
    Job.objects.filter(pk=job.pk).update(done=200)
    tab.wait_for_selector('progress[value="200"]')
    Job.objects.filter(pk=job.pk).update(state="failed", last_error="Out of sheep", finished_at=SYSTEM.now())
    tab.get_by_role("button", name="Run again").wait_for()
    assert tab.get_by_text("Out of sheep").is_visible()


def test_the_list_shows_what_runs_now(open_page, job):
    tab = open_page(reverse("core:settings-jobs"))
    Job.objects.filter(pk=job.pk).update(done=250)
    tab.wait_for_selector('.list-body progress[value="250"]')
    Job.objects.filter(pk=job.pk).update(state="done")
    tab.locator(".list-body").get_by_text("Done").wait_for()
