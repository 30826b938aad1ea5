"""Background work: one table of jobs, and leases on rows for work that is too fine for a job each.

**A job** is coarse work with a progress bar: an import, an export, a nightly measurement. Register its kind in
`AppConfig.ready()` and enqueue it in the transaction of what it is for::

    JOB_KINDS.register(JobKind("people.export", _("Export of people"), run=write, permission="people.export"))
    jobs.enqueue(actor=actor, kind="people.export", payload={"export": str(export.pk)})

The handler gets a `RunningJob`. It works in chunks and ends each transaction with `job.step(done=…, total=…)`, which
renews the lease and raises `Lost` or `Cancelled`, rolling that chunk back. Killed, it is called again and goes on from
what it committed. It raises `JobFailed("reason")` for what no further try will mend; anything else is tried again
with exponential back-off until `attempts` tries got no further. `Later(wait)` puts the job off without counting a try.

**Rows in great number** (due times, webhook attempts) are claimed in batches:
`claim_rows(queryset, limit=…)` locks them for the caller's transaction; for work that must not hold a transaction open,
let the model inherit `core.models.Leased` and use `claim`, `renew`, `release` and `fail`.

CONTRIBUTING.md says step by step how to add a job.
"""

from rapport.core.jobs.registry import JOB_KINDS, JobKind
from rapport.core.jobs.services.control import cancel, retry, stop
from rapport.core.jobs.services.leases import (
    Lost,
    claim,
    claim_rows,
    delay,
    fail,
    release,
    release_all,
    renew,
    reopen,
)
from rapport.core.jobs.services.queue import AlreadyQueued, enqueue, hasten
from rapport.core.jobs.services.requester import Gone, requester
from rapport.core.jobs.services.running import (
    Cancelled,
    JobFailed,
    Later,
    RunningJob,
    hand_back,
    loops,
    run_due,
    run_now,
    run_once,
)
from rapport.core.jobs.services.schedule import every, nightly

__all__ = [
    "JOB_KINDS",
    "AlreadyQueued",
    "Cancelled",
    "Gone",
    "JobFailed",
    "JobKind",
    "Later",
    "Lost",
    "RunningJob",
    "cancel",
    "claim",
    "claim_rows",
    "delay",
    "enqueue",
    "every",
    "fail",
    "hand_back",
    "hasten",
    "loops",
    "nightly",
    "release",
    "release_all",
    "renew",
    "reopen",
    "requester",
    "retry",
    "run_due",
    "run_now",
    "run_once",
    "stop",
]
