"""Recognises a restored or copied state of the data, and keeps it from sending until an owner says what to do.

Every start compares the data with the marks that the running instance leaves outside of them (`marks`, `journal`), and
so does every batch of messages: the database may be restored under a running worker.
"""

from __future__ import annotations

import datetime as dt
import logging
import uuid
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from rapport.core import sql
from rapport.core.clock import SYSTEM, Clock
from rapport.core.models import AuditEntry, Incarnation
from rapport.core.registry import WORKER_LOOPS, WorkerLoop
from rapport.core.services import journal, marks
from rapport.core.services.marks import Home, Mark

log = logging.getLogger("rapport.incarnation")
LOCK = 7_302_009
PERMISSION = "sending.decide"
Origin = Incarnation.Origin
# The journal is read from so long before the last that the data know of: clocks differ.
MARGIN = dt.timedelta(hours=1)

# SQL: whether the data are still those that this process found in order, as `may_send` asks, within another statement.
AS_CONFIRMED = """EXISTS (SELECT FROM core_incarnation life WHERE life.token = %(confirmed_token)s
    AND life.decided_at IS NOT NULL AND life.id = (SELECT max(id) FROM core_incarnation)
    AND coalesce((SELECT max(id) FROM core_auditentry), 0) >= %(confirmed_audit)s)"""


@dataclass(slots=True)
class _Confirmed:
    """What this process last found in order."""

    token: uuid.UUID | None = None
    audit: int = 0


_confirmed = _Confirmed()


def latest() -> Incarnation | None:
    return Incarnation.objects.order_by("-pk").first()


def waiting() -> Incarnation | None:
    """The life of the data about which nobody has decided yet, if there is one."""
    newest = latest()
    return newest if newest and newest.waits else None


def recognise(now: dt.datetime) -> Incarnation:
    """Compares the data with the marks outside of them, and begins another life where they disagree."""
    with transaction.atomic():
        sql.run("SELECT pg_advisory_xact_lock(%b)", [LOCK])
        newest, here = latest(), marks.home()
        if newest is None:
            newest = _begin(Origin.FIRST, here, {}, now, decided_by="first start")
        elif not newest.waits:
            mark = marks.read()
            if origin := _difference(newest, here, mark):
                newest = _begin(origin, here, _about(mark), now)
            elif (newest.cluster, newest.place) != (here.cluster, here.place):
                newest.cluster, newest.place = here.cluster, here.place
                newest.save(update_fields=["cluster", "place"])
        if not newest.waits:
            confirm(newest, here, now)
    return newest


def confirm(incarnation: Incarnation, here: Home, now: dt.datetime) -> None:
    _confirmed.token, _confirmed.audit = incarnation.token, marks.newest_audit()[0]
    transaction.on_commit(lambda: marks.write(incarnation, here, now))


def _difference(newest: Incarnation, here: Home, mark: Mark | None) -> str:
    """What speaks against these data being those that ran last, or nothing."""
    if mark is None:
        if not here.is_in(newest.cluster):
            return Origin.REWOUND
        # Nothing is amiss where none could be written, or where it went while this very process ran.
        unmarked = here.is_embedded and not journal.problem() and newest.token != _confirmed.token
        return Origin.COPIED if unmarked or newest.place != here.place else ""
    same_place = mark.place == here.place or (here.is_embedded and mark.inode == here.inode)
    if not Incarnation.objects.filter(token=mark.incarnation).exists():
        return Origin.OLDER if same_place else Origin.REPLACED
    if mark.audit_at and not AuditEntry.objects.filter(pk=mark.audit, at=mark.audit_at).exists():
        return Origin.OLDER if same_place else Origin.COPIED
    if journal.contradicts(newest.token):
        return Origin.OLDER if same_place else Origin.COPIED
    if not same_place and here.is_embedded:
        return Origin.COPIED
    # A replica that was promoted has another timeline; that nothing was lost with it has just been seen.
    return "" if here.is_in(newest.cluster, at_any_moment=True) else Origin.REWOUND


def _about(mark: Mark | None) -> dict[str, Any]:
    if mark is None:
        return {}
    return {"ran_until": mark.at.isoformat(), "ran_at": mark.place, "ran_on": mark.host}


def _begin(
    origin: str, here: Home, detail: dict[str, Any], now: dt.datetime, decided_by: str = ""
) -> Incarnation:
    _audit_id, newest_at = marks.newest_audit()
    until = {"known_until": newest_at.isoformat()} if newest_at else {}
    if not decided_by:
        log.warning("sending waits for a decision: %s. See Settings, or `rapport sending`.", origin)
    return Incarnation.objects.create(
        origin=origin,
        detail=until | detail,
        cluster=here.cluster,
        place=here.place,
        began_at=now,
        decided_at=now if decided_by else None,
        decided_by=decided_by,
    )


def restored(*, backup: str, made_at: str, clock: Clock = SYSTEM) -> Incarnation:
    """Begins the life of data that were just restored from a backup."""
    return _begin(Origin.RESTORED, marks.home(), {"backup": backup, "known_until": made_at}, clock.now())


def may_send(now: dt.datetime) -> bool:
    """Whether what leaves the house may go, asked again for each batch."""
    newest = latest()
    if newest is None or not (newest.waits or _is_as_confirmed(newest)):
        newest = recognise(now)
    return not newest.waits


def _is_as_confirmed(newest: Incarnation) -> bool:
    """Whether the data are those that this process found in order, and no copy has taken over their mark."""
    mark = marks.read()
    if newest.token != _confirmed.token or (mark and mark.incarnation != newest.token):
        return False
    return marks.newest_audit()[0] >= max(_confirmed.audit, mark.audit if mark else 0)


def as_confirmed(now: dt.datetime) -> dict[str, Any]:
    """The values of `AS_CONFIRMED`. A mark that names another life is judged first, as `may_send` does: it stays where
    none can be written."""
    mark = marks.read()
    if mark is not None and mark.incarnation != _confirmed.token:
        newest = recognise(now)
        return {
            "confirmed_token": None if newest.waits else newest.token,
            "confirmed_audit": _confirmed.audit,
        }
    audit = max(_confirmed.audit, mark.audit if mark else 0)
    return {"confirmed_token": _confirmed.token, "confirmed_audit": audit}


def token() -> uuid.UUID | None:
    """The life of the data that this process last found in order."""
    return _confirmed.token


def run_once(clock: Clock = SYSTEM) -> int:
    """Keeps the mark up to date, and looks whether the data still agree with it."""
    newest = latest()
    if not (newest and newest.waits) and not _is_marked(newest):
        recognise(clock.now())
    journal.prune(clock.now())
    return 0


def _is_marked(newest: Incarnation | None) -> bool:
    """Whether the mark names just this state."""
    mark = marks.read()
    if mark is None or newest is None or not marks.home().is_in(newest.cluster):
        return False
    return (mark.incarnation, mark.audit) == (newest.token, marks.newest_audit()[0])


def known_until(incarnation: Incarnation) -> dt.datetime:
    """Up to when these data know what happened."""
    text = incarnation.detail.get("known_until")
    return dt.datetime.fromisoformat(text) if text else incarnation.began_at


def stamp() -> bytes:
    """The mark that goes into mail: this life of the data, and how far it got."""
    return (_confirmed.token.bytes[:4] if _confirmed.token else bytes(4)) + _confirmed.audit.to_bytes(
        6, "big"
    )


def met(stamped: bytes, clock: Clock = SYSTEM) -> None:
    """A link of a message came back with its mark. Mail that these data cannot have sent proves that they are older,
    or that another copy of them sends: then nothing more goes out."""
    life, position = stamped[:4], int.from_bytes(stamped[4:], "big")
    newest = latest()
    if newest is None or newest.waits or life == bytes(4):
        return
    lives = [token.bytes[:4] for token in Incarnation.objects.values_list("token", flat=True)]
    if life in lives and (life != newest.token.bytes[:4] or position <= marks.newest_audit()[0]):
        return
    if life not in lives and Incarnation.objects.filter(detail__life=life.hex()).exists():
        return  # an owner has decided about it
    with transaction.atomic():
        sql.run("SELECT pg_advisory_xact_lock(%b)", [LOCK])
        newest = latest()
        if newest is not None and not newest.waits:
            _begin(Origin.MAIL, marks.home(), _about(marks.read()) | {"life": life.hex()}, clock.now())


def register() -> None:
    """Adds the worker's loops and the permission to decide."""
    WORKER_LOOPS.register(WorkerLoop("core.incarnation", run_once, 5.0))
    WORKER_LOOPS.register(WorkerLoop(journal.LOOP, journal.run_once, 10.0))
