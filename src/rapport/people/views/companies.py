"""Organisations: the list, one company's page, and changing what is known of it."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from functools import partial
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from rapport.core.access import actor_of
from rapport.core.forms.errors import add_service_errors
from rapport.core.templatetags.ui import named
from rapport.core.ui.lists import Column, DateFilter, Filter, ListPage, NumberFilter, TextFilter
from rapport.core.ui.lists.owned import OWNED_COLUMNS, OWNED_FILTERS, assign_action
from rapport.core.ui.toasts import note
from rapport.core.views.pages import exclusive, page
from rapport.people import registry
from rapport.people.forms.relations import CompanyForm
from rapport.people.models import Company, CompanyMerge
from rapport.people.queries import lists as list_queries
from rapport.people.queries import relations as relation_queries
from rapport.people.services import company_edits, company_merging
from rapport.people.values import schema
from rapport.people.values.formatting import BY_HAND
from rapport.people.views.company_members import members_context
from rapport.people.views.profile import panels
from rapport.people.views.trait_lists import list_traits, trait_column, trait_filter
from rapport.people.views.traits import Subject, traits_context


class CompanyList(ListPage):
    """Organisations that persons belong to, newest change first."""

    name = "companies"
    title = gettext_lazy("Companies")
    default_sort = "-updated"
    search_hint = gettext_lazy("Name, id or domain")
    export_permission = "people.export"
    template = "people/companies.html"
    empty_template = "people/_companies_empty.html"
    bulk = (assign_action("company", "people.edit"),)

    def __init__(self, request: HttpRequest, **kwargs: Any) -> None:
        super().__init__(request, **kwargs)
        traits = [trait for trait in list_traits(self.actor, schema.COMPANY) if trait.key != "name"]
        self.columns = [*COLUMNS, *map(trait_column, traits)]  # type: ignore[misc]
        self.filters = [*FILTERS, *map(trait_filter, traits)]  # type: ignore[misc]

    def rows(self) -> QuerySet[Company]:
        return list_queries.companies_for_list(self.actor).select_related("owner", "team", "parent")

    def search(self, rows: QuerySet[Company], text: str) -> QuerySet[Company]:
        return list_queries.companies_searched(rows, text)

    def url(self, row: Company) -> str:
        return reverse("people:company", args=[row.pk])

    def context(self) -> dict[str, Any]:
        return {"may_edit": self.actor.may("people.edit")}


FILTERS: Sequence[Filter] = (
    TextFilter("name", gettext_lazy("Name")),
    NumberFilter("people", gettext_lazy("People")),
    DateFilter("updated", gettext_lazy("Last change"), "updated_at"),
    *OWNED_FILTERS,
)
COLUMNS = (
    Column(
        "name",
        gettext_lazy("Name"),
        value=str,
        cell=partial(named, square=True),
        sort="name",
        main=True,
    ),
    Column("domains", gettext_lazy("Domains"), value=lambda row: ", ".join(row.domains)),
    Column("people", gettext_lazy("People"), num=True, sort="people"),
    Column("parent", gettext_lazy("Belongs to"), value=lambda row: str(row.parent or "")),
    Column("updated", gettext_lazy("Last change"), value="updated_at", sort="updated_at"),
    Column("group_id", gettext_lazy("Id"), sort="group_id", shown=False),
    Column("created", gettext_lazy("First seen"), value="created_at", sort="created_at", shown=False),
    *OWNED_COLUMNS,
)


@require_http_methods(["GET", "POST"])
@page("people.view")
def companies(request: HttpRequest) -> HttpResponseBase:
    return CompanyList(request).respond()


@require_GET
@page("people.view")
def company(request: HttpRequest, company_id: uuid.UUID) -> HttpResponse:
    """One company: what is known of it, its people, and what they did."""
    actor = actor_of(request)
    row = list_queries.company_for(actor, company_id)
    if (now := company_merging.survivor_of(row.pk)) != row.pk:
        return redirect("people:company", now)
    merges = CompanyMerge.objects.filter(survivor=row).select_related("absorbed").order_by("-pk")
    context = {
        "company": row,
        "merges": merges[:50],
        "likely": company_merging.likely_same(actor, row),
        "ancestors": list_queries.ancestors_of(actor, row),
        "subsidiaries": list_queries.subsidiaries_of(actor, row)[:50],
        "related": relation_queries.of_company(actor, row),
        **traits_context(actor, Subject(schema.COMPANY, row)),
        **members_context(actor, row),
        "panels": panels(actor, registry.COMPANY_PANELS, row.pk),
    }
    return render(request, "people/company.html", context)


@require_http_methods(["GET", "POST"])
@page("people.edit")
def new_company(request: HttpRequest) -> HttpResponse:
    actor = actor_of(request)
    form = CompanyForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            company = company_edits.create_company(
                actor=actor,
                name=data["name"],
                group_id=data["group_id"],
                domains=form.domain_list(),
                parent_id=data["parent"],
                source=f"{BY_HAND}{actor.label}",
            )
        except ValidationError as error:
            add_service_errors(form, error)
        else:
            note(request, _("%(name)s is in the list.") % {"name": company})
            return redirect("people:company", company.pk)
    return render(request, "people/company_form.html", {"form": form}, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
@page("people.edit")
@exclusive()
def edit_company(request: HttpRequest, company_id: uuid.UUID) -> HttpResponse:
    actor = actor_of(request)
    company = list_queries.company_for(actor, company_id)
    initial = {
        "name": company.name,
        "group_id": company.group_id,
        "domains": ", ".join(company.domains),
        "parent": company.parent_id,
    }
    form = CompanyForm(request.POST or None, initial=initial)
    form.fields["group_id"].disabled = True
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            company_edits.edit_company(
                actor=actor,
                company_id=company.pk,
                name=data["name"],
                domains=form.domain_list(),
                parent_id=data["parent"],
                source=f"{BY_HAND}{actor.label}",
            )
        except ValidationError as error:
            add_service_errors(form, error)
        else:
            note(request, _("Saved."))
            return redirect("people:company", company.pk)
    context = {"form": form, "company": company}
    return render(request, "people/company_form.html", context, status=422 if form.errors else 200)


@require_POST
@page("people.edit")
def archive(request: HttpRequest, company_id: uuid.UUID) -> HttpResponse:
    actor = actor_of(request)
    company = list_queries.company_for(actor, company_id)
    company_edits.archive_company(actor=actor, company_id=company.pk)
    undo = reverse("people:restore_company", args=[company.pk])
    note(request, _("%(name)s is archived.") % {"name": company}, undo_url=undo)
    return redirect("people:companies")


@require_POST
@page("people.edit")
def restore(request: HttpRequest, company_id: uuid.UUID) -> HttpResponse:
    actor = actor_of(request)
    company = list_queries.company_for(actor, company_id)
    company_edits.restore_company(actor=actor, company_id=company.pk)
    note(request, _("%(name)s is in the list again.") % {"name": company})
    return redirect("people:company", company.pk)
