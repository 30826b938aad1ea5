"""The queue of likely duplicates: one pair at a time, decided by keyboard, mouse or thumb."""

from __future__ import annotations

import uuid
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from rapport.core.access import actor_of
from rapport.core.ui import Tab
from rapport.core.ui.toasts import note
from rapport.core.views.pages import page
from rapport.quality.matching import queries
from rapport.quality.matching.services import applying, decisions, policy
from rapport.quality.matching.views import comparing, words
from rapport.quality.models import MatchCandidate, MatchKind, MatchRun
from rapport.quality.queries import runs_of


def kind_of(values: QueryDict) -> str:
    kind = values.get("kind", "person")
    return kind if kind in MatchKind.values else "person"


def tabs(kind: str, current: str, counts: dict[str, int]) -> list[Tab]:
    """The pages of the search for duplicates."""
    review = reverse("quality:duplicates")
    kinds = [
        Tab(str(label), f"{review}?kind={value}", current == "review" and kind == value, counts.get(value))
        for value, label in MatchKind.choices
    ]
    sample = f"{reverse('quality:match_sample')}?kind={kind or MatchKind.PERSON}"
    return [
        *kinds,
        Tab(_("Sample"), sample, current == "sample"),
        Tab(_("Searches"), reverse("quality:match_runs"), current == "runs"),
    ]


def likelihoods(values: QueryDict, kind: str) -> tuple[float, float]:
    """The chosen range of likelihood as shares; from the review threshold upward when nothing is chosen."""

    def number(name: str, otherwise: float) -> float:
        try:
            return min(max(float(values.get(name, "")) / 100, 0.0), 1.0)
        except ValueError:
            return otherwise

    return number("lowest", policy.policy_of(kind).review_at), number("highest", 1.0)


@require_GET
@page("people.view")
def review(request: HttpRequest) -> HttpResponse:
    """The pair at place `n` of the queue."""
    actor, kind = actor_of(request), kind_of(request.GET)
    lowest, highest = likelihoods(request.GET, kind)
    later = request.GET.get("later") == "1"
    queue = queries.waiting(actor, kind, lowest=lowest, highest=highest, later=later)
    sampled = request.GET.get("sample") == "1"
    if sampled:
        # Not in the order of likelihood, which would tell the answer.
        ids = queries.sampled_ids(queries.sample_of(kind))
        queue = queries.waiting(actor, kind, lowest=0).filter(pk__in=ids).order_by("found_at", "pk")
    total = queue.count()
    place = min(_whole(request.GET.get("n", "0")), max(total - 1, 0))
    pair = queue[place : place + 1].first() if total else None
    base = {name: request.GET[name] for name in ("later", "lowest", "sample") if request.GET.get(name)}
    base["kind"] = kind
    others = {
        value: queries.waiting(actor, value, lowest=policy.policy_of(value).review_at).count()
        for value in MatchKind.values
    }
    context: dict[str, Any] = {
        "tabs": tabs(kind, "review", others),
        "kind": kind,
        "total": total,
        "place": place,
        "number": place + 1,
        "later": later,
        "sampled": sampled,
        "later_count": queries.waiting(actor, kind, lowest=0, later=True).count(),
        "lowest": round(lowest * 100),
        "highest": round(highest * 100),
        "query": urlencode(base),
        "may_edit": actor.may("people.edit"),
        "last_run": runs_of(actor, MatchRun).filter(kind=kind).first(),
        "undoable": queries.last_decision_of(actor),
        **_pair_context(pair),
    }
    return render(request, "quality/matching/review.html", context)


def _whole(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < 9 else 0


def _pair_context(pair: MatchCandidate | None) -> dict[str, Any]:
    both_sides = queries.sides(pair) if pair else None
    if pair is None or both_sides is None:
        return {"pair": None}
    best = applying.best_first(pair.kind, {pair.one_id, pair.other_id})[0]
    return {
        "pair": pair,
        "sides": both_sides,
        "rows": comparing.rows(*both_sides),
        "bars": words.bars(pair.evidence),
        "percent": words.likelihood(pair),
        "best": best,
    }


def _back(request: HttpRequest) -> HttpResponseBase:
    """To the same place of the queue, which now holds the next pair."""
    query = QueryDict(request.POST.get("query", ""), mutable=True)
    query["n"] = str(_whole(request.POST.get("n", "0")))
    return redirect(f"{reverse('quality:duplicates')}?{query.urlencode()}")


@require_POST
@page("people.edit")
def decide(request: HttpRequest, candidate_id: int) -> HttpResponseBase:
    """Merges, keeps apart or puts off one pair."""
    actor = actor_of(request)
    pair = queries.candidate_for(actor, candidate_id)
    verdict = request.POST.get("verdict", "")
    if verdict not in queries.Verdict.values:
        return _back(request)
    try:
        survivor = uuid.UUID(request.POST.get("survivor", ""))
    except ValueError:
        survivor = pair.one_id
    try:
        decision = decisions.decide(actor=actor, candidate=pair, verdict=verdict, survivor_id=survivor)
    except decisions.CannotDecide as error:
        note(request, str(error), level="warning")
        return _back(request)
    messages = {
        "merged": _("Merged into one."),
        "apart": _("Kept apart. They will not be proposed again."),
        "later": _("Skipped. It is listed under “Skipped”."),
    }[verdict]
    note(request, messages, undo_url=reverse("quality:match_undo", args=[decision.pk]))
    return _back(request)


@require_POST
@page("people.edit")
def undo(request: HttpRequest, decision_id: int) -> HttpResponseBase:
    """Takes one decision back and shows the pair again."""
    actor = actor_of(request)
    decision = queries.decision_for(actor, decision_id)
    try:
        pair = decisions.undo_decision(actor=actor, decision=decision)
    except decisions.CannotDecide as error:
        note(request, str(error), level="warning")
        return redirect("quality:duplicates")
    note(request, _("Undone. The pair is open again."))
    lowest = policy.policy_of(pair.kind).review_at
    where: dict[str, str | int] = {"kind": pair.kind}
    if pair.probability < lowest:
        percent = int(pair.probability * 100)
        where["lowest"], lowest = percent, percent / 100
    queue = queries.waiting(actor, pair.kind, lowest=lowest)
    where["n"] = queue.filter(probability__gt=pair.probability).count()
    return redirect(f"{reverse('quality:duplicates')}?{urlencode(where)}")
