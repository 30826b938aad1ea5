"""The liability report: what the business owes its members."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from rapport.core.access import actor_of
from rapport.core.clock import clock_of
from rapport.core.permissions import Reach
from rapport.core.views.pages import page
from rapport.loyalty.models.ledger import Book
from rapport.loyalty.queries import accounts as queries
from rapport.loyalty.queries.liability import expiring, flows
from rapport.loyalty.queries.partners import figures

HINTS = {
    Book.MEMBER: gettext_lazy("Members may spend them today."),
    Book.PENDING: gettext_lazy("Given for orders that can still be returned."),
    Book.OWED: gettext_lazy("Taken back after they had been spent; later points pay them first."),
    Book.ISSUED: gettext_lazy("Given in all, less what was taken back."),
    Book.SPENT: gettext_lazy("Spent on rewards and at tills."),
    Book.EXPIRED: gettext_lazy("Not spent in time, or forfeit."),
    Book.CORRECTED: gettext_lazy("Added or taken away by hand."),
}


@require_safe
@page("loyalty.view")
def liability(request: HttpRequest, program_key: str) -> HttpResponse:
    """The books of a programme, what is owed in money, and what expires when."""
    actor = actor_of(request)
    actor.require("loyalty.view", Reach.ALL)
    shown = queries.program_for(actor, program_key)
    sums = queries.books(shown)
    books = [(book.label, HINTS[book], sums.get(book, 0)) for book in Book]
    in_hand = sums.get(Book.MEMBER, 0) + sums.get(Book.PENDING, 0)
    context = {
        "program": shown,
        "books": books,
        "total": sum(sums.values()),
        "in_hand": in_hand,
        "owed": in_hand * shown.point_value,
        "expiring": [(month, points, points * shown.point_value) for month, points in expiring(shown)],
        "partners": figures(shown, clock_of(request).now()),
        "flows": flows(shown, clock_of(request).now()),
    }
    return render(request, "loyalty/liability.html", context)
