"""The audit log: who did what to which record, and when."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext_lazy as _

from rapport.core import queries, registry
from rapport.core.ui.lists import ChoiceFilter, Column, DateFilter, ListPage, TextFilter
from rapport.core.views.context import links
from rapport.core.views.middleware import actor_of
from rapport.core.views.pages import page
from rapport.core.views.settings import settings_page

KINDS = (("user", _("User")), ("api_key", _("API key")), ("person", _("Person")), ("system", _("Rapport")))


def _data(row: Any) -> Any:
    pairs = [(name, value) for name, value in row.data.items() if value not in ("", None)]
    return (
        format_html('<span class="xs muted">{}</span>', format_html_join(", ", "{}: {}", pairs))
        if pairs
        else ""
    )


class AuditList(ListPage):
    name = "audit"
    title = _("Audit log")
    default_sort = "-at"
    search_in = ("actor_label", "action", "object_id")
    search_hint = _("Search who, action or record")
    template = "settings/audit.html"
    export_permission = "audit.view"
    columns = (
        Column("at", _("When"), sort="at", main=True),
        Column("actor_label", _("Who"), sort="actor_label"),
        Column("action", _("Action"), sort="action"),
        Column("object_type", _("Kind of record"), sort="object_type"),
        Column("object_id", _("Record")),
        Column("data", _("Details"), value=lambda row: str(row.data or ""), cell=_data),
    )
    filters = (
        TextFilter("actor_label", _("Who")),
        ChoiceFilter("actor_kind", _("Kind of actor"), choices=KINDS),
        TextFilter("action", _("Action")),
        TextFilter("object_type", _("Kind of record")),
        DateFilter("at", _("When")),
    )

    def rows(self) -> Any:
        return queries.audit_entries(self.actor)

    def url(self, row: Any) -> str:
        return reverse("core:settings-audit-entry", args=[row.pk])

    def context(self) -> dict[str, Any]:
        return {"settings_pages": links(registry.settings_pages(), self.actor, self.request.path)}


@page("audit.view")
def audit(request: HttpRequest) -> HttpResponseBase:
    return AuditList(request).respond()


@page("audit.view")
def entry(request: HttpRequest, pk: int) -> HttpResponseBase:
    """One change: who, when, which record, and every detail of it."""
    row = get_object_or_404(queries.audit_entries(actor_of(request)), pk=pk)
    return settings_page(
        request, "settings/audit_entry.html", {"entry": row, "details": sorted(row.data.items())}
    )
