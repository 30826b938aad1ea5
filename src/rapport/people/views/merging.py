"""Merging by hand, and taking merges back."""

from __future__ import annotations

import uuid

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from rapport.core.access import Actor, actor_of
from rapport.core.ui.lists import BulkResult
from rapport.core.ui.toasts import note
from rapport.core.views.pages import page
from rapport.people import queries
from rapport.people.models import Merge, Person
from rapport.people.queries import lists as list_queries
from rapport.people.queries import merging as merge_queries
from rapport.people.services import merging, unmerging
from rapport.people.services.traits import denormalised

BY_HAND = "by hand"
FOUND = 20


@require_GET
@page("people.view")
def origin(request: HttpRequest, person_id: uuid.UUID) -> HttpResponse:
    """Why this is one person: what they were first known by, each merge with its evidence, and who they are not."""
    actor = actor_of(request)
    person = queries.person_for(actor, person_id)
    merges = queries.merges_of(person).exclude(rule=merging.RENAMED).select_related("absorbed")
    context = {
        "person": person,
        "first": person.identifiers.order_by("first_seen_at", "pk").first(),
        "merges": merges[:50],
        "apart": merge_queries.apart_from(actor, person),
        "may_edit": actor.may("people.edit"),
    }
    return render(request, "people/origin.html", context)


@require_GET
@page("people.edit")
def choose(request: HttpRequest, person_id: uuid.UUID) -> HttpResponse:
    """Search for whom to merge a person with."""
    actor = actor_of(request)
    person = queries.person_for(actor, person_id)
    text = request.GET.get("q", "").strip()
    people = list_queries.searched(queries.people(actor), text or person.name)
    candidates = merge_queries.candidates(people, person)[:FOUND] if text or person.name else []
    return render(
        request, "people/merge_choose.html", {"person": person, "candidates": candidates, "q": text}
    )


@require_http_methods(["GET", "HEAD", "POST"])
@page("people.edit")
def compare(request: HttpRequest, person_id: uuid.UUID, other_id: uuid.UUID) -> HttpResponseBase:
    """Two people side by side; POST merges them into the `survivor`."""
    actor = actor_of(request)
    first, other = queries.person_for(actor, person_id), queries.person_for(actor, other_id)
    if first.pk == other.pk:
        note(request, _("They are already one person."))
        return redirect("people:profile", first.pk)
    if request.method == "POST":
        return _merge(request, actor, first, other)
    context = {
        "first": merge_queries.whole(first),
        "other": merge_queries.whole(other),
        "differences": merge_queries.differences(first, other),
        "apart": queries.reasons_apart(first.pk, other.pk).first(),
        "survivor": _better_known(first, other),
    }
    return render(request, "people/merge_compare.html", context)


def _better_known(person: Person, other: Person) -> Person:
    return min(
        (person, other), key=lambda person: (not person.is_identified, person.first_seen_at, str(person.pk))
    )


def _merge(request: HttpRequest, actor: Actor, person: Person, other: Person) -> HttpResponseBase:
    survivor, absorbed = (other, person) if request.POST.get("survivor") == str(other.pk) else (person, other)
    try:
        if request.POST.get("different"):
            merging.keep_apart(
                actor=actor, first_id=person.pk, other_id=other.pk, reason=request.POST.get("reason", "")
            )
            note(
                request,
                _("Kept as two people."),
                undo_url=_lift(person, other),
            )
            return redirect("people:profile", person.pk)
        merge = merging.merge_people(
            actor=actor, survivor_id=survivor.pk, absorbed_id=absorbed.pk, rule=BY_HAND
        )
    except merging.CannotMerge as error:
        note(request, str(error), level="error")
        return redirect("people:merge_compare", person.pk, other.pk)
    note(request, _("Merged into one person."), undo_url=_undo(merge))
    return redirect("people:profile", survivor.pk)


def _undo(merge: Merge) -> str:
    return reverse("people:undo_merge", args=[merge.survivor_id, merge.pk])


def _lift(person: Person, other: Person) -> str:
    return reverse("people:allow_merging", args=[person.pk, other.pk])


def merge_two(actor: Actor, rows: object) -> BulkResult:
    """The list's bulk action: the better known of two chosen people absorbs the other."""
    chosen: list[Person] = list(rows[:3])  # type: ignore[index]
    if len(chosen) != 2:
        return BulkResult(_("Choose exactly two people to merge."))
    survivor = _better_known(*chosen)
    (absorbed,) = [person for person in chosen if person.pk != survivor.pk]
    try:
        merge = merging.merge_people(
            actor=actor, survivor_id=survivor.pk, absorbed_id=absorbed.pk, rule=BY_HAND
        )
    except merging.CannotMerge as error:
        return BulkResult(str(error))
    return BulkResult(_("Merged into %(name)s.") % {"name": survivor}, _undo(merge))


@require_http_methods(["GET", "HEAD", "POST"])
@page("people.edit")
def undo_merge(request: HttpRequest, person_id: uuid.UUID, merge_id: int) -> HttpResponseBase:
    """Shows what would go where; POST parts them."""
    actor = actor_of(request)
    person = queries.person_for(actor, person_id)
    merge = queries.merges_of(person).filter(pk=merge_id).first()
    if merge is None:
        raise Http404
    try:
        if request.method == "POST":
            sides = unmerging.undo_merge(actor=actor, merge=merge, reason=request.POST.get("reason", ""))
            note(request, _("Merge undone. They are kept as two people."))
            return redirect("people:profile", sides.root)
        previews = unmerging.preview(merge)
    except unmerging.CannotUnmerge as error:
        note(request, str(error), level="error")
        return redirect("people:profile", person.pk)
    shown = [
        (
            merge_queries.side_of(Person(pk=preview.head), preview.members, preview.identifiers),
            _named(preview),
            preview.traits,
        )
        for preview in previews
    ]
    context = {"person": person, "merge": merge, "sides": shown}
    return render(request, "people/merge_undo.html", context)


def _named(side: unmerging.Preview) -> str:
    name, email = denormalised(side.traits)
    return name or email or _("Anonymous visitor")


@require_POST
@page("people.edit")
def allow_merging(request: HttpRequest, person_id: uuid.UUID, other_id: uuid.UUID) -> HttpResponseBase:
    """Takes back that two are different people."""
    actor = actor_of(request)
    first, other = queries.person_for(actor, person_id), queries.person_for(actor, other_id)
    merging.allow_merging(actor=actor, first_id=first.pk, other_id=other.pk)
    note(request, _("Merging is allowed again."))
    return redirect("people:profile", first.pk)
