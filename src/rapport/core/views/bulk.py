"""A change of many rows: what exactly, how far it is, and taking it back."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from rapport.core import jobs
from rapport.core.access import actor_of
from rapport.core.bulk import services as service
from rapport.core.clock import SYSTEM
from rapport.core.models import BulkChange, Job
from rapport.core.ui.lists.bulk import BulkEdit
from rapport.core.ui.lists.rebuilt import list_for
from rapport.core.ui.toasts import note
from rapport.core.views.pages import page

State = BulkChange.State
# So many rows are changed while the reader waits; more are left to a worker, with a progress bar.
AT_ONCE = 200


def _change(request: HttpRequest, change_id: int) -> tuple[BulkChange, BulkEdit, dict[str, Any]]:
    """One's own change, what it does, and what every page about it shows. Raises Http404, PermissionDenied."""
    actor = actor_of(request)
    change = BulkChange.objects.select_related("job").filter(pk=change_id, user_id=actor.id).first()
    rows = list_for(actor, change.list_name) if change else None
    edit = rows.edit(change.edit) if rows and change else None
    if change is None or rows is None or edit is None:
        raise Http404
    rows.require(edit.permission)
    return (
        change,
        edit,
        {"change": change, "edit": edit, "list": rows, "back": change.origin or rows.state.path},
    )


@require_http_methods(["GET", "POST"])
@page()
def bulk(request: HttpRequest, change_id: int) -> HttpResponse:
    """Before it starts, the form that asks what exactly; afterwards, its progress."""
    change, edit, context = _change(request, change_id)
    if change.state != State.DRAFT:
        return _progress(request, change, edit, context)
    data = request.POST if request.method == "POST" else None
    form = edit.form(actor_of(request), data, request.GET)
    if data is not None and form.is_valid():
        try:
            what = edit.settle(actor_of(request), form)
            job = service.start(actor=actor_of(request), change=change, what=what)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            return _after(request, change, job, context)
    return render(
        request, "core/bulk/form.html", context | {"form": form}, status=422 if form.errors else 200
    )


def _after(request: HttpRequest, change: BulkChange, job: Job, context: dict[str, Any]) -> HttpResponse:
    """A small change is done at once, and the list is shown again."""
    if change.total > AT_ONCE:
        return redirect("core:bulk", change.pk)
    jobs.run_now(job, SYSTEM)
    if job.state != Job.State.DONE:
        return redirect("core:bulk", change.pk)
    note(request, _said(job, change), undo_url=f"{request.path}undo/")
    return redirect(context["back"])


def _said(job: Job, change: BulkChange) -> str:
    changed = job.result.get("changed", 0)
    return _("%(n)d of %(total)d rows changed.") % {"n": changed, "total": change.total}


def _progress(
    request: HttpRequest, change: BulkChange, edit: BulkEdit, context: dict[str, Any]
) -> HttpResponse:
    running = change.state in {State.RUNNING, State.UNDOING}
    context |= {"running": running, "what": edit.describe(change.what), "job": change.job}
    if change.job and not running:
        context["summary"] = _said(change.job, change)
    template = "core/bulk/_progress.html" if request.headers.get("HX-Request") else "core/bulk/progress.html"
    return render(request, template, context)


@require_POST
@page()
def undo(request: HttpRequest, change_id: int) -> HttpResponse:
    change, _edit, context = _change(request, change_id)
    try:
        job = service.take_back(actor=actor_of(request), change=change)
    except ValidationError as error:
        note(request, " ".join(error.messages), level="error")
    else:
        if change.total <= AT_ONCE and jobs.run_now(job, SYSTEM) and job.state == Job.State.DONE:
            note(request, _("Undone."))
            return redirect(context["back"])
    return redirect("core:bulk", change.pk)


@require_POST
@page()
def stop(request: HttpRequest, change_id: int) -> HttpResponse:
    """What is done already stays, until it is taken back."""
    change, _edit, _context = _change(request, change_id)
    if change.job is not None and change.job.is_live:
        jobs.stop(change.job)
        note(request, _("Cancelling."))
    return redirect("core:bulk", change.pk)
