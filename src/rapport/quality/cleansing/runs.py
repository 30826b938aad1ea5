"""Repairs over everybody: looked for in blocks, reviewed, carried out in small transactions, and taken back."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

import msgspec
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from rapport.core import sql
from rapport.core.access import Actor
from rapport.core.clock import SYSTEM, Clock
from rapport.core.permissions import Reach
from rapport.core.services import audit
from rapport.core.services.wake import wake
from rapport.people.known import PERSON
from rapport.people.services import policy as policies
from rapport.quality.cleansing import writing
from rapport.quality.cleansing.repairs import REPAIRS, changes
from rapport.quality.cleansing.slots import Context
from rapport.quality.models import StandardItem, StandardRun

LOOP = "standards"
BLOCK = 5_000
CHUNK = 500
MOST = 1_000_000
State = StandardRun.State
Row = StandardItem.State
_LIVE = "merged_into_id IS NULL AND erased_at IS NULL AND restricted_at IS NULL AND is_identified"


def context(domains: dict[str, int]) -> Context:
    """What repairs and measures need to know of the workspace."""
    ((region,),) = sql.run("SELECT coalesce((SELECT country FROM core_workspace), 'GB')")
    return Context(region or "GB", domains, policies.current(PERSON).definitions)


def domains_in_use(limit: int = 500) -> dict[str, int]:
    """How many live persons use each mail domain, for the most used ones."""
    return dict(
        sql.run(
            "SELECT split_part(email, '@', 2), count(*) FROM people_person WHERE email <> '' AND"
            " merged_into_id IS NULL AND erased_at IS NULL GROUP BY 1 HAVING count(*) > 1 ORDER BY 2 DESC, 1 LIMIT %b",
            [limit],
        )
    )


@transaction.atomic
def look(*, actor: Actor, repair: str) -> StandardRun:
    """Starts looking for what the repair would change. Raises ValidationError for an unknown or unfinished one."""
    actor.require("people.edit", Reach.ALL)
    if repair not in REPAIRS:
        raise ValidationError(_("There is no such repair."))
    sql.run("SELECT pg_advisory_xact_lock(hashtext('standards:' || %b))", [repair])
    busy = [State.LOOKING, State.APPLYING, State.UNDOING]
    if StandardRun.objects.filter(repair=repair, state__in=busy).exists():
        raise ValidationError(_("This repair is under way already; wait until it is through."))
    StandardRun.objects.filter(repair=repair, state=State.PREVIEW).update(state=State.DISCARDED)
    total = sql.run(f"SELECT count(*) FROM people_person WHERE {_LIVE}")[0][0]
    run = StandardRun.objects.create(
        repair=repair,
        total=total,
        message_id=uuid.uuid4(),
        user_id=actor.id,
        made_by=actor.label,
        domains=domains_in_use() if repair == "email-domains" else {},
    )
    _audit(actor, "repair.looked", run)
    wake(LOOP)
    return run


@transaction.atomic
def choose(*, actor: Actor, run: StandardRun, items: QuerySet[StandardItem], leave: bool) -> int:
    """Leaves rows alone (now, and in later runs while the value stays), or takes them in again; returns how many."""
    actor.require("people.edit", Reach.ALL)
    run = _locked(run, State.PREVIEW)
    was, now = (Row.PROPOSED, Row.EXCLUDED) if leave else (Row.EXCLUDED, Row.PROPOSED)
    changed = StandardItem.objects.filter(run=run, state=was, pk__in=items.values("pk")).update(state=now)
    _audit(actor, "repair.rows_left_alone" if leave else "repair.rows_taken_in", run, rows=changed)
    return changed


@transaction.atomic
def start(*, actor: Actor, run: StandardRun) -> StandardRun:
    """Carries out what is proposed. Raises ValidationError."""
    actor.require("people.edit", Reach.ALL)
    run = _locked(run, State.PREVIEW)
    count = run.items.filter(state=Row.PROPOSED).count()
    if not count:
        raise ValidationError(_("There is nothing left to change."))
    run.state, run.total, run.done, run.started_at = State.APPLYING, count, 0, SYSTEM.now()
    run.user_id, run.made_by = actor.id, actor.label
    run.save()
    _audit(actor, "repair.started", run, rows=count)
    wake(LOOP)
    return run


@transaction.atomic
def take_back(*, actor: Actor, run: StandardRun) -> StandardRun:
    """Gives everybody back the value of before, where nobody changed it since. Raises ValidationError."""
    actor.require("people.edit", Reach.ALL)
    run = _locked(run, State.DONE, State.APPLYING)
    run.state, run.done = State.UNDOING, 0
    run.total = run.items.filter(state=Row.APPLIED).count()
    run.save()
    _audit(actor, "repair.taken_back", run, rows=run.total)
    wake(LOOP)
    return run


@transaction.atomic
def discard(*, actor: Actor, run: StandardRun) -> None:
    """Throws a preview away; what was left alone stays known. Raises ValidationError."""
    actor.require("people.edit", Reach.ALL)
    run = _locked(run, State.PREVIEW, State.LOOKING)
    run.items.filter(state=Row.PROPOSED).delete()
    run.state, run.finished_at = State.DISCARDED, SYSTEM.now()
    run.save()
    _audit(actor, "repair.discarded", run)


def _locked(run: StandardRun, *states: str) -> StandardRun:
    found = StandardRun.objects.select_for_update().get(pk=run.pk)
    if found.state not in states:
        raise ValidationError(
            _("That cannot be done now: the repair is “%(state)s”.") % {"state": found.get_state_display()}
        )
    return found


def _audit(actor: Actor, action: str, run: StandardRun, **data: Any) -> None:
    audit.record(
        actor=actor,
        action=action,
        object_type="standard_run",
        object_id=run.pk,
        data={"repair": run.repair, **data},
    )


def run_once(clock: Clock = SYSTEM, block: int = BLOCK, chunk: int = CHUNK) -> int:
    """Does the next part of the oldest unfinished run; returns how many rows it looked at.

    The run's row is locked meanwhile: a worker that dies gives it back, and the next one goes on where it stood.
    """
    with transaction.atomic():
        run = (
            StandardRun.objects.select_for_update(skip_locked=True)
            .filter(state__in=[State.LOOKING, State.APPLYING, State.UNDOING])
            .order_by("pk")
            .first()
        )
        if run is None:
            return 0
        if run.state == State.LOOKING:
            return _look(run, block)
        undoing = run.state == State.UNDOING
        state = Row.APPLIED if undoing else Row.PROPOSED
        items = list(run.items.filter(state=state).order_by("pk")[:chunk])
        if items:
            (writing.undo if undoing else writing.apply)(run, items)
            run.done += len(items)
        else:
            run.state, run.finished_at = (State.UNDONE if undoing else State.DONE), clock.now()
        run.save()
        return max(1, len(items))


def _look(run: StandardRun, block: int) -> int:
    rows = sql.run(
        f"SELECT id, traits::text FROM people_person WHERE id > %b AND {_LIVE} ORDER BY id LIMIT %b",
        [run.after or uuid.UUID(int=0), block],
    )
    found = _proposals(run, rows)
    _without_exceptions(run, found)
    StandardItem.objects.bulk_create(found, batch_size=1_000)
    run.done += len(rows)
    if len(rows) < block or run.items.count() >= MOST:
        run.state = State.PREVIEW
    if rows:
        run.after = rows[-1][0]
    run.save()
    return max(1, len(rows))


def _proposals(run: StandardRun, rows: Sequence[tuple[Any, ...]]) -> list[StandardItem]:
    repair, given, decode = REPAIRS[run.repair], context(run.domains), msgspec.json.decode
    return [
        StandardItem(
            run=run,
            person_id=person,
            trait=change.trait,
            before=change.before,
            after=change.after,
            shown_before=change.shown_before[:500],
            shown_after=change.shown_after[:500],
        )
        for person, traits in rows
        for change in changes(repair, decode(traits), given)
    ]


def _without_exceptions(run: StandardRun, found: list[StandardItem]) -> None:
    """What somebody once wanted left alone is left alone while its value stays."""
    known = {
        (item.person_id, item.trait, item.shown_before)
        for item in StandardItem.objects.filter(
            person_id__in=[each.person_id for each in found], state=Row.EXCLUDED, run__repair=run.repair
        ).exclude(run=run)
    }
    for item in found:
        if (item.person_id, item.trait, item.shown_before) in known:
            item.state, item.reason = Row.EXCLUDED, str(_("left alone before"))
