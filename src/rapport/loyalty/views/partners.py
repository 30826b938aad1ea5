"""The page of a programme's partners: what they gave, and the form of one."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from rapport.core.access import actor_of
from rapport.core.clock import clock_of
from rapport.core.ui.toasts import note
from rapport.core.views.pages import exclusive, page
from rapport.loyalty.partner_forms import PartnerForm
from rapport.loyalty.queries import accounts as queries
from rapport.loyalty.queries import partners as partner_queries
from rapport.loyalty.services import partners


@require_http_methods(["GET", "HEAD", "POST"])
@page("loyalty.edit")
@exclusive()
def edit(request: HttpRequest, program_key: str) -> HttpResponseBase:
    """All partners; `?partner=` opens one."""
    actor = actor_of(request)
    program = queries.program_for(actor, program_key)
    chosen = request.GET.get("partner", "")
    row = get_object_or_404(partner_queries.partners(program), key=chosen) if chosen else None
    form = PartnerForm(request.POST or None, partner=row)
    if request.method == "POST" and form.is_valid():
        try:
            partners.put_partner(actor=actor, program=program, values=form.cleaned_data, partner=row)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            note(request, _("Saved."))
            return redirect("loyalty:partners", program.key)
    figures = partner_queries.figures(program, clock_of(request).now())
    context = {"program": program, "form": form, "partner": row, "figures": figures}
    return render(request, "loyalty/partners.html", context, status=422 if form.errors else 200)
