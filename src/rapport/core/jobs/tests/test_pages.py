"""Jobs as people and programs see them: the settings page and the API."""

from __future__ import annotations

import datetime as dt
import uuid

import pytest
from django.urls import reverse

from rapport.core import access, jobs
from rapport.core.clock import SYSTEM
from rapport.core.jobs.registry import JOB_KINDS, JobKind
from rapport.core.models import Job, User
from rapport.core.services import keys

API = "/api/v1/jobs"


@pytest.fixture(autouse=True)
def kind():
    with JOB_KINDS.temporarily(
        JobKind("test", "Counting sheep", lambda job: None, url=lambda job: "/sheep/")
    ):
        yield


@pytest.fixture
def job(user):
    return jobs.enqueue(actor=access.for_user(user), kind="test", total=3)


@pytest.fixture
def api(client, actor, db):
    _key, secret = keys.create(actor=actor, name="Script", role="admin")
    client.defaults["HTTP_AUTHORIZATION"] = f"Bearer {secret}"
    return client


def running(job):
    Job.objects.filter(pk=job.pk).update(
        state="running", done=2, lease_until=SYSTEM.now() + dt.timedelta(hours=1)
    )


def failed(job):
    Job.objects.filter(pk=job.pk).update(state="failed", last_error="Out of sheep", finished_at=SYSTEM.now())


def test_the_list_shows_what_runs_with_its_progress(page, job):
    running(job)
    text = page.get(reverse("core:settings-jobs")).content.decode()
    assert "Counting sheep" in text
    assert 'max="3" value="2"' in text
    cell = page.get(reverse("core:settings-job-state", args=[job.pk])).content.decode()
    assert 'max="3" value="2"' in cell
    assert "every 2s" in cell
    failed(job)
    assert "hx-get" not in page.get(reverse("core:settings-job-state", args=[job.pk])).content.decode()


def test_an_empty_list_says_what_it_is_for(page):
    assert "No background jobs yet" in page.get(reverse("core:settings-jobs")).content.decode()


def test_a_job_that_failed_says_why_and_is_run_again(page, job):
    failed(job)
    address = reverse("core:settings-job", args=[job.pk])
    text = page.get(address).content.decode()
    assert "Out of sheep" in text
    assert "/sheep/" in text
    assert "ada@example.org" in text
    page.post(reverse("core:settings-job-retry", args=[job.pk]))
    job.refresh_from_db()
    assert job.state == "waiting"


def test_a_live_job_asks_for_its_inner_part_again(page, job):
    address = reverse("core:settings-job", args=[job.pk])
    inner = page.get(address, headers={"HX-Target": "job"}).content.decode()
    assert inner.startswith('<div id="job"')
    assert 'hx-trigger="every 1s"' in inner


def test_cancelling_twice_says_that_it_has_ended(page, job):
    address = reverse("core:settings-job-cancellation", args=[job.pk])
    page.post(address)
    assert "ended already" in page.post(address, follow=True).content.decode()
    job.refresh_from_db()
    assert job.state == "cancelled"


@pytest.mark.parametrize(("action", "state"), [("cancel", "cancelled"), ("retry", "waiting")])
def test_many_are_cancelled_or_run_again_at_once(page, user, action, state):
    rows = [jobs.enqueue(actor=access.for_user(user), kind="test") for _ in range(3)]
    if action == "retry":
        for row in rows:
            failed(row)
    page.post(reverse("core:settings-jobs"), {"action": action, "row": [str(row.pk) for row in rows]})
    assert set(Job.objects.values_list("state", flat=True)) == {state}


def test_who_may_not_see_jobs_finds_no_page(client, job):
    client.force_login(User.objects.create_user("vic@example.org", "correct horse battery"))
    assert client.get(reverse("core:settings-jobs")).status_code == 404
    assert client.get(reverse("core:settings-job", args=[job.pk])).status_code == 404
    assert client.post(reverse("core:settings-job-retry", args=[job.pk])).status_code == 403


def test_the_api_lists_and_filters(api, user, job):
    jobs.enqueue(actor=access.for_user(user), kind="test")
    failed(job)
    assert len(api.get(API).json()["data"]) == 2
    (row,) = api.get(f"{API}?state=failed&kind=test").json()["data"]
    assert (row["id"], row["last_error"], row["requested_by"]) == (
        str(job.pk),
        "Out of sheep",
        "ada@example.org",
    )
    assert api.get(f"{API}/{job.pk}").json()["total"] == 3
    assert api.get(f"{API}?state=asleep").status_code == 422


def test_the_api_cancels_and_runs_again(api, job):
    answer = api.post(f"{API}/{job.pk}/cancellation")
    assert (answer.status_code, answer.json()["state"]) == (201, "cancelled")
    assert api.post(f"{API}/{job.pk}/cancellation").status_code == 422
    assert api.post(f"{API}/{job.pk}/retry").json()["state"] == "waiting"


def test_a_key_without_the_permission_sees_its_own_jobs_only(client, actor, job):
    key, secret = keys.create(actor=actor, name="Narrow", role="viewer")
    own = jobs.enqueue(actor=access.for_key(key), kind="test")
    client.defaults["HTTP_AUTHORIZATION"] = f"Bearer {secret}"
    assert [row["id"] for row in client.get(API).json()["data"]] == [str(own.pk)]
    assert client.get(f"{API}/{job.pk}").status_code == 404
    assert client.post(f"{API}/{own.pk}/cancellation").status_code == 201


def test_a_row_of_a_recurring_job_leads_to_its_latest_run(page, job):
    gone = reverse("core:settings-job", args=[uuid.uuid4()])
    address = reverse("core:settings-job", args=[job.pk])
    assert page.get(f"{gone}?kind=test").headers["Location"] == address
    assert page.get(f"{gone}?kind=other").status_code == 404
    assert page.get(f"{gone}?kind=test&key=another-record").status_code == 404
    assert page.get(f"{address}?kind=test").status_code == 200
