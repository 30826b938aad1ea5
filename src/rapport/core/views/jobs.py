"""Background jobs: what runs, waits and failed; cancelling and running again."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any, ClassVar
from urllib.parse import urlencode

from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from rapport.core import jobs, registry
from rapport.core.access import Actor, actor_of
from rapport.core.jobs import queries
from rapport.core.jobs.registry import JOB_KINDS
from rapport.core.models import Job
from rapport.core.ui.lists import (
    BulkAction,
    BulkResult,
    ChoiceFilter,
    Column,
    DateFilter,
    Filter,
    ListPage,
    TextFilter,
)
from rapport.core.ui.toasts import note
from rapport.core.views.context import links
from rapport.core.views.pages import page
from rapport.core.views.settings import settings_page

TONES = {"done": "good", "failed": "bad", "running": "live", "waiting": "", "cancelled": ""}
Verb = Callable[..., Job]


def label(job: Job) -> str:
    """What the job does, and of what, in the reader's language."""
    kind = JOB_KINDS.get(job.kind)
    if kind is None:
        return job.kind
    subject = kind.subject(job)
    return f"{kind.label}: {subject}" if subject else str(kind.label)


def state_cell(job: Job) -> SafeString:
    """State and progress; asks for itself again while the job is live."""
    return render_to_string("settings/_job_state.html", {"job": job, "tone": TONES[job.state]})


def error_cell(job: Job) -> str:
    return format_html('<span class="xs muted" title="{}">{}</span>', job.last_error, job.last_error[:80])


def _together(verb: Verb, actor: Actor, rows: QuerySet[Job]) -> BulkResult:
    """Does it to those of the chosen jobs to which it can be done."""
    count = 0
    for job in rows[:1000]:
        try:
            verb(actor=actor, job=job)
        except (PermissionDenied, ValidationError):
            continue
        count += 1
    return BulkResult(_("%(count)s jobs changed.") % {"count": count})


def asked_by(job: Job) -> str:
    """Who asked for it; what Rapport does by itself carries the name of its kind."""
    return "Rapport" if job.actor_label == job.kind else job.actor_label


class JobList(ListPage):
    """All jobs, latest first."""

    name = "jobs"
    title = gettext_lazy("Background jobs")
    default_sort = "-created"
    search_in = ("kind", "actor_label", "last_error")
    search_hint = gettext_lazy("Search who, kind or error")
    template = "settings/list.html"
    empty_template = "settings/jobs_empty.html"
    columns = (
        Column("kind", gettext_lazy("Job"), value=label, sort="kind", main=True),
        Column("state", gettext_lazy("State"), value="get_state_display", cell=state_cell, sort="state"),
        Column("last_error", gettext_lazy("Last error"), cell=error_cell),
        Column("attempts", gettext_lazy("Attempts"), num=True, shown=False),
        Column("by", gettext_lazy("Asked for by"), value=asked_by, sort="actor_label"),
        Column("created", gettext_lazy("Asked for"), value="created_at", sort="created_at"),
        Column("finished", gettext_lazy("Ended"), value="finished_at", shown=False),
    )
    filters: ClassVar[tuple[Filter, ...]] = (
        ChoiceFilter("state", gettext_lazy("State"), choices=Job.State.choices),
        TextFilter("kind", gettext_lazy("Job")),
        DateFilter("created", gettext_lazy("Asked for"), "created_at"),
    )
    bulk = (
        BulkAction(
            "cancel",
            gettext_lazy("Cancel"),
            "x",
            "jobs.edit",
            lambda actor, rows: _together(jobs.cancel, actor, rows),
        ),
        BulkAction(
            "retry",
            gettext_lazy("Run again"),
            "refresh-cw",
            "jobs.edit",
            lambda actor, rows: _together(jobs.retry, actor, rows),
        ),
    )

    def rows(self) -> QuerySet[Job]:
        return queries.jobs(self.actor)

    def url(self, row: Job) -> str:
        """Of a recurring kind only the newest success (of a unique key) is kept: the address leads on to that."""
        address = reverse("core:settings-job", args=[row.pk])
        kind = JOB_KINDS.get(row.kind)
        recurs = kind is not None and (kind.schedule or kind.repeats)
        return f"{address}?{urlencode({'kind': row.kind, 'key': row.unique_key})}" if recurs else address

    def context(self) -> dict[str, Any]:
        return {"settings_pages": links(registry.settings_pages(), self.actor, self.request.path)}


@require_http_methods(["GET", "POST"])
@page("jobs.view")
def job_list(request: HttpRequest) -> HttpResponseBase:
    return JobList(request).respond()


@require_GET
@page("jobs.view")
def state(request: HttpRequest, job_id: uuid.UUID) -> HttpResponse:
    """The cell of a job in the list, asked for again while it is live."""
    return HttpResponse(state_cell(queries.job_for(actor_of(request), job_id)))


def _may_retry(actor: Actor, job: Job) -> bool:
    kind = JOB_KINDS.get(job.kind)
    if kind is None or job.state not in {"failed", "cancelled"} or not actor.may("jobs.edit"):
        return False
    try:
        kind.require(actor)
    except PermissionDenied:
        return False
    return True


def _context(request: HttpRequest, job_id: uuid.UUID) -> dict[str, Any]:
    actor = actor_of(request)
    job = queries.job_for(actor, job_id)
    kind = JOB_KINDS.get(job.kind)
    return {
        "job": job,
        "asked_by": asked_by(job),
        "label": label(job),
        "tone": TONES[job.state],
        "subject_url": kind.url(job) if kind else "",
        "may_cancel": actor.may("jobs.edit") and job.is_live and (kind is None or kind.cancellable),
        "may_retry": _may_retry(actor, job),
    }


@require_GET
@page("jobs.view")
def job(request: HttpRequest, job_id: uuid.UUID) -> HttpResponse:
    """One job; as long as it runs, htmx asks for its inner part again. One that has run again since leads there."""
    kind, key = request.GET.get("kind", ""), request.GET.get("key", "")
    latest = queries.latest_instead(actor_of(request), job_id, kind, key)
    if latest is not None:
        return redirect("core:settings-job", latest.pk)
    context = _context(request, job_id)
    if request.headers.get("HX-Target") == "job":
        return render(request, "settings/_job.html", context)
    return settings_page(request, "settings/job.html", context)


def _act(request: HttpRequest, job_id: uuid.UUID, verb: Verb, done: str) -> HttpResponse:
    actor = actor_of(request)
    try:
        verb(actor=actor, job=queries.job_for(actor, job_id))
    except ValidationError as error:
        note(request, " ".join(error.messages), level="error")
    else:
        note(request, done)
    return redirect("core:settings-job", job_id)


@require_POST
@page("jobs.edit")
def cancellation(request: HttpRequest, job_id: uuid.UUID) -> HttpResponse:
    """Ends a waiting job; a running one ends at its next step."""
    return _act(request, job_id, jobs.cancel, _("Cancelled."))


@require_POST
@page("jobs.edit")
def retry(request: HttpRequest, job_id: uuid.UUID) -> HttpResponse:
    """Runs a failed or cancelled job again."""
    return _act(request, job_id, jobs.retry, _("Started again."))
