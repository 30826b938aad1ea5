"""Who belongs to a company, as what, and since when."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from rapport.core.access import Actor, actor_of
from rapport.core.clock import clock_of
from rapport.core.ui.toasts import toast
from rapport.core.views.pages import page
from rapport.people import queries
from rapport.people.forms.relations import MemberForm
from rapport.people.models import Company, CompanyMember
from rapport.people.queries import lists as list_queries
from rapport.people.services import company_edits

SHOWN = 100


@require_http_methods(["GET", "POST"])
@page("people.view")
def members(request: HttpRequest, company_id: uuid.UUID) -> HttpResponse:
    """The members' panel; POST adds one."""
    actor = actor_of(request)
    form = MemberForm(request.POST or None)
    if request.method == "POST":
        actor.require("people.edit")
        if form.is_valid():
            data = form.cleaned_data
            company = list_queries.company_for(actor, company_id)
            person = queries.person_for(actor, data["person"])
            try:
                company_edits.set_member(
                    actor=actor,
                    company_id=company.pk,
                    person_id=person.pk,
                    role=data["role"],
                    since=_moment(data["since"]),
                    until=_moment(data["until"]),
                )
            except ValidationError as error:
                form.add_error("until", error.messages)
            else:
                return toast(_panel(request, company_id, MemberForm()), _("Added."))
    return _panel(request, company_id, form)


def _moment(day: dt.date | None) -> dt.datetime | None:
    return dt.datetime.combine(day, dt.time(), dt.UTC) if day else None


def members_context(actor: Actor, company: Company) -> dict[str, Any]:
    """What the members' panel shows. One query."""
    members = list(list_queries.members_of(actor, company)[: SHOWN + 1])
    return {
        "company": company,
        "members": members[:SHOWN],
        "more": len(members) > SHOWN,
        "form": MemberForm(),
        "may_edit": actor.may("people.edit"),
    }


def _panel(request: HttpRequest, company_id: uuid.UUID, form: MemberForm) -> HttpResponse:
    actor = actor_of(request)
    company = list_queries.company_for(actor, company_id)
    context = {**members_context(actor, company), "form": form}
    return render(request, "people/members.html", context, status=422 if form.errors else 200)


@require_POST
@page("people.edit")
def change(request: HttpRequest, company_id: uuid.UUID) -> HttpResponse:
    """A member's role, their leaving or coming back, or taking them off the record."""
    actor = actor_of(request)
    company = list_queries.company_for(actor, company_id)
    person = queries.person_for(actor, request.POST.get("person", ""))
    member = CompanyMember.objects.filter(company=company, person=person).first()
    if member is None or "remove" in request.POST:
        company_edits.remove_member(actor=actor, company_id=company.pk, person_id=person.pk)
        return toast(_panel(request, company_id, MemberForm()), _("Removed."))
    until = member.until
    if "leave" in request.POST:
        until = clock_of(request).now()
    elif "return" in request.POST:
        until = None
    role = request.POST.get("role", member.role)
    company_edits.set_member(
        actor=actor, company_id=company.pk, person_id=person.pk, role=role, since=member.since, until=until
    )
    return toast(_panel(request, company_id, MemberForm()), _("Saved."))
