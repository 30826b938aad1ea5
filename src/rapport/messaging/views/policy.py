"""Settings: the rules of sending (quiet and legal hours, caps, spacing, lateness, facts that stop marketing)."""

from __future__ import annotations

from dataclasses import fields

from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from rapport.core.access import actor_of
from rapport.core.ui.toasts import note
from rapport.core.views.pages import exclusive, page
from rapport.core.views.settings import settings_page
from rapport.governance.registry import channel_label
from rapport.messaging import queries
from rapport.messaging.forms.settings import CapForm, PolicyForm, RuleForm
from rapport.messaging.registry import GATE_FACTS
from rapport.messaging.services import policy as service
from rapport.messaging.services.policy import Limits, change_policy


@require_http_methods(["GET", "HEAD", "POST"])
@page("settings.view")
@exclusive()
def policy(request: HttpRequest) -> HttpResponseBase:
    """The one page of sending limits."""
    actor = actor_of(request)
    form = _policy_form(request)
    if request.method == "POST":
        actor.require("settings.edit")
        if form.is_valid():
            try:
                change_policy(actor=actor, limits=Limits(**form.cleaned_data))
            except ValidationError as error:
                form.add_error("quiet_until", error)
            else:
                return _saved(request)
    return _page(request, form=form)


@require_POST
@page("settings.edit")
def cap(request: HttpRequest) -> HttpResponseBase:
    """Adds a frequency cap."""
    form = CapForm(request.POST)
    if form.is_valid():
        try:
            service.add_cap(actor=actor_of(request), **form.cleaned_data)
        except ValidationError as error:
            form.add_error(None, error.messages[0])
        else:
            return _saved(request)
    return _page(request, cap_form=form)


@require_POST
@page("settings.edit")
def cap_removal(request: HttpRequest, cap_id: int) -> HttpResponseBase:
    service.remove_cap(actor=actor_of(request), cap_id=cap_id)
    return _saved(request)


@require_POST
@page("settings.edit")
def rule(request: HttpRequest) -> HttpResponseBase:
    """Adds a rule over a fact."""
    form = RuleForm(request.POST)
    if form.is_valid():
        fact, argument = form.named
        service.add_rule(
            actor=actor_of(request), fact=fact, argument=argument, at_limit=form.cleaned_data["at_limit"]
        )
        return _saved(request)
    return _page(request, rule_form=form)


@require_POST
@page("settings.edit")
def rule_removal(request: HttpRequest, rule_id: int) -> HttpResponseBase:
    service.remove_rule(actor=actor_of(request), rule_id=rule_id)
    return _saved(request)


def _saved(request: HttpRequest) -> HttpResponseBase:
    note(request, _("Saved. It applies to everything that has not been sent yet."))
    return redirect("messaging:policy")


def _policy_form(request: HttpRequest, *, posted: bool = True) -> PolicyForm:
    row = queries.sending_policy()
    initial = {field.name: getattr(row, field.name) for field in fields(Limits)}
    return PolicyForm((request.POST or None) if posted else None, initial=initial)


def _page(
    request: HttpRequest,
    *,
    form: PolicyForm | None = None,
    cap_form: CapForm | None = None,
    rule_form: RuleForm | None = None,
) -> HttpResponseBase:
    caps = [
        {"row": row, "channel": channel_label(row.channel) if row.channel else ""} for row in queries.caps()
    ]
    rules = [
        {"row": row, "words": fact.words(row.argument) if (fact := GATE_FACTS.get(row.fact)) else row.fact}
        for row in queries.blocking_rules()
    ]
    context = {
        "form": form or _policy_form(request, posted=False),
        "cap_form": cap_form or CapForm(),
        "rule_form": rule_form or RuleForm(),
        "caps": caps,
        "rules": rules,
        "may_edit": actor_of(request).may("settings.edit"),
    }
    wrong = any(shown is not None and shown.errors for shown in (form, cap_form, rule_form))
    return settings_page(request, "messaging/policy.html", context, 422 if wrong else 200)
