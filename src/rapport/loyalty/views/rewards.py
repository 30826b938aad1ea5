"""Pages of rewards."""

from __future__ import annotations

import uuid

from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from rapport.core.access import actor_of
from rapport.core.ui.toasts import note
from rapport.core.views.pages import exclusive, page
from rapport.loyalty.forms import RewardForm
from rapport.loyalty.models import Program, Reward
from rapport.loyalty.queries import accounts as queries
from rapport.loyalty.queries.rewards import reward_for
from rapport.loyalty.services import rewards
from rapport.loyalty.services.points import Conflict


@require_http_methods(["GET", "HEAD", "POST"])
@page("loyalty.edit")
def new(request: HttpRequest, program_key: str) -> HttpResponseBase:
    """Adds a reward."""
    return _form(request, queries.program_for(actor_of(request), program_key), None)


@require_http_methods(["GET", "HEAD", "POST"])
@page("loyalty.edit")
@exclusive()
def edit(request: HttpRequest, program_key: str, reward_id: int) -> HttpResponseBase:
    """Changes a reward."""
    actor = actor_of(request)
    shown = queries.program_for(actor, program_key)
    return _form(request, shown, reward_for(actor, shown, reward_id))


def _form(request: HttpRequest, shown: Program, reward: Reward | None) -> HttpResponseBase:
    initial = {"name": reward.name, "points": reward.points, "stock": reward.stock} if reward else {}
    form = RewardForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            rewards.put_reward(
                actor=actor_of(request), program=shown, values=form.cleaned_data, reward=reward
            )
        except ValidationError as error:
            form.add_error(None, error)
        else:
            note(request, _("Saved."))
            return redirect("loyalty:program", shown.key)
    context = {"form": form, "program": shown, "reward": reward}
    return render(request, "loyalty/reward_form.html", context, status=422 if form.errors else 200)


@require_POST
@page("loyalty.edit")
def end(request: HttpRequest, program_key: str, reward_id: int) -> HttpResponseBase:
    """Takes a reward off the list."""
    actor = actor_of(request)
    shown = queries.program_for(actor, program_key)
    rewards.archive_reward(actor=actor, reward=reward_for(actor, shown, reward_id))
    note(request, _("The reward is no longer offered."))
    return redirect("loyalty:program", shown.key)


@require_POST
@page("loyalty.points")
def redeem(request: HttpRequest, loyalty_account_id: uuid.UUID, reward_id: int) -> HttpResponseBase:
    """Spends a member's points on a reward; the form's key makes a second click the same redemption."""
    actor = actor_of(request)
    shown = queries.account_for(actor, loyalty_account_id)
    key = request.POST.get("key", "")[:64]
    if not key:
        raise Http404
    try:
        rewards.redeem(actor=actor, account_id=shown.pk, reward_id=reward_id, key=key)
        note(request, _("The reward is theirs."))
    except (ValidationError, Conflict) as error:
        words = " ".join(error.messages) if isinstance(error, ValidationError) else str(error)
        note(request, words, level="error")
    return redirect("loyalty:account", shown.pk)
