"""Organisations and their people."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import ClassVar

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from rapport.core.ui.lists import Column, DateFilter, Filter, ListPage, TextFilter
from rapport.core.views.middleware import actor_of
from rapport.core.views.pages import page
from rapport.people import queries_lists
from rapport.people.facts import shown
from rapport.people.models import Company

MEMBERS = 100


class CompanyList(ListPage):
    """Organisations that persons belong to, newest change first."""

    name = "companies"
    title = gettext_lazy("Companies")
    default_sort = "-updated"
    search_in = ("name", "group_id")
    search_hint = gettext_lazy("Name or id")
    export_permission = "people.export"
    empty_template = "people/_companies_empty.html"
    columns: ClassVar[Sequence[Column]] = (
        Column("name", gettext_lazy("Name"), value=str, sort="name", main=True),
        Column("group_id", gettext_lazy("Id"), sort="group_id"),
        Column("people", gettext_lazy("People"), num=True),
        Column("updated", gettext_lazy("Last change"), value="updated_at", sort="updated_at"),
        Column("created", gettext_lazy("First seen"), value="created_at", sort="created_at", shown=False),
    )
    filters: ClassVar[Sequence[Filter]] = (
        TextFilter("name", gettext_lazy("Name")),
        DateFilter("updated", gettext_lazy("Last change"), "updated_at"),
    )

    def rows(self) -> QuerySet[Company]:
        return queries_lists.companies_for_list(self.actor)

    def url(self, row: Company) -> str:
        return reverse("people:company", args=[row.pk])


@require_http_methods(["GET", "POST"])
@page("people.view")
def companies(request: HttpRequest) -> HttpResponseBase:
    return CompanyList(request).respond()


@require_GET
@page("people.view")
def company(request: HttpRequest, company_id: uuid.UUID) -> HttpResponse:
    """One company: what is known of it, and its people."""
    actor = actor_of(request)
    found = queries_lists.company_for(actor, company_id)
    members = list(queries_lists.members_of(actor, found)[: MEMBERS + 1])
    facts = [
        (name, shown(value), (found.trait_facts.get(name) or {}).get("source", ""))
        for name, value in sorted(found.traits.items())
    ]
    context = {"company": found, "members": members[:MEMBERS], "more": len(members) > MEMBERS, "facts": facts}
    return render(request, "people/company.html", context)
