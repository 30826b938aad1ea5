"""The background jobs of commerce."""

from __future__ import annotations

import datetime as dt

from django.core.cache import cache
from django.utils.translation import gettext_lazy as _

from rapport.commerce.feeds import reverting, running, taking
from rapport.commerce.order_files import running as order_running
from rapport.commerce.order_files import taking as order_taking
from rapport.commerce.services import prices, products
from rapport.commerce.services.carts import abandonment
from rapport.commerce.services.orders import rebuild
from rapport.commerce.services.value import computing
from rapport.core.jobs import JOB_KINDS, JobKind, RunningJob, every, nightly
from rapport.core.services.wake import wake

# A worker that was away for longer tells nobody of sales that began before.
LATEST = dt.timedelta(days=1)
LOOKED = "commerce:sales-looked-at"


def begin_sales(job: RunningJob) -> dict[str, int]:
    """Every minute: the news of sales whose time has come."""
    now = job.clock.now()
    after = max(cache.get(LOOKED) or now - dt.timedelta(minutes=2), now - LATEST)
    begun = prices.begin_sales(after, now)
    cache.set(LOOKED, now, None)
    if begun:
        wake(products.LOOP)
    return {"sales": begun}


def register() -> None:
    minute = every(minutes=1)
    for kind in (
        JobKind("commerce.sales", _("Announcing sales that begin"), begin_sales, schedule=minute),
        JobKind("commerce.feeds", _("Fetching product feeds"), taking.enqueue_due, schedule=minute),
        JobKind(taking.FETCH, _("Checking for a new file of products"), taking.fetch, lease=dt.timedelta(minutes=30)),
        JobKind(
            running.JOB, _("Importing products"), running.read_file, "products.edit", attempts=20, queue="imports",
            ended=running.ended,
        ),
        JobKind(
            reverting.JOB, _("Taking imported products back"), reverting.take_back, "products.edit", attempts=20,
            queue="imports",
        ),
    ):  # fmt: skip
        JOB_KINDS.register(kind)
    JOB_KINDS.register(
        JobKind("commerce.abandoned", _("Abandoned carts"), abandonment.run, schedule=every(minutes=1))
    )
    JOB_KINDS.register(
        JobKind(
            rebuild.KIND,
            _("Rebuilding orders from events"),
            rebuild.run,
            "orders.edit",
            lease=dt.timedelta(minutes=5),
        )
    )
    _register_files()


def _register_files() -> None:
    for kind in (
        JobKind(
            order_running.JOB, _("Importing orders"), order_running.read_file, "orders.edit", attempts=20,
            queue="imports", ended=order_running.ended,
        ),
        JobKind(
            order_taking.REVERT, _("Taking imported orders back"), order_taking.take_back, "orders.edit", attempts=20,
            queue="imports",
        ),
        JobKind(
            "commerce.order-files-old", _("Deleting old files of orders"), order_taking.delete_old, schedule=nightly()
        ),
        JobKind(
            computing.KIND, _("Working out what customers are worth"), computing.run, "orders.edit",
            schedule=nightly(), lease=dt.timedelta(minutes=30),
        ),
    ):  # fmt: skip
        JOB_KINDS.register(kind)
