"""Pages of the rules by which points are earned."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from rapport.core.access import actor_of
from rapport.core.clock import clock_of
from rapport.core.ui.toasts import note
from rapport.core.views.pages import exclusive, page
from rapport.loyalty.forms import RuleForm
from rapport.loyalty.models import EarnRule, Program
from rapport.loyalty.queries import accounts as queries
from rapport.loyalty.queries import dates
from rapport.loyalty.services import programs
from rapport.segments.queries.segments import names


@require_http_methods(["GET", "HEAD", "POST"])
@page("loyalty.edit")
def new(request: HttpRequest, program_key: str) -> HttpResponseBase:
    """Adds a rule."""
    shown = queries.program_for(actor_of(request), program_key)
    initial = {"kind": EarnRule.Kind.SPENT, "points": 1, "per_amount": 1, "name": _("Points for purchases")}
    return _form(request, shown, None, initial)


@require_http_methods(["GET", "HEAD", "POST"])
@page("loyalty.edit")
@exclusive()
def edit(request: HttpRequest, program_key: str, earn_rule_id: int) -> HttpResponseBase:
    """Ends a rule and has another follow it."""
    shown = queries.program_for(actor_of(request), program_key)
    rule = queries.rule_for(shown, earn_rule_id, clock_of(request).now())
    initial = {name: getattr(rule, name) for name in RuleForm.base_fields}
    for name, days in (("starts_at", 0), ("ends_at", 1)):
        moment = getattr(rule, name)
        initial[name] = moment and dates.local_day(moment, shown) - dt.timedelta(days=days)
    if rule.starts_at <= dates.beginning_of(shown.starts_on, shown.tz):
        initial["starts_at"] = None
    return _form(request, shown, rule, initial)


def _form(
    request: HttpRequest, shown: Program, rule: EarnRule | None, initial: dict[str, Any]
) -> HttpResponseBase:
    form = RuleForm(
        request.POST or None, initial=initial, segments=sorted(names().items(), key=lambda pair: pair[1])
    )
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        if values["starts_at"]:
            values["starts_at"] = dates.beginning_of(values["starts_at"], shown.tz)
        if values["ends_at"]:
            values["ends_at"] = dates.end_of(values["ends_at"], shown.tz)
        try:
            programs.put_rule(actor=actor_of(request), program=shown, values=values, replaces=rule)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            note(
                request,
                _("Saved. Points of earlier orders are being counted.") if rule is None else _("Saved."),
            )
            return redirect("loyalty:program", shown.key)
    context = {"form": form, "program": shown, "rule": rule}
    return render(request, "loyalty/rule_form.html", context, status=422 if form.errors else 200)


@require_POST
@page("loyalty.edit")
def end(request: HttpRequest, program_key: str, earn_rule_id: int) -> HttpResponseBase:
    """Ends a rule."""
    actor = actor_of(request)
    shown = queries.program_for(actor, program_key)
    rule = queries.rule_for(shown, earn_rule_id, clock_of(request).now())
    programs.end_rule(actor=actor, program=shown, rule=rule)
    note(request, _("The rule has ended. What it gave, members keep."))
    return redirect("loyalty:program", shown.key)
