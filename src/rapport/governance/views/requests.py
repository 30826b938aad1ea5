"""Requests of the people themselves, with the receipts."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext
from django.views.decorators.http import require_http_methods

from rapport.core import registry
from rapport.core.access import actor_of
from rapport.core.clock import clock_of
from rapport.core.templatetags.ui import badge
from rapport.core.ui.lists import ChoiceFilter, Column, DateFilter, ListPage
from rapport.core.ui.toasts import note
from rapport.core.views.context import links
from rapport.core.views.pages import page
from rapport.core.views.settings import settings_page
from rapport.governance import queries
from rapport.governance.models import SubjectRequest
from rapport.governance.services import subject_requests


def _state(row: Any) -> Any:
    if row.is_open:
        return badge(pgettext("state", "Open"), "warn")
    return badge(_("Done"), "good") if row.completed_at else badge(_("Running"), "live")


class RequestList(ListPage):
    name = "privacy-requests"
    title = gettext_lazy("Privacy requests")
    default_sort = "-requested_at"
    search_in = ("requested_by", "person_id")
    search_hint = gettext_lazy("Search person id or who asked")
    template = "settings/list.html"
    empty = (
        gettext_lazy("No privacy requests yet"),
        gettext_lazy(
            "Requests from the preference page come in here. When somebody asks you otherwise for a copy of their "
            "data, to stop its processing or to be erased, do it on their "
            "profile under Privacy. Each request is kept here, with its receipt."
        ),
    )
    columns = (
        Column("person_id", gettext_lazy("Person"), value=lambda row: str(row.person_id), main=True),
        Column("kind", gettext_lazy("Request"), value=lambda row: row.get_kind_display(), sort="kind"),
        Column("requested_at", gettext_lazy("Asked"), sort="requested_at"),
        Column("requested_by", gettext_lazy("By")),
        Column(
            "answer_by", gettext_lazy("Answer by"), value=lambda row: row.answer_by if row.is_open else None
        ),
        Column("state", gettext_lazy("State"), value=lambda row: bool(row.completed_at), cell=_state),
    )
    filters = (
        ChoiceFilter("kind", gettext_lazy("Request"), choices=SubjectRequest.Kind.choices),
        DateFilter("requested_at", gettext_lazy("Asked")),
    )

    def rows(self) -> Any:
        return queries.subject_requests(self.actor)

    def url(self, row: Any) -> str:
        return reverse("governance:request", args=[row.pk])

    def context(self) -> dict[str, Any]:
        return {"settings_pages": links(registry.settings_pages(), self.actor, self.request.path)}


@page("settings.view")
def requests(request: HttpRequest) -> HttpResponseBase:
    return RequestList(request).respond()


@require_http_methods(["GET", "HEAD", "POST"])
@page("settings.view")
def receipt(request: HttpRequest, pk: int) -> HttpResponseBase:
    """What was handed out or erased, store by store; POST answers an open request."""
    if request.method == "POST":
        subject_requests.answer(
            actor=actor_of(request), request_id=pk, note=request.POST.get("note", ""), clock=clock_of(request)
        )
        note(request, _("The request is answered."))
        return redirect("governance:request", pk)
    row = queries.subject_requests(actor_of(request)).filter(pk=pk).first()
    if row is None:
        raise Http404
    stores = [
        (name, count) for counts in row.receipt.get("stores", {}).values() for name, count in counts.items()
    ]
    context = {"row": row, "stores": stores, "may_edit": actor_of(request).may("settings.edit")}
    return settings_page(request, "governance/receipt.html", context)
