"""What leaves the house and therefore waits after a restore, and the owner's decision about it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils.translation import gettext as _

from rapport.core.access import Actor
from rapport.core.clock import SYSTEM, Clock
from rapport.core.models import Incarnation
from rapport.core.registration import Registry
from rapport.core.services import audit, incarnations, journal, marks
from rapport.core.services.wake import wake

if TYPE_CHECKING:
    from django.utils.functional import Promise


@dataclass(frozen=True, slots=True)
class HeldItem:
    """Something that would go out: `done` of it went out already, `waiting` did not, and of those the journal tells
    that `already` went out since. `due` is when it was to begin."""

    id: str
    label: str
    url: str
    done: int
    waiting: int
    already: int
    due: dt.datetime
    is_past_due: bool

    @property
    def is_half_done(self) -> bool:
        return bool(self.done or self.already)


@dataclass(frozen=True, slots=True)
class HeldWork:
    """A kind of work that leaves the house, which therefore waits. `skip(actor, ids, clock)` ends items for good;
    `wakes` names the worker loop that goes on with the others."""

    name: str
    label: str | Promise
    items: Callable[[Sequence[journal.Line], dt.datetime], list[HeldItem]]
    skip: Callable[[Actor, Sequence[str], Clock], None]
    wakes: str


HELD_WORK: Registry[HeldWork] = Registry("kind of work held after a restore")


class AlreadyDecided(ValueError):
    """Nothing waits for a decision."""


def held(incarnation: Incarnation, clock: Clock, folders: Iterable[Path] = ()) -> dict[str, list[HeldItem]]:
    """What waits, by kind of work."""
    lines = list(journal.lines(incarnations.known_until(incarnation) - incarnations.MARGIN, folders))
    return {work.name: work.items(lines, clock.now()) for work in HELD_WORK}


def decide(
    *, actor: Actor, skip: Mapping[str, Sequence[str]], folders: Iterable[Path] = (), clock: Clock = SYSTEM
) -> dict[str, int]:
    """Lets sending go on with these data: reads the journal back, ends what is to be skipped, and takes over the mark.

    `skip` is {kind of work: ids}. Returns how much of each kind was read back. Raises PermissionDenied, AlreadyDecided.
    """
    actor.require(incarnations.PERMISSION)
    incarnation = incarnations.waiting()
    if incarnation is None:
        raise AlreadyDecided(_("Nothing waits for a decision."))
    counts = journal.read_back(
        actor, incarnations.known_until(incarnation) - incarnations.MARGIN, list(folders), clock
    )
    with transaction.atomic():
        incarnation = Incarnation.objects.select_for_update().get(pk=incarnation.pk)
        if not incarnation.waits:
            raise AlreadyDecided(_("Nothing waits for a decision."))
        for work in HELD_WORK:
            work.skip(actor, list(skip.get(work.name, ())), clock)
            wake(work.wakes)
        skipped = {name: len(ids) for name, ids in skip.items()}
        _settle(incarnation, actor, {"read_back": counts, "skipped": skipped}, clock)
    return counts


def _settle(incarnation: Incarnation, actor: Actor, decision: dict[str, Any], clock: Clock) -> None:
    here = marks.home()
    incarnation.decided_at, incarnation.decided_by = clock.now(), actor.label
    incarnation.silent, incarnation.decision = False, decision
    incarnation.cluster, incarnation.place = here.cluster, here.place
    incarnation.save()
    _audit(actor, "sending.resumed", incarnation, decision, clock)
    incarnations.confirm(incarnation, here, clock.now())


@transaction.atomic
def keep_silent(*, actor: Actor, clock: Clock = SYSTEM) -> None:
    """Says that these data are a copy that is to send nothing. Raises PermissionDenied, AlreadyDecided."""
    actor.require(incarnations.PERMISSION)
    incarnation = incarnations.waiting()
    if incarnation is None:
        raise AlreadyDecided(_("Nothing waits for a decision."))
    Incarnation.objects.filter(pk=incarnation.pk).update(silent=True)
    _audit(actor, "sending.kept_silent", incarnation, {}, clock)


def _audit(actor: Actor, action: str, incarnation: Incarnation, data: dict[str, Any], clock: Clock) -> None:
    audit.record(
        actor=actor,
        action=action,
        object_type="incarnation",
        object_id=incarnation.pk,
        data={"origin": incarnation.origin} | data,
        clock=clock,
    )
