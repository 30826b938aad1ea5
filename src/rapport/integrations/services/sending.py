"""The worker's part in webhooks: signs what is due and hands it over, so that no receiver holds up another.

Requests run in threads that touch nothing but the network; this loop claims and records. A receiver that failed or
was slow gets one request at a time, and such receivers together at most half of the threads; for the first request
of an endpoint there is nearly always one.
"""

from __future__ import annotations

import datetime as dt
import threading
import time
import uuid
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import dataclass, field

from django.core.exceptions import PermissionDenied
from django.db.models import Exists, OuterRef, Q, QuerySet

from rapport.core import crypto, jobs
from rapport.core.clock import SYSTEM, Clock
from rapport.core.services import incarnations, outbound, standard_webhooks
from rapport.integrations.models import WebhookEndpoint, WebhookMessage
from rapport.integrations.services import endpoints, recording
from rapport.integrations.services.payloads import Renderer
from rapport.integrations.services.recording import Reply

THREADS, AT_ONCE, TROUBLED = 64, 4, 24
TIMEOUT, WHOLE, SLOW = 10.0, 20.0, 2.0
LEASE = dt.timedelta(minutes=2)
PATIENCE = 0.2
IDLE_SESSION = 60.0
JSON = {"content-type": "application/json", "user-agent": "Rapport", "accept-encoding": "identity"}
Disabled = WebhookEndpoint.Disabled
State = WebhookMessage.State


@dataclass(frozen=True, slots=True)
class Request:
    """A message on its way: for whom it is, and what is sent."""

    message: WebhookMessage
    endpoint: WebhookEndpoint
    body: bytes
    headers: dict[str, str]


@dataclass(slots=True)
class Line:
    """What this process knows of an endpoint: requests under way, open connections, and how long the last one took."""

    running: int = 0
    seconds: float = 0.0
    used_at: float = 0.0
    sessions: list[outbound.Session] = field(default_factory=list)


class Dispatcher:
    """Sends what is due, from one process."""

    def __init__(self) -> None:
        self._under_way: dict[Future[Reply], tuple[Request, outbound.Session]] = {}
        self._lines: dict[uuid.UUID, Line] = {}

    def run_once(self, clock: Clock = SYSTEM) -> int:
        """Records what was answered and sends what is due; returns how much of both there was."""
        ended = self._collect(clock, 0.0)
        begun = self._begin(clock)
        if self._under_way and not ended and not begun:
            ended = self._collect(clock, PATIENCE)
        self._hang_up()
        return ended + begun + len(self._under_way)

    def close(self) -> None:
        """Waits for what is under way, and forgets it: the leases end, and it is sent again."""
        wait(self._under_way)

    def _collect(self, clock: Clock, patience: float) -> int:
        done = wait(self._under_way, timeout=patience, return_when=FIRST_COMPLETED).done
        for future in done:
            request, session = self._under_way.pop(future)
            reply, line = future.result(), self._lines[request.endpoint.pk]
            line.running, line.seconds, line.used_at = line.running - 1, reply.seconds, time.monotonic()
            line.sessions.append(session)
            recording.record(request.message, request.endpoint, reply, clock)
        return len(done)

    def _begin(self, clock: Clock) -> int:
        now = clock.now()
        due = list(_due(now))
        if not due or not incarnations.may_send(now):
            return 0
        # Who has least under way comes first.
        due.sort(key=lambda endpoint: self._line(endpoint).running)
        return sum(self._send_due(endpoint, self._room(endpoint), clock) for endpoint in due)

    def _line(self, endpoint: WebhookEndpoint) -> Line:
        return self._lines.setdefault(endpoint.pk, Line())

    def _room(self, endpoint: WebhookEndpoint) -> int:
        """How many more requests to this endpoint may begin now."""
        line, free = self._line(endpoint), THREADS - len(self._under_way)
        if not self._is_troubled(endpoint):
            return max(0, min(AT_ONCE - line.running, free))
        others = sum(
            entry.running for pk, entry in self._lines.items() if pk != endpoint.pk and entry.seconds > SLOW
        )
        return max(0, min(1 - line.running, TROUBLED - others, free))

    def _is_troubled(self, endpoint: WebhookEndpoint) -> bool:
        return bool(endpoint.failures) or self._line(endpoint).seconds > SLOW

    def _send_due(self, endpoint: WebhookEndpoint, limit: int, clock: Clock) -> int:
        if limit < 1:
            return 0
        rows = WebhookMessage.objects.filter(endpoint=endpoint, state=State.WAITING)
        if endpoint.disabled_at is not None:
            rows = rows.filter(is_test=True)
        claimed = jobs.claim(rows, now=clock.now(), limit=limit, lease=LEASE)
        requests = prepared(endpoint, claimed, clock) if claimed else []
        for request in requests:
            line = self._line(endpoint)
            session = line.sessions.pop() if line.sessions else outbound.Session(timeout=TIMEOUT, whole=WHOLE)
            line.running += 1
            self._under_way[_begun(session, request)] = (request, session)
        return len(claimed)

    def _hang_up(self) -> None:
        """Closes connections that nobody used for a while, and forgets whom nothing was sent to since."""
        now = time.monotonic()
        idle = [
            pk for pk, line in self._lines.items() if not line.running and now - line.used_at > IDLE_SESSION
        ]
        for pk in idle:
            for session in self._lines.pop(pk).sessions:
                session.close()


def _due(now: dt.datetime) -> QuerySet[WebhookEndpoint]:
    """Endpoints for which something is due and which do not rest."""
    waiting = WebhookMessage.objects.filter(
        endpoint=OuterRef("pk"), state=State.WAITING, next_attempt_at__lte=now
    ).order_by()
    in_use = Q(disabled_at=None) & (Q(rests_until=None) | Q(rests_until__lte=now))
    return WebhookEndpoint.objects.filter(
        (in_use & Exists(waiting)) | Exists(waiting.filter(is_test=True))
    ).order_by("pk")


def prepared(endpoint: WebhookEndpoint, claimed: list[WebhookMessage], clock: Clock) -> list[Request]:
    """The requests of claimed messages, as far as the endpoint's rights go now; the others are settled."""
    now = clock.now()
    try:
        actor = jobs.requester(endpoint)
        endpoints.require(actor)
        keys = endpoints.secrets_of(endpoint, now)
    except (jobs.Gone, PermissionDenied) as error:
        recording.stop(endpoint, claimed, Disabled.RIGHTS, str(error), clock)
        return []
    except crypto.Unreadable as error:
        recording.put_off(claimed, str(error), now)
        return []
    renderer, requests = Renderer(actor, claimed), []
    for message in claimed:
        body = renderer.body(message)
        if body is None:
            recording.withhold(message, now)
            continue
        headers = JSON | standard_webhooks.headers(*keys, message_id=message.webhook_id, at=now, body=body)
        requests.append(Request(message, endpoint, body, headers))
    return requests


def _begun(session: outbound.Session, request: Request) -> Future[Reply]:
    """The request in a thread that dies with the process: a receiver that hangs must not hold up its end."""
    future: Future[Reply] = Future()
    work = threading.Thread(target=lambda: future.set_result(_post(session, request)), daemon=True)
    work.start()
    return future


def _post(session: outbound.Session, request: Request) -> Reply:
    """One request, in a thread of its own; whatever happens is an answer."""
    began = time.monotonic()
    try:
        answer = session.request("POST", request.endpoint.url, body=request.body, headers=request.headers)
    except (outbound.Refused, outbound.Unreachable) as error:
        return Reply(None, str(error), time.monotonic() - began)
    except Exception as error:  # of a library, over what a stranger answered
        session.close()
        return Reply(None, f"{type(error).__name__}: {error}", time.monotonic() - began)
    after = answer.headers.get("retry-after", "")
    return Reply(answer.status, answer.text, time.monotonic() - began, after)
