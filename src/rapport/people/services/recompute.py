"""Existing profiles judged by the rules of today, in the background, in small transactions, resumable at any row."""

from __future__ import annotations

import uuid
from typing import Any

import msgspec
from django.db import transaction

from rapport.core import jobs, sql
from rapport.core.access import Actor
from rapport.core.clock import SYSTEM, Clock
from rapport.core.jobs import RunningJob
from rapport.core.models import Job
from rapport.people.models import TraitRecompute
from rapport.people.services import companies, factlog, profile
from rapport.people.services import policy as policies
from rapport.people.services.changes import mark_changed
from rapport.people.services.traits import Claim, Claims, State, claims_of, put
from rapport.people.values.schema import PERSON
from rapport.people.values.types import InvalidValue, coerce

CHUNK = 1_000
JOB = "people.recompute"
_TABLES = {
    "person": "people_person WHERE merged_into_id IS NULL AND erased_at IS NULL",
    "company": "people_company WHERE true",
}


@transaction.atomic
def recompute(*, actor: Actor, entity: str, reason: str, clock: Clock = SYSTEM) -> TraitRecompute:
    """Starts over for this entity: an unfinished computation is stopped and replaced by the new one."""
    unfinished = TraitRecompute.objects.filter(entity=entity, job__state__in=Job.LIVE)
    for earlier in unfinished.select_related("job"):
        jobs.stop(earlier.job, clock=clock)
    total = sql.run(f"SELECT count(*) FROM {_TABLES[entity]}")[0][0]
    job = jobs.enqueue(actor=actor, kind=JOB, payload={"entity": entity}, total=total, clock=clock)
    return TraitRecompute.objects.create(entity=entity, reason=reason[:200], job=job)


@transaction.atomic
def recompute_next(job: RunningJob) -> int:
    """Judges the next rows; returns how many were looked at."""
    work = TraitRecompute.objects.select_for_update().get(job=job.row)
    rows = _next(work.entity, work.after, CHUNK)
    if rows:
        work.changed += _judge(work, rows, job)
        work.after = max(rows)
        work.save(update_fields=["changed", "after"])
        job.step(done=job.row.done + len(rows))
    return len(rows)


def _next(entity: str, after: uuid.UUID | None, chunk: int) -> dict[uuid.UUID, State]:
    rows = sql.run(
        f"SELECT id, traits::text, trait_facts::text FROM {_TABLES[entity]} AND id > %b"
        " ORDER BY id LIMIT %b FOR NO KEY UPDATE",
        [after or uuid.UUID(int=0), chunk],
    )
    decode = msgspec.json.decode
    return {id_: (decode(traits), decode(origins)) for id_, traits, origins in rows}


def _judge(work: TraitRecompute, rows: dict[uuid.UUID, State], job: RunningJob) -> int:
    policy, now = policies.current(work.entity), job.clock.now()
    origin = factlog.Origin(f"rule: {work.reason}", now, "", job.row.actor_label)
    changed: dict[uuid.UUID, State] = {}
    history: list[factlog.HistoryLine] = []
    refused: list[factlog.Refused] = []
    for subject, state in rows.items():
        after, wrong = restated(state, policy)
        refused += [factlog.Refused(subject, refusal, origin) for refusal in wrong]
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
        kept = claims.setdefault(key, {})
        for slot, claim in claims_of(name, state).items():
            typed, wrong = _typed(key, claim, policy)
            if wrong and claim.value == state[0].get(name):
                refused.append(wrong)
            if typed.beats(kept.get(slot)):
                kept[slot] = typed
    after: State = ({name: value for name, value in state[0].items() if name not in state[1]}, {})
    for key, of_key in claims.items():
        put(key, of_key, policy.priority(key), after)
    return after, refused


def _typed(key: str, claim: Claim, policy: policies.Policy) -> tuple[Claim, policies.Refusal | None]:
    definition = policy.definitions.get(key)
    if definition is None or claim.value is None:
        return claim, None
    try:
        value: Any = coerce(claim.value, definition.rule)
    except InvalidValue as error:
        return claim, policies.Refusal(key, claim.value, str(error))
    return claim._replace(value=value), None
