"""The page of a programme's badges."""

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
from rapport.loyalty.badge_forms import BadgeRows
from rapport.loyalty.models import Program
from rapport.loyalty.queries import accounts as queries
from rapport.loyalty.queries.badges import badges as offered
from rapport.loyalty.services import badges


@require_http_methods(["GET", "HEAD", "POST"])
@page("loyalty.edit")
@exclusive()
def edit(request: HttpRequest, program_key: str) -> HttpResponseBase:
    """Sets the badges that members can earn."""
    actor = actor_of(request)
    shown = queries.program_for(actor, program_key)
    rows: Any = BadgeRows(request.POST or None, prefix="badges", initial=_initial(shown))
    problems: list[str] = []
    if request.method == "POST" and rows.is_valid():
        given = [row.cleaned_data for row in rows if row.cleaned_data.get("name")]
        try:
            badges.put_badges(actor=actor, program=shown, offered=given)
        except ValidationError as error:
            problems = error.messages
        else:
            note(request, _("Saved. Members' badges are being worked out."))
            return redirect("loyalty:program", shown.key)
    status = 422 if request.method == "POST" else 200
    context = {"rows": rows, "problems": problems, "program": shown}
    return render(request, "loyalty/badges_form.html", context, status=status)


def _initial(shown: Program) -> list[dict[str, Any]]:
    return [
        {
            "name": badge.name,
            "measure": badge.measure,
            "period": badge.period,
            "points": badge.points or None,
            "threshold": f"{badge.threshold.normalize():f}",
        }
        for badge in offered(shown)
    ]
