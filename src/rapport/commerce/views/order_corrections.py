"""Whose an order is, and which events about it count: what colleagues correct on its page."""

from __future__ import annotations

import uuid
from collections.abc import Callable

from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from rapport.commerce.queries import orders as queries
from rapport.commerce.services.orders import corrections
from rapport.core.access import actor_of
from rapport.core.ui.toasts import note
from rapport.core.views.pages import page


@require_POST
@page("orders.edit")
def reassign_order(request: HttpRequest, order_id: uuid.UUID) -> HttpResponseBase:
    """Gives the order to the customer chosen."""
    actor = actor_of(request)
    shown = queries.order_for(actor, order_id)
    chosen = request.POST.get("person", "")

    def correct() -> str:
        if not chosen:
            raise ValidationError(_("Choose whose order it is."))
        corrections.reassign(actor=actor, order=shown, person_id=chosen)
        return _("The order moves to them in a moment.")

    return _corrected(request, order_id, correct)


@require_POST
@page("orders.edit")
def leave_out(request: HttpRequest, order_id: uuid.UUID) -> HttpResponseBase:
    """Leaves out what one event said, or counts it again."""
    actor = actor_of(request)
    shown = queries.order_for(actor, order_id)
    message_id, again = request.POST.get("message_id", ""), "again" in request.POST

    def correct() -> str:
        change = corrections.count_again if again else corrections.leave_out
        change(actor=actor, order=shown, message_id=message_id)
        return _("It counts again in a moment.") if again else _("It is left out in a moment.")

    return _corrected(request, order_id, correct)


def _corrected(request: HttpRequest, order_id: uuid.UUID, correct: Callable[[], str]) -> HttpResponseBase:
    try:
        note(request, correct())
    except ValidationError as error:
        note(request, " ".join(error.messages), level="error")
    return redirect("commerce:order", order_id)
