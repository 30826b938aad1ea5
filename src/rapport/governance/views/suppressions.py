"""The suppression list: addresses nothing is sent to."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from rapport.core.access import actor_of
from rapport.core.services import audit
from rapport.core.ui.toasts import note
from rapport.core.views.pages import page
from rapport.core.views.settings import settings_page
from rapport.governance import queries
from rapport.governance.forms.settings import AddressForm, OptOutFileForm, RemovalForm, SuppressForm
from rapport.governance.services import opt_out_files, suppression

SHOWN, SHOWN_REFUSED = 50, 500


@require_http_methods(["GET", "HEAD", "POST"])
@page("settings.view")
def suppressions(request: HttpRequest) -> HttpResponseBase:
    """Counts, the newest entries, a check of one address (`?address=`); POST adds one."""
    actor = actor_of(request)
    form = SuppressForm(request.POST or None, auto_id="add_%s")
    if request.method == "POST":
        actor.require("settings.edit")
        if form.is_valid() and _add(request, form):
            return redirect("governance:suppressions")
    check = AddressForm(request.GET if "address" in request.GET else None, auto_id="check_%s")
    context: dict[str, Any] = {
        "form": form,
        "check": check,
        "checked": check.is_bound and check.is_valid(),
        "counts": queries.suppression_counts(actor),
        "newest": queries.suppressions(actor)[:SHOWN],
        "may_edit": actor.may("settings.edit"),
        "may_export": actor.may("people.export"),
    }
    if context["checked"]:
        given = check.cleaned_data
        match = context["match"] = queries.suppression(actor, given["channel"], given["address"])
        context["removal"] = RemovalForm(initial={"suppression": match.pk}) if match else None
    return settings_page(request, "governance/suppressions.html", context, 422 if form.errors else 200)


def _add(request: HttpRequest, form: SuppressForm) -> bool:
    try:
        suppression.suppress(actor=actor_of(request), source=_("settings"), **form.cleaned_data)
    except suppression.InvalidAddress as error:
        form.add_error("address", str(error))
        return False
    note(request, _("Nothing more is sent to this address."))
    return True


@require_POST
@page("settings.edit")
def removal(request: HttpRequest) -> HttpResponseBase:
    """Allows an address again, for a reason."""
    form = RemovalForm(request.POST)
    if not form.is_valid():
        note(request, _("Not allowed again: say why."), level="error")
        return redirect("governance:suppressions")
    given = form.cleaned_data
    suppression.remove(actor=actor_of(request), suppression_id=given["suppression"], reason=given["reason"])
    note(request, _("Messages to this address are allowed again."))
    return redirect("governance:suppressions")


@require_http_methods(["GET", "HEAD", "POST"])
@page("settings.edit")
def importing(request: HttpRequest) -> HttpResponseBase:
    """Takes a list of addresses or hashes; shows what became of it, row by row where something is wrong."""
    form = OptOutFileForm(request.POST or None, request.FILES or None)
    outcome: opt_out_files.Outcome | None = None
    if request.method == "POST" and form.is_valid():
        rows = opt_out_files.rows_of(form.cleaned_data["content"])
        if len(rows) > opt_out_files.MOST_ROWS:
            form.add_error(None, _("The list has more than 100,000 rows; split it."))
        else:
            outcome = opt_out_files.take(actor=actor_of(request), rows=rows, source="list")
    context = {
        "form": form,
        "outcome": outcome,
        "refused": outcome.refused[:SHOWN_REFUSED] if outcome else [],
    }
    return settings_page(request, "governance/suppression_import.html", context, 422 if form.errors else 200)


@require_POST
@page("people.export")
def exporting(request: HttpRequest) -> HttpResponseBase:
    """The whole list as CSV, with hashes only."""
    audit.record(
        actor=actor_of(request), action="suppression.exported", object_type="suppression", object_id="export"
    )
    answer = StreamingHttpResponse(opt_out_files.export(), content_type="text/csv; charset=utf-8")
    answer.headers["Content-Disposition"] = 'attachment; filename="suppressions.csv"'
    return answer
