"""The audit log: who did what to which record, and when, in words."""

from __future__ import annotations

from typing import Any

from django.db.models import Q
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from rapport.core import audit_log, queries, registry
from rapport.core.access import actor_of
from rapport.core.ui.lists import ChoiceFilter, Column, DateFilter, ListPage, TextFilter
from rapport.core.views.context import links
from rapport.core.views.pages import page
from rapport.core.views.settings import settings_page

KINDS = (("user", _("User")), ("api_key", _("API key")), ("person", _("Person")), ("system", _("Rapport")))


def _actions() -> list[tuple[str, str]]:
    names = [action.name for action in audit_log.AUDIT_ACTIONS]
    return sorted(((name, audit_log.action_label(name)) for name in names), key=lambda choice: choice[1])


def _records() -> list[tuple[str, str]]:
    kinds = [(record.name, str(record.label)) for record in audit_log.AUDITED_RECORDS]
    return sorted(kinds, key=lambda choice: choice[1])


class AuditList(ListPage):
    name = "audit"
    title = _("Audit log")
    empty = (
        _("Nothing recorded yet"),
        _("Each change is listed here: who made it, when, and what was there before."),
    )
    default_sort = "-at"
    search_hint = _("Search who, what or record id")
    template = "settings/audit.html"
    export_permission = "audit.view"
    columns = (
        Column("at", _("When"), sort="at", main=True),
        Column("actor_label", _("Who"), sort="actor_label"),
        Column("what", _("What"), value="described.text", cell=lambda row: row.described.html),
        Column("action", _("Action"), sort="action", shown=False),
        Column("object_type", _("Kind of record"), sort="object_type", shown=False),
        Column("object_id", _("Record id"), shown=False),
    )
    filters = (
        TextFilter("actor_label", _("Who")),
        ChoiceFilter("actor_kind", _("Kind of actor"), choices=KINDS),
        ChoiceFilter("action", _("Action"), choices=_actions),
        ChoiceFilter("object_type", _("Kind of record"), choices=_records),
        DateFilter("at", _("When")),
    )

    def rows(self) -> Any:
        return queries.audit_entries(self.actor)

    def search(self, rows: Any, text: str) -> Any:
        actions = [name for name, label in _actions() if text.lower() in label.lower()]
        words = Q(actor_label__icontains=text) | Q(object_id__icontains=text) | Q(data__name__icontains=text)
        return rows.filter(words | Q(action__in=actions) | Q(action=text))

    def prepare(self, rows: list[Any]) -> None:
        described = audit_log.described(self.actor, rows)
        for row in rows:
            row.described = described[row.pk]

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
    described = audit_log.described(actor_of(request), [row])[row.pk]
    return settings_page(request, "settings/audit_entry.html", {"entry": row, "described": described})
