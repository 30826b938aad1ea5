"""What `rapport demo` does once engines, web and worker are up; each step only if it is not done yet."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Iterator

import urllib3
from django.db.models import Sum

from rapport.core import jobs
from rapport.core.clock import SYSTEM
from rapport.demo.models import DemoShop
from rapport.demo.seeding import automations, extras, load, offers, past_campaigns, seed, trials, website
from rapport.events.models import LogBatch
from rapport.segments.models import Segment
from rapport.segments.services import recompute
from rapport.transfers.models import Import

EVERY = 3.0  # seconds between two lines of progress
PATIENCE = 600.0


def run(*, url: str, limit: int | None = None) -> Iterator[str]:
    """Yields the lines to print, as they become true. `limit` loads only so many customers.

    Raises `Refused` or `Unreachable` of the capture client, and TimeoutError if the stream does not keep up.
    """
    began = time.monotonic()
    login = seed.seed_owner()
    seed.seed_shop()
    is_new = not load.is_loaded()
    if is_new:
        yield "loading a year of a real shop's orders, and the visits and mails around them"
        yield from _every(_progress(load.load(url, customers=limit)))
        yield from _every(_settling(url))
    seed.seed_workspace()
    yield from extras.seed()
    yield from _every(_computing())
    if offers.seed():
        yield f"  two promotions; {offers.WELCOME} holds in the shop"
    if count := past_campaigns.seed():
        yield f"  {count} campaigns of the year, with what they and the advertising cost"
    if trials.seed():
        yield "  an experiment with the shop's first page"
    if automations.seed():
        yield "  a journey for carts that are left behind, with some customers on it"
    if website.seed():
        yield f"  a form, a page under /p/{website.PAGE}, a pop-up and a slot in the shop, with two tests"
    if is_new:
        yield from _every(_importing())
        extras.search()
        extras.value()
    yield from farewell(url, login, time.monotonic() - began, is_new=is_new)


def _every(lines: Iterable[str], pause: float = EVERY) -> Iterator[str]:
    """Not more often than every few seconds, but always the last one."""
    reported_at = time.monotonic()
    last = ""
    for line in lines:
        last = line
        if time.monotonic() - reported_at >= pause:
            reported_at, last = time.monotonic(), ""
            yield line
    if last:
        yield last


def _progress(figures: Iterable[tuple[int, int]]) -> Iterator[str]:
    began = time.monotonic()
    for done, total in figures:
        rate = done / max(0.001, time.monotonic() - began)
        yield f"  {_bar(done, total)} {done:,} events sent ({rate:,.0f}/s)"


def _bar(done: int, total: int, width: int = 24) -> str:
    full = round(width * done / total) if total else width
    return f"[{'#' * full}{'.' * (width - full)}] {done * 100 // total if total else 100:3d} %"


def _settling(url: str) -> Iterator[str]:
    """Waits until everything accepted is in profiles, timelines and ClickHouse."""
    began = time.monotonic()
    while lag := _lag(url):
        if time.monotonic() - began > PATIENCE:
            raise TimeoutError(f"The stream is still {lag:.0f} s behind; see worker.log in the data folder.")
        waiting = LogBatch.objects.aggregate(events=Sum("events"))["events"] or 0
        yield f"  {waiting:,} events still to be worked in" if waiting else "  filling the timelines"
        time.sleep(0.25)
    yield f"  everything is in ({time.monotonic() - began:.0f} s after the last was sent)"


def _lag(url: str) -> float:
    """Seconds the stream is behind, as the server itself says; 1 when it does not say."""
    try:
        answer = urllib3.request("GET", f"{url}/readyz", timeout=10, retries=3)
        return float(json.loads(answer.data).get("stream_lag_seconds", 1))
    except (urllib3.exceptions.HTTPError, ValueError):
        return 1.0


def _computing() -> Iterator[str]:
    """Computes the new segments at once, so that no page shows an empty one, unless the worker is quicker."""
    deadline = time.monotonic() + 60
    while waiting := Segment.objects.filter(computed_at=None, archived_at=None).count():
        yield f"  {waiting} segments still to be computed"
        if not jobs.run_once(SYSTEM, recompute.KIND.name):
            time.sleep(0.25)
        if time.monotonic() > deadline:
            return  # the worker goes on with it


def _importing() -> Iterator[str]:
    """Waits until the file is imported, so that the search for duplicates has all of it."""
    deadline = time.monotonic() + 60
    while Import.objects.exclude(state=Import.State.DONE).exists() and time.monotonic() < deadline:
        yield "  importing the guest list"
        time.sleep(0.25)


def farewell(url: str, login: seed.Login, seconds: float, *, is_new: bool) -> Iterator[str]:
    """What to click first."""
    shop = DemoShop.objects.get()
    took = f" (this took {seconds:.0f} s)" if is_new else ""
    yield f"  {shop.history_events:,} events of {seed.NAME} are loaded{took}."
    yield ""
    yield f"  Sign in:    {url}/"
    yield f"              {login.email}"
    yield f"              {login.password or 'with the password you gave it'}"
    yield f"  The shop:   {url}/shop/     say yes to the question, look around, sign up with the box ticked, order"
    yield f"  People:     {url}/people/   there you are, with everything you just did"
    yield f"  Campaigns:  {url}/campaigns/   'Candles for long evenings' only waits to be sent"
    yield f"  Mailbox:    {url}/mailbox/  open the message, click a link, unsubscribe; then look at yourself again"
    yield ""
