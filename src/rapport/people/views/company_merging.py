"""Two ids of one company: finding them, merging, and taking it back."""

from __future__ import annotations

import uuid

from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from rapport.core.access import actor_of
from rapport.core.ui.toasts import note
from rapport.core.views.pages import page
from rapport.people.models import CompanyMerge
from rapport.people.queries import lists as list_queries
from rapport.people.services import company_merging
from rapport.people.services.merging import CannotMerge
from rapport.people.services.unmerging import CannotUnmerge


@require_http_methods(["GET", "HEAD", "POST"])
@page("people.edit")
def merge(request: HttpRequest, company_id: uuid.UUID) -> HttpResponseBase:
    """Search for the same company under another id; POST makes `absorbed` part of this one."""
    actor = actor_of(request)
    company = list_queries.company_for(actor, company_id)
    text = request.GET.get("q", "").strip()
    if request.method == "POST":
        try:
            other = list_queries.company_for(actor, uuid.UUID(request.POST.get("absorbed", "")))
            line = company_merging.merge_companies(actor=actor, survivor_id=company.pk, absorbed_id=other.pk)
        except CannotMerge as error:
            note(request, str(error), level="error")
        except ValueError as error:
            raise Http404 from error
        else:
            undo = reverse("people:undo_company_merge", args=[company.pk, line.pk])
            note(request, _("Merged into one company."), undo_url=undo)
        return redirect("people:company", company.pk)
    rows = list_queries.companies_for_list(actor).exclude(pk=company.pk)
    rows = list_queries.companies_searched(rows, text) if text else rows.none()
    context = {
        "company": company,
        "q": text,
        "matches": rows.order_by("name", "pk")[:20],
        "likely": company_merging.likely_same(actor, company),
    }
    return render(request, "people/company_merge.html", context)


@require_POST
@page("people.edit")
def undo_merge(request: HttpRequest, company_id: uuid.UUID, merge_id: int) -> HttpResponseBase:
    actor = actor_of(request)
    company = list_queries.company_for(actor, company_id)
    line = CompanyMerge.objects.filter(survivor=company, pk=merge_id).first()
    if line is None:
        raise Http404
    try:
        company_merging.undo_company_merge(actor=actor, merge=line)
    except CannotUnmerge as error:
        note(request, str(error), level="error")
    else:
        note(request, _("Merge undone."))
    return redirect("people:company", company.pk)
