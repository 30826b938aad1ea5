"""What came of handing a message over: the try, the next one, and what it means for the endpoint."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from itertools import groupby

from django.db import transaction
from django.db.models import F, Q
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from rapport.core import jobs
from rapport.core.clock import Clock
from rapport.integrations.models import WebhookAttempt, WebhookEndpoint, WebhookMessage
from rapport.integrations.services import endpoints, journey_step

# After each failed try; a little over three days in all.
WAITS = [
    dt.timedelta(seconds=seconds)
    for seconds in (5, 60, 300, 1800, 7200, 18_000, 36_000, 36_000, 50_400, 50_400, 61_200)
]
FAILING = dt.timedelta(days=3)
LONGEST_REST = dt.timedelta(minutes=15)
# One message that a receiver cannot take makes it rest no more than others fail with it.
FAILURES_TO_REST = 3
GONE = 410
BUSY = frozenset({429, 503})
NOTED_EVERY = dt.timedelta(seconds=5)
State = WebhookMessage.State


@dataclass(frozen=True, slots=True)
class Request:
    """A message on its way: for whom it is, and what is sent."""

    message: WebhookMessage
    endpoint: WebhookEndpoint
    body: bytes
    headers: dict[str, str]


@dataclass(frozen=True, slots=True)
class Reply:
    """What a receiver answered, or why it did not; `retry_after` is the header as it came."""

    status: int | None
    text: str
    seconds: float
    retry_after: str = ""

    @property
    def is_success(self) -> bool:
        return self.status is not None and 200 <= self.status < 300

    def wait(self, now: dt.datetime) -> dt.timedelta:
        """How long the receiver asks to be left alone, in seconds or until a moment (RFC 9110); at most a day."""
        text, none = self.retry_after.strip(), dt.timedelta(0)
        try:
            pause = dt.timedelta(seconds=int(text)) if text.isdecimal() else _moment(text) - now
        except (ValueError, OverflowError):
            return none
        return min(max(pause, none), dt.timedelta(days=1))

    @property
    def words(self) -> str:
        """What could not be stored must not make it look as if nothing had been sent."""
        return self.text.replace("\x00", "")[:500]


def _moment(text: str) -> dt.datetime:
    """Raises ValueError."""
    moment = parsedate_to_datetime(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)


def record(answers: Sequence[tuple[Request, Reply]], clock: Clock) -> None:
    """Keeps the tries in the order of their answers; what succeeded in a row of one endpoint is one transaction."""
    by_endpoint: dict[uuid.UUID, list[tuple[Request, Reply]]] = {}
    for request, reply in answers:
        by_endpoint.setdefault(request.endpoint.pk, []).append((request, reply))
    for ordered in by_endpoint.values():
        for succeeded, run in groupby(ordered, key=lambda entry: entry[1].is_success):
            if succeeded:
                _succeed(list(run), clock)
            else:
                for request, reply in run:
                    _record_failure(request, reply, clock)


def _succeed(answers: Sequence[tuple[Request, Reply]], clock: Clock) -> None:
    """Settles messages, unless they were reopened or deleted meanwhile."""
    now, pks = clock.now(), [request.message.pk for request, _reply in answers]
    with transaction.atomic():
        rows = WebhookMessage.objects.select_for_update(no_key=True).filter(pk__in=pks).order_by("pk")
        there = set(rows.values_list("pk", flat=True))
        WebhookAttempt.objects.bulk_create(
            [_try(request, reply, now) for request, reply in answers if request.message.pk in there]
        )
        messages = [request.message for request, _reply in answers]
        jobs.release_all(messages, state=State.DELIVERED, settled_at=now)
        journey_step.take(
            [
                (entry.message, reply.status, reply.text)
                for entry, reply in answers
                if entry.message.pk in there
            ]
        )
    real = [(request, reply) for request, reply in answers if not request.message.is_test]
    if real:
        request, reply = real[-1]
        _note(request.endpoint, reply, clock)


def _record_failure(request: Request, reply: Reply, clock: Clock) -> None:
    """Puts the message off or gives it up, unless it was reopened or deleted meanwhile."""
    now, message = clock.now(), request.message
    try:
        with transaction.atomic():
            _keep_try(request, reply, now)
            if _fail(message, reply, now):
                journey_step.take([(message, None, "")])
    except jobs.Lost:
        with transaction.atomic():
            _keep_try(request, reply, now)
    if not message.is_test:
        _note(request.endpoint, reply, clock)


def _keep_try(request: Request, reply: Reply, now: dt.datetime) -> None:
    rows = WebhookMessage.objects.select_for_update(no_key=True).filter(pk=request.message.pk)
    if rows.values_list("pk", flat=True).first():  # neither erased nor deleted meanwhile
        _try(request, reply, now).save()


def _try(request: Request, reply: Reply, now: dt.datetime) -> WebhookAttempt:
    return WebhookAttempt(
        message=request.message, at=now, status=reply.status, milliseconds=int(reply.seconds * 1000),
        response=reply.words,
    )  # fmt: skip


def _fail(message: WebhookMessage, reply: Reply, now: dt.datetime) -> bool:
    """Whether it is given up."""
    pause = max(WAITS[min(message.attempts, len(WAITS)) - 1], reply.wait(now))
    attempts = 1 if message.is_test else len(WAITS) + 1
    return jobs.fail(
        message, _error(reply), now=now, attempts=attempts, wait=pause, state=State.FAILED, settled_at=now
    )


def _error(reply: Reply) -> str:
    if reply.status is None:
        return reply.words
    if 300 <= reply.status < 400:
        return _("HTTP %(status)d: redirects are not followed; register the address it leads to.") % {
            "status": reply.status
        }
    return f"HTTP {reply.status}"


@transaction.atomic
def _note(endpoint: WebhookEndpoint, reply: Reply, clock: Clock) -> None:
    """What one answer says about the whole endpoint."""
    now, rows = clock.now(), WebhookEndpoint.objects.filter(pk=endpoint.pk)
    if reply.is_success:
        stale = Q(last_success_at=None) | Q(last_success_at__lt=now - NOTED_EVERY)
        rows.filter(stale | Q(failures__gt=0) | Q(failing_since__isnull=False)).update(
            last_success_at=now, failures=0, failing_since=None, rests_until=None
        )
        return
    rows.update(
        failures=F("failures") + 1,
        failing_since=Coalesce(F("failing_since"), now),
        last_error_at=now,
        last_error=_error(reply)[:500],
    )
    row = rows.select_for_update().first()
    if row is None:
        return
    if rest := _rest(row, reply, now):
        rows.update(rests_until=now + rest)
    if reply.status == GONE:
        endpoints.end(row, WebhookEndpoint.Disabled.GONE, now=now, clock=clock)
    elif row.failing_since and now - row.failing_since >= FAILING:
        endpoints.end(row, WebhookEndpoint.Disabled.FAILING, now=now, clock=clock)


def _rest(row: WebhookEndpoint, reply: Reply, now: dt.datetime) -> dt.timedelta:
    """How long the endpoint is sent nothing: as it asks, or longer with each failure in a row."""
    if reply.status in BUSY and (pause := reply.wait(now)):
        return pause
    if row.failures < FAILURES_TO_REST:
        return dt.timedelta(0)
    return min(dt.timedelta(seconds=5 * 2 ** min(row.failures - FAILURES_TO_REST, 12)), LONGEST_REST)


@transaction.atomic
def stop(
    endpoint: WebhookEndpoint, claimed: Sequence[WebhookMessage], because: str, why: str, clock: Clock
) -> None:
    """Disables the endpoint; what was claimed waits on."""
    put_off(claimed, why, clock.now())
    WebhookEndpoint.objects.filter(pk=endpoint.pk).update(last_error=why[:500], last_error_at=clock.now())
    endpoints.end(endpoint, because, now=clock.now(), clock=clock)


def put_off(claimed: Sequence[WebhookMessage], why: str, now: dt.datetime) -> None:
    """Gives claimed messages back for a minute; this counts as no try."""
    for message in claimed:
        again = now + dt.timedelta(minutes=1)
        jobs.release(message, attempts=message.attempts - 1, next_attempt_at=again, last_error=why[:500])


def give_back(claimed: Sequence[WebhookMessage]) -> None:
    """Ends the leases of messages that were not tried, unless they were reopened meanwhile."""
    jobs.release_all(claimed, attempts=F("attempts") - 1)


def withhold(message: WebhookMessage, now: dt.datetime) -> None:
    """Settles a message about somebody whom the endpoint may not hear of, or who was erased."""
    why = _("Whoever set up the endpoint may not see the person, or the person was erased.")
    jobs.release(message, state=State.WITHHELD, settled_at=now, last_error=why, properties=b"{}")
