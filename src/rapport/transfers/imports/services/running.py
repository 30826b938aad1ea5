"""The run: chunk by chunk, each one transaction that also moves the position: a kill loses or doubles no row."""

from __future__ import annotations

import errno
import logging
import time
from collections.abc import Callable, Iterable, Iterator

from django.core.exceptions import PermissionDenied
from django.db import Error as DatabaseError
from django.db import InterfaceError, OperationalError, connection, transaction

from rapport.core.access import Actor
from rapport.core.clock import SYSTEM, Clock
from rapport.core.models import Workspace
from rapport.core.services import audit
from rapport.people import identity_types
from rapport.people.services import policy as policies
from rapport.people.services.identity import Raced
from rapport.people.values.schema import PERSON
from rapport.transfers.imports.drafts import Chunk
from rapport.transfers.imports.readers import Unreadable
from rapport.transfers.imports.services import applying, lanes, leases, parsing, planning
from rapport.transfers.imports.services.placing import Writing
from rapport.transfers.models import Import

log = logging.getLogger("rapport.imports")
State = Import.State
Progress = Callable[[Import], None]
RACES = 8


def rules_of(run: Import) -> planning.Rules:
    """How rows of this import meet people; the time is the start of the run, also after a resume."""
    mapping = run.mapping
    return planning.Rules(
        mapping["policy"],
        mapping["ambiguous"],
        run.source,
        run.token,
        run.started_at or SYSTEM.now(),
        policies.current(PERSON),
        identity_types.refresh().known,
    )


def zone() -> str:
    found = Workspace.objects.filter(pk=1).values_list("time_zone", flat=True).first()
    return found or "UTC"


def work(run: Import, progress: Progress | None = None) -> None:
    """Imports until the end of the file, or until somebody wants it to pause; the claim is the caller's.

    What goes wrong with the file or the rights ends the import in words; Lost and database errors are raised.
    """
    actor = leases.actor_of(run)
    try:
        actor.require("people.edit")
        with lanes.rare_collections():
            wanted = _import_all(run, actor, progress)
        if not wanted:
            _finish(run, actor, State.DONE)
        elif wanted == "pause":
            leases.release(run, state=State.PAUSED, wanted="", attempts=0)
        else:
            _finish(run, actor, State.CANCELLED)
    except (Unreadable, PermissionDenied, OSError) as error:
        if _passes(error):
            raise
        leases.release(run, state=State.FAILED, problem=str(error)[:2000], finished_at=SYSTEM.now())


def _import_all(run: Import, actor: Actor, progress: Progress | None) -> str:
    """Imports what is left of the file; ends early with what somebody wants instead: "pause" or "cancel"."""
    wanted: list[str] = []

    def until_stopped(chunks: Iterable[Chunk]) -> Iterator[Chunk]:
        for chunk in chunks:
            if word := Import.objects.values_list("wanted", flat=True).get(pk=run.pk):
                wanted.append(word)
                return
            yield chunk

    # What a transaction around this one holds, other connections would not see.
    several = parsing.is_large(run) and not connection.in_atomic_block
    through = lanes.abreast if several else lanes.alone
    with parsing.chunks(run, zone=zone(), skip=run.position, rules=rules_of(run)) as chunks:
        for _chunk in through(until_stopped(chunks), lambda chunk, turn: _import(run, actor, chunk, turn)):
            if progress:
                progress(run)
    return wanted[0] if wanted else ""


def _import(run: Import, actor: Actor, chunk: Chunk, turn: lanes.Turn) -> None:
    """One chunk, again from its start when somebody else linked the same identifier meanwhile."""
    turn.begin()
    for race in range(RACES):
        try:
            with transaction.atomic():
                _write(run, actor, chunk, turn)
            return
        except lanes.TooEarly:
            turn.wait()
        except Raced:
            time.sleep(0.02 * 2**race)
    raise Raced


def _write(run: Import, actor: Actor, chunk: Chunk, turn: lanes.Turn) -> None:
    rules = rules_of(run)
    rows = planning.plan(chunk, Writing(rules, turn), rules)
    more = applying.write(rows, run=run, actor=actor, rules=rules)
    planning.finish(rows)
    applying.tell(rows, rules, run)
    applying.journal(rows, run)
    turn.newcomers = all(row.made or row.outcome == "rejected" for row in rows)
    turn.wait(lanes.PATIENCE)
    counts = planning.added(run.counts, planning.counted(rows) | {"more": more})
    # The fence is looked at last: a worker that was taken for dead rolls all of this back.
    leases.renew(run, position=chunk.drafts[-1].number, counts=counts, attempts=0, problem="")


def _finish(run: Import, actor: Actor, state: str) -> None:
    with transaction.atomic():
        data = {name: value for name, value in run.counts.items() if isinstance(value, int)}
        audit.record(actor=actor, action=f"import.{state}", object_type="import", object_id=run.pk, data=data)
        rows = run.position if state == State.DONE else run.rows
        leases.release(run, state=state, wanted="", rows=rows, finished_at=SYSTEM.now())


def run_once(clock: Clock = SYSTEM) -> int:
    """The worker's loop: takes up one import that waits or was left behind."""
    from rapport.transfers.imports.services import checking, reverting

    run = leases.claim(Import, [State.RUNNING, State.CHECKING, State.REVERTING])
    if run is None:
        return 0
    if run.attempts > leases.ATTEMPTS:
        words = run.problem or "The import was started several times and never got further."
        leases.release(run, state=State.FAILED, problem=words, finished_at=clock.now())
        return 1
    does: dict[State, Callable[[Import], None]] = {
        State.RUNNING: work,
        State.CHECKING: checking.work,
        State.REVERTING: reverting.work,
    }
    guarded(run, lambda: does[State(run.state)](run))
    return 1


def guarded(run: Import, step: Callable[[], None]) -> None:
    """Runs a step; what it raises is kept in words, and another try is due when the lease has been given back."""
    try:
        step()
    except leases.Lost:
        log.warning("import %s was taken over by another worker", run.pk)
    except Exception as error:
        log.exception("import %s stopped at row %s", run.pk, run.position)
        connection.close_if_unusable_or_obsolete()
        tries = max(0, run.attempts - 1) if _passes(error) else run.attempts
        try:
            leases.release(run, problem=f"{type(error).__name__}: {error}"[:500], attempts=tries)
        except (leases.Lost, DatabaseError):
            log.warning("import %s waits for its lease to end", run.pk)
        raise


def _passes(error: Exception) -> bool:
    """Whether it says nothing about the file: a database that is away, a full disk. Such a try does not count."""
    full = isinstance(error, OSError) and error.errno == errno.ENOSPC
    return full or isinstance(error, (OperationalError, InterfaceError))
