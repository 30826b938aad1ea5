"""Merging many pairs at once: which they are is looked at first, and exactly these are merged."""

from __future__ import annotations

from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from rapport.core.access import actor_of
from rapport.core.ui.toasts import note
from rapport.core.views.pages import page
from rapport.quality.matching import queries
from rapport.quality.matching.services import applying, decisions
from rapport.quality.matching.views import words
from rapport.quality.matching.views.review import kind_of, likelihoods

# More than so many merges are not done while somebody waits for the page.
MOST_AT_ONCE = 200
LOWEST = 0.5
PROPOSED = 0.9


@require_http_methods(["GET", "HEAD", "POST"])
@page("people.edit")
def accept(request: HttpRequest) -> HttpResponseBase:
    """The open pairs from a likelihood upward, but for those that contradict each other, which somebody looks at one
    by one; a POST merges those that were shown, each into the more complete record.
    """
    if request.method == "POST":
        return _merge(request)
    kind = kind_of(request.GET)
    lowest = max(likelihoods(request.GET, kind)[0], LOWEST) if "lowest" in request.GET else PROPOSED
    waiting = queries.waiting(actor_of(request), kind, lowest=lowest)
    shown = queries.records_of(kind, list(waiting.filter(contradicts=False)[:MOST_AT_ONCE]))
    context = {
        "kind": kind,
        "lowest": round(lowest * 100),
        "pairs": [(*row, words.likelihood(row[0])) for row in shown],
        "total": waiting.filter(contradicts=False).count(),
        "contradicting": waiting.filter(contradicts=True).count(),
    }
    return render(request, "quality/matching/accept.html", context)


def _merge(request: HttpRequest) -> HttpResponseBase:
    actor, kind = actor_of(request), kind_of(request.POST)
    shown = [int(pk) for pk in request.POST.getlist("pair") if pk.isdecimal() and len(pk) < 19][:MOST_AT_ONCE]
    merged = 0
    for pair in queries.waiting(actor, kind, lowest=LOWEST).filter(contradicts=False, pk__in=shown):
        best = applying.best_first(kind, {pair.one_id, pair.other_id})[0]
        try:
            decisions.decide(actor=actor, candidate=pair, verdict="merged", survivor_id=best)
        except decisions.CannotDecide:
            continue
        merged += 1
    text = ngettext("%(number)d pair merged.", "%(number)d pairs merged.", merged) % {"number": merged}
    if merged < len(shown):
        text += " " + _("The others had been decided or changed meanwhile.")
    note(request, text)
    return redirect(f"{reverse('quality:duplicates')}?{urlencode({'kind': kind})}")
