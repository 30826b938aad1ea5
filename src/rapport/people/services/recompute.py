"""Existing profiles judged by the rules of today, in the background, in small transactions, resumable at any row."""

from __future__ import annotations

import uuid
from typing import Any

import msgspec
from django.db import transaction

from rapport.core import sql
from rapport.core.access import Actor
from rapport.core.clock import SYSTEM, Clock
from rapport.core.services.wake import wake
from rapport.people.kinds import Unfit, coerced
from rapport.people.known import PERSON
from rapport.people.models import TraitRecompute
from rapport.people.services import companies, factlog, profile
from rapport.people.services import policy as policies
from rapport.people.services.changes import mark_changed
from rapport.people.services.traits import Claim, Claims, State, claims_of, put

CHUNK = 1_000
LOOP = "trait-recompute"
_TABLES = {
    "person": "people_person WHERE merged_into_id IS NULL AND erased_at IS NULL",
    "company": "people_company WHERE true",
}


def ask(*, actor: Actor, entity: str, reason: str) -> TraitRecompute:
    """Starts over for this entity: an unfinished computation is replaced by the new one."""
    unfinished = [TraitRecompute.State.WAITING, TraitRecompute.State.RUNNING]
    TraitRecompute.objects.filter(entity=entity, state__in=unfinished).update(
        state=TraitRecompute.State.REPLACED, finished_at=SYSTEM.now()
    )
    total = sql.run(f"SELECT count(*) FROM {_TABLES[entity]}")[0][0]
    work = TraitRecompute.objects.create(
        entity=entity, reason=reason[:200], total=total, asked_by=actor.label
    )
    wake(LOOP)
    return work


def run_once(clock: Clock = SYSTEM, chunk: int = CHUNK) -> int:
    """Judges the next rows of the oldest computation; returns how many were looked at."""
    with transaction.atomic():
        states = [TraitRecompute.State.WAITING, TraitRecompute.State.RUNNING]
        work = (
            TraitRecompute.objects.select_for_update(skip_locked=True)
            .filter(state__in=states)
            .order_by("pk")
            .first()
        )
        if work is None:
            return 0
        rows = _next(work.entity, work.after, chunk)
        if rows:
            work.changed += _judge(work, rows)
            work.done += len(rows)
            work.after, work.state = max(rows), TraitRecompute.State.RUNNING
        else:
            work.state, work.finished_at = TraitRecompute.State.DONE, clock.now()
        work.save()
        return max(1, len(rows))


def _next(entity: str, after: uuid.UUID | None, chunk: int) -> dict[uuid.UUID, State]:
    found = sql.run(
        f"SELECT id, traits::text, trait_facts::text FROM {_TABLES[entity]} AND id > %b"
        " ORDER BY id LIMIT %b FOR UPDATE",
        [after or uuid.UUID(int=0), chunk],
    )
    decode = msgspec.json.decode
    return {id_: (decode(traits), decode(facts)) for id_, traits, facts in found}


def _judge(work: TraitRecompute, rows: dict[uuid.UUID, State]) -> int:
    policy, now = policies.current(work.entity), SYSTEM.now()
    origin = factlog.Origin(f"rule: {work.reason}", now, "", work.asked_by)
    changed: dict[uuid.UUID, State] = {}
    history: list[factlog.HistoryLine] = []
    refused: list[factlog.Refused] = []
    for subject, state in rows.items():
        after, wrong = restated(state, policy)
        refused += [factlog.Refused(subject, each, origin) for each in wrong]
        if after != state:
            changed[subject] = after
            names = state[0].keys() | after[0].keys()
            history += factlog.changes(work.entity, subject, state[0], after[0], names, origin)
    if work.entity == PERSON:
        profile.write_states(changed)
        mark_changed(changed)
    else:
        companies.write_states(changed)
    factlog.write_history(history, now)
    factlog.write_refusals(work.entity, refused)
    return len(changed)


def restated(state: State, policy: policies.Policy) -> tuple[State, list[policies.Refusal]]:
    """The same claims by today's names, types and priorities; what does not fit stays as it is and is told."""
    claims: dict[str, Claims] = {}
    refused: list[policies.Refusal] = []
    for name in sorted(state[1]):
        key = policy.key(name)
        held = claims.setdefault(key, {})
        for slot, claim in claims_of(name, state).items():
            typed, wrong = _typed(key, claim, policy)
            if wrong and claim.value == state[0].get(name):
                refused.append(wrong)
            if typed.beats(held.get(slot)):
                held[slot] = typed
    found: State = ({name: value for name, value in state[0].items() if name not in state[1]}, {})
    for key, each in claims.items():
        put(key, each, policy.priority(key), found)
    return found, refused


def _typed(key: str, claim: Claim, policy: policies.Policy) -> tuple[Claim, policies.Refusal | None]:
    definition = policy.definitions.get(key)
    if definition is None or claim.value is None:
        return claim, None
    try:
        value: Any = coerced(claim.value, definition.rule)
    except Unfit as error:
        return claim, policies.Refusal(key, claim.value, str(error))
    return claim._replace(value=value), None
