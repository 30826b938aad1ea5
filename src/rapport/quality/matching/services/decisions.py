"""What is said about a pair: merge, not the same, later; and taking it back."""

from __future__ import annotations

import uuid
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from rapport.core.access import Actor
from rapport.core.clock import SYSTEM, Clock
from rapport.core.services import audit
from rapport.people import queries as people
from rapport.people.models import CompanyMerge, Merge
from rapport.people.services import company_merging, merging, unmerging
from rapport.quality.models import MatchCandidate, MatchDecision

RULE = "likeness"
Verdict = MatchDecision.Verdict


class CannotDecide(ValueError):
    """The pair cannot be decided like this; the message says why."""


@transaction.atomic
def decide(
    *,
    actor: Actor,
    candidate: MatchCandidate,
    verdict: str,
    survivor_id: uuid.UUID | None = None,
    automatic: bool = False,
    clock: Clock = SYSTEM,
) -> MatchDecision:
    """Merges the pair into `survivor_id`, keeps it apart for ever, or puts it off. Raises CannotDecide.

    A pair that was put off may be decided again; one that was merged or kept apart must be undone first.
    """
    actor.require("people.edit")
    candidate = MatchCandidate.objects.select_for_update().get(pk=candidate.pk)
    standing = candidate.decisions.filter(undone_at=None).first()
    if standing and standing.verdict != Verdict.LATER:
        raise CannotDecide(
            _("%(decided_by)s decided this pair already.") % {"decided_by": standing.decided_by}
        )
    if standing:
        _mark_undone(standing, actor, clock)
    survivor = survivor_id or candidate.one_id
    if survivor not in (candidate.one_id, candidate.other_id):
        raise CannotDecide(_("The primary record must be one of the two."))
    if automatic:
        _require_never_parted(candidate)
    merge_id = _carry_out(actor, candidate, verdict, survivor, clock)
    named = survivor if verdict == Verdict.MERGED else None
    columns = {"verdict": verdict, "automatic": automatic, "survivor_id": named, "merge_id": merge_id}
    decision = _write(candidate, clock, decided_by=actor.label[:254], **columns)
    audit.record(
        actor=actor,
        action=f"matching.{verdict}",
        object_type="match_candidate",
        object_id=candidate.pk,
        data={"one": str(candidate.one_id), "other": str(candidate.other_id), "automatic": automatic},
        clock=clock,
    )
    return decision


def _require_never_parted(candidate: MatchCandidate) -> None:
    pair = (candidate.one_id, candidate.other_id)
    if candidate.kind == "person" and people.apart_among(pair, ever=True):
        raise CannotDecide(_("These two were parted before."))


def _write(candidate: MatchCandidate, clock: Clock, **columns: Any) -> MatchDecision:
    try:
        with transaction.atomic():
            return MatchDecision.objects.create(
                candidate=candidate, probability=candidate.probability, decided_at=clock.now(), **columns
            )
    except IntegrityError as error:
        raise CannotDecide(_("Somebody decided this pair just now.")) from error


def _carry_out(
    actor: Actor, candidate: MatchCandidate, verdict: str, survivor: uuid.UUID, clock: Clock
) -> int | None:
    absorbed = candidate.other_id if survivor == candidate.one_id else candidate.one_id
    try:
        if verdict == Verdict.MERGED:
            return _merge(actor, candidate, survivor, absorbed, clock)
        if verdict == Verdict.APART and candidate.kind == "person":
            merging.keep_apart(
                actor=actor, first_id=candidate.one_id, other_id=candidate.other_id, clock=clock
            )
    except ValueError as error:
        raise CannotDecide(str(error)) from error
    return None


def _merge(
    actor: Actor, candidate: MatchCandidate, survivor: uuid.UUID, absorbed: uuid.UUID, clock: Clock
) -> int:
    """The line of the journal."""
    if candidate.kind == "company":
        return company_merging.merge_companies(
            actor=actor, survivor_id=survivor, absorbed_id=absorbed, rule=RULE, clock=clock
        ).pk
    evidence = {"probability": candidate.probability, "likeness": candidate.evidence}
    return merging.merge_people(
        actor=actor, survivor_id=survivor, absorbed_id=absorbed, rule=RULE, evidence=evidence, clock=clock
    ).pk


@transaction.atomic
def undo_decision(*, actor: Actor, decision: MatchDecision, clock: Clock = SYSTEM) -> MatchCandidate:
    """Takes a decision back; the pair is open again, and nothing keeps it apart. Raises CannotDecide."""
    actor.require("people.edit")
    decision = MatchDecision.objects.select_for_update().select_related("candidate").get(pk=decision.pk)
    candidate = decision.candidate
    if decision.undone_at:
        raise CannotDecide(_("This decision has been undone already."))
    try:
        if decision.verdict == Verdict.MERGED:
            _unmerge(actor, decision, clock)
        if candidate.kind == "person" and decision.verdict != Verdict.LATER:
            merging.allow_merging(
                actor=actor, first_id=candidate.one_id, other_id=candidate.other_id, clock=clock
            )
    except ValueError as error:
        raise CannotDecide(str(error)) from error
    _mark_undone(decision, actor, clock)
    audit.record(
        actor=actor, action="matching.decision_undone", object_type="match_candidate", object_id=candidate.pk
    )
    return candidate


def _unmerge(actor: Actor, decision: MatchDecision, clock: Clock) -> None:
    if decision.candidate.kind == "person":
        merge = Merge.objects.get(pk=decision.merge_id or 0)
        if merge.undone_at is None:
            unmerging.undo_merge(actor=actor, merge=merge, clock=clock)
        return
    line = CompanyMerge.objects.get(pk=decision.merge_id or 0)
    if line.undone_at is None:
        company_merging.undo_company_merge(actor=actor, merge=line, clock=clock)


def _mark_undone(decision: MatchDecision, actor: Actor, clock: Clock) -> None:
    decision.undone_at, decision.undone_by = clock.now(), actor.label[:254]
    decision.save(update_fields=["undone_at", "undone_by"])
