"""Organisations and their people."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import ClassVar

from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from rapport.core.ui.lists import Column, DateFilter, Filter, ListPage, TextFilter
from rapport.core.ui.toasts import note
from rapport.core.views.middleware import actor_of
from rapport.core.views.pages import page
from rapport.people import queries_lists
from rapport.people.facts import shown
from rapport.people.models import Company, CompanyMerge
from rapport.people.services import company_merging
from rapport.people.services.merging import CannotMerge
from rapport.people.services.parting import CannotPart

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
def company(request: HttpRequest, company_id: uuid.UUID) -> HttpResponseBase:
    """One company: what is known of it, and its people."""
    actor = actor_of(request)
    found = queries_lists.company_for(actor, company_id)
    if (now := company_merging.survivor_of(found.pk)) != found.pk:
        return redirect("people:company", now)
    members = list(queries_lists.members_of(actor, found)[: MEMBERS + 1])
    facts = [
        (name, shown(value), (found.trait_facts.get(name) or {}).get("source", ""))
        for name, value in sorted(found.traits.items())
    ]
    context = {"company": found, "members": members[:MEMBERS], "more": len(members) > MEMBERS, "facts": facts}
    context |= {
        "merges": CompanyMerge.objects.filter(survivor=found).select_related("absorbed").order_by("-pk")[:50],
        "likely": company_merging.likely_same(found),
        "may_edit": actor.may("people.edit"),
        "domains": found.domains.all(),
    }
    return render(request, "people/company.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@page("people.edit")
def merge(request: HttpRequest, company_id: uuid.UUID) -> HttpResponseBase:
    """Search for the same company under another id; POST makes `absorbed` part of this one."""
    actor = actor_of(request)
    found = queries_lists.company_for(actor, company_id)
    text = request.GET.get("q", "").strip()
    if request.method == "POST":
        try:
            other = queries_lists.company_for(actor, uuid.UUID(request.POST.get("absorbed", "")))
            line = company_merging.merge_companies(actor=actor, survivor_id=found.pk, absorbed_id=other.pk)
        except CannotMerge as error:
            note(request, str(error), level="error")
        except ValueError as error:
            raise Http404 from error
        else:
            undo = reverse("people:undo_company_merge", args=[found.pk, line.pk])
            note(request, _("They are one company now."), undo_url=undo)
        return redirect("people:company", found.pk)
    rows = queries_lists.companies_for_list(actor).exclude(pk=found.pk)
    rows = rows.filter(Q(name__icontains=text) | Q(group_id__icontains=text)) if text else rows.none()
    context = {
        "company": found,
        "q": text,
        "found": rows.order_by("name", "pk")[:20],
        "likely": company_merging.likely_same(found),
    }
    return render(request, "people/company_merge.html", context)


@require_POST
@page("people.edit")
def undo_merge(request: HttpRequest, company_id: uuid.UUID, merge_id: int) -> HttpResponseBase:
    actor = actor_of(request)
    found = queries_lists.company_for(actor, company_id)
    line = CompanyMerge.objects.filter(survivor=found, pk=merge_id).first()
    if line is None:
        raise Http404
    try:
        company_merging.undo_company_merge(actor=actor, merge=line)
    except CannotPart as error:
        note(request, str(error), level="error")
    else:
        note(request, _("These are two companies again."))
    return redirect("people:company", found.pk)
