"""Registry of job kinds."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rapport.core.permissions import Reach
from rapport.core.registration import Registry

if TYPE_CHECKING:
    from django.utils.functional import Promise

    from rapport.core.access import Actor
    from rapport.core.jobs.services.running import RunningJob
    from rapport.core.models import Job


@dataclass(frozen=True, slots=True)
class JobKind:
    """A kind of job: what runs, for whom, and how often it is tried.

    `run(job)` does the work and may return a JSON-ready result. `permission` is required of the requester when
    it runs, with at least this `reach`, and of whoever runs somebody else's job again. `attempts` tries without
    getting further end it. `lease` is longer than the longest time between two steps. `ended(job)` is called in
    the transaction that makes a job done, failed or cancelled. `schedule(last, now)` says whether a new job is
    due, given when the last was enqueued. Kinds of one `queue` take turns; each queue has a thread of its own
    in the worker process `part`. Of a kind that `repeats`, its end enqueueing the next, only the newest success
    of a unique key is kept. `url(job)` is the page of what it is for, `subject(job)` its name; a list asks it of every
    row, so it answers from what the process keeps.
    """

    name: str
    label: str | Promise
    run: Callable[[RunningJob], dict[str, Any] | None]
    permission: str = ""
    reach: Reach = Reach.OWN
    attempts: int = 8
    first_delay: dt.timedelta = dt.timedelta(seconds=10)
    longest_delay: dt.timedelta = dt.timedelta(hours=1)
    lease: dt.timedelta = dt.timedelta(minutes=1)
    cancellable: bool = True
    ended: Callable[[Job], None] = lambda job: None
    url: Callable[[Job], str] = lambda job: ""
    subject: Callable[[Job], str] = lambda job: ""
    schedule: Callable[[dt.datetime | None, dt.datetime], bool] | None = None
    repeats: bool = False
    queue: str = ""
    idle_seconds: float = 5.0
    part: str = "worker"

    def __post_init__(self) -> None:
        object.__setattr__(self, "queue", self.queue or self.name)

    def require(self, actor: Actor) -> None:
        """Raises PermissionDenied for who may not have such work done."""
        if self.permission:
            actor.require(self.permission, self.reach)

    @property
    def loop(self) -> str:
        """The name of its worker loop, which `core.services.wake` wakes."""
        return f"jobs:{self.queue}"


JOB_KINDS: Registry[JobKind] = Registry("kind of job")


def of_queue(queue: str) -> list[JobKind]:
    """The kinds whose jobs take turns in this queue."""
    return [kind for kind in JOB_KINDS if kind.queue == queue]
