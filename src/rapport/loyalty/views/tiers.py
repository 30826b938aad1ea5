"""The page of a programme's tiers."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from rapport.core.access import actor_of
from rapport.core.ui.toasts import note
from rapport.core.views.pages import exclusive, page
from rapport.loyalty.forms import TierRows, TierSettingsForm
from rapport.loyalty.models import Program
from rapport.loyalty.queries import accounts as queries
from rapport.loyalty.queries.tiers import tiers as offered
from rapport.loyalty.services import tiers


@require_http_methods(["GET", "HEAD", "POST"])
@page("loyalty.edit")
@exclusive()
def edit(request: HttpRequest, program_key: str) -> HttpResponseBase:
    """Sets the tiers: what they are reached by, and which there are."""
    actor = actor_of(request)
    shown = queries.program_for(actor, program_key)
    form = TierSettingsForm(
        request.POST or None, initial={name: getattr(shown, name) for name in tiers.SETTINGS}
    )
    rows = TierRows(request.POST or None, prefix="tiers", initial=_initial(shown))
    if request.method == "POST" and form.is_valid() and rows.is_valid():
        try:
            tiers.put_tiers(actor=actor, program=shown, settings=form.cleaned_data, ladder=_given(rows))
        except ValidationError as error:
            form.add_error(None, error.messages)
        else:
            note(request, _("Saved. Members' tiers are being worked out."))
            return redirect("loyalty:program", shown.key)
    status = 422 if request.method == "POST" else 200
    return render(
        request, "loyalty/tiers_form.html", {"form": form, "rows": rows, "program": shown}, status=status
    )


def _initial(shown: Program) -> list[dict[str, Any]]:
    return [
        {"name": tier.name, "threshold": f"{tier.threshold.normalize():f}", "benefits": tier.benefits}
        for tier in offered(shown)
    ]


def _given(rows: Any) -> list[dict[str, Any]]:
    """The rows with a name: one without is taken away."""
    return [row.cleaned_data for row in rows if row.cleaned_data.get("name")]
