"""The worker's part in webhooks: signs what is due and hands it over, so that no receiver holds up another.

Requests run in threads that touch nothing but the network; this loop claims and records, both in batches. What it
claimed ahead for an endpoint follows as soon as an answer comes, without the database, for a moment only: whoever is
erased, disabled or without rights meanwhile is asked for before the next. A receiver that failed or was slow gets one
request at a time, and such receivers together at most a third of the threads; for the first request of an endpoint
there is nearly always one.
"""

from __future__ import annotations

import datetime as dt
import threading
import time
import uuid
from collections import deque
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
from rapport.integrations.services.recording import Reply, Request

THREADS, AT_ONCE, QUICK, TROUBLED = 96, 4, 16, 32
# Messages of one endpoint that are claimed at once, and for how many seconds they may go without another look.
AHEAD, FRESH = 100, 2.0
TIMEOUT, WHOLE, SLOW = 10.0, 20.0, 2.0
LEASE = dt.timedelta(minutes=2)
# For how long answers are awaited when there is nothing else to do, and gathered before they are recorded.
PATIENCE, GATHER = 0.2, 0.1
# For how long answers are awaited when the process ends.
LAST = 5.0
IDLE_SESSION = 60.0
JSON = {"content-type": "application/json", "user-agent": "Rapport", "accept-encoding": "identity"}
Disabled = WebhookEndpoint.Disabled
State = WebhookMessage.State


@dataclass(slots=True)
class Line:
    """What this process knows of an endpoint: requests under way, open connections, how long the last one took, and
    the requests that follow at once (`ahead`, claimed at `claimed_at`)."""

    running: int = 0
    seconds: float = 0.0
    used_at: float = 0.0
    troubled: bool = False
    sessions: list[outbound.Session] = field(default_factory=list)
    ahead: deque[Request] = field(default_factory=deque)
    claimed_at: float = 0.0

    def note(self, reply: Reply) -> None:
        self.running, self.seconds, self.used_at = self.running - 1, reply.seconds, time.monotonic()
        self.troubled = not reply.is_success or reply.seconds > SLOW


class Dispatcher:
    """Sends what is due, from one process."""

    def __init__(self) -> None:
        self._under_way: dict[Future[Reply], tuple[Request, outbound.Session]] = {}
        self._lines: dict[uuid.UUID, Line] = {}

    def run_once(self, clock: Clock = SYSTEM) -> int:
        """Records what was answered and sends what is due; returns how much of both there was."""
        ended = self._collect(clock, 0.0)
        self._look_again(clock)
        begun = self._begin(clock)
        if self._under_way and not ended and not begun:
            ended = self._collect(clock, PATIENCE)
        self._hang_up()
        return ended + begun + len(self._under_way)

    def close(self, clock: Clock = SYSTEM) -> None:
        """Gives back what was claimed ahead, and records what is answered within a moment; the rest is sent again."""
        recording.give_back([entry.message for line in self._lines.values() for entry in line.ahead])
        for line in self._lines.values():
            line.ahead.clear()
        wait(self._under_way, timeout=LAST)
        self._collect(clock, 0.0)

    def _collect(self, clock: Clock, patience: float) -> int:
        """Records what is answered within a moment; where there is more for the same endpoint, it follows at once."""
        answers: list[tuple[Request, Reply]] = []
        until = time.monotonic() + GATHER
        while done := wait(self._under_way, timeout=patience, return_when=FIRST_COMPLETED).done:
            for future in done:
                request, session = self._under_way.pop(future)
                reply, line = future.result(), self._lines[request.endpoint.pk]
                line.note(reply)
                line.sessions.append(session)
                answers.append((request, reply))
                self._go_on(line)
            patience = until - time.monotonic()
            if patience < 0:
                break
        recording.record(answers, clock)
        return len(answers)

    def _look_again(self, clock: Clock) -> None:
        """Gives back what may not go out without another look, and forgets what was erased or reopened meanwhile."""
        ahead = [request.message.pk for line in self._lines.values() for request in line.ahead]
        if not ahead:
            return
        rows = WebhookMessage.objects.filter(Q(endpoint__disabled_at=None) | Q(is_test=True), pk__in=ahead)
        fences, old = dict(rows.values_list("pk", "fence")), time.monotonic() - FRESH
        for line in self._lines.values():
            may_go = not line.troubled and line.claimed_at > old
            kept = [
                entry
                for entry in line.ahead
                if may_go and fences.get(entry.message.pk) == entry.message.fence
            ]
            if len(kept) < len(line.ahead):
                staying = {entry.message.pk for entry in kept}
                recording.give_back(
                    [entry.message for entry in line.ahead if entry.message.pk not in staying]
                )
                line.ahead = deque(kept)

    def _begin(self, clock: Clock) -> int:
        now = clock.now()
        due = list(_due(now))
        if not due or not incarnations.may_send(now):
            return 0
        # Who has least under way comes first.
        due.sort(key=lambda endpoint: self._line(endpoint.pk).running)
        return sum(self._send_due(endpoint, clock) for endpoint in due)

    def _line(self, endpoint_id: uuid.UUID) -> Line:
        return self._lines.setdefault(endpoint_id, Line())

    def _room(self, line: Line, failing: bool = False) -> int:
        """How many more requests to an endpoint may begin now: more to one that answers well while threads abound."""
        free = THREADS - len(self._under_way)
        if not (failing or line.troubled):
            most = QUICK if line.used_at and free > THREADS // 2 else AT_ONCE
            return max(0, min(most - line.running, free))
        others = sum(entry.running for entry in self._lines.values() if entry is not line and entry.troubled)
        return max(0, min(1 - line.running, TROUBLED - others, free))

    def _send_due(self, endpoint: WebhookEndpoint, clock: Clock) -> int:
        line, failing = self._line(endpoint.pk), bool(endpoint.failures)
        room = self._room(line, failing)
        if line.ahead or not room:
            return self._go_on(line)
        well = line.used_at and not (failing or line.troubled)
        rows = WebhookMessage.objects.filter(endpoint=endpoint, state=State.WAITING)
        if endpoint.disabled_at is not None:
            rows = rows.filter(is_test=True)
        claimed = jobs.claim(rows, now=clock.now(), limit=AHEAD if well else room, lease=LEASE)
        line.ahead.extend(prepared(endpoint, claimed, clock) if claimed else ())
        line.claimed_at = time.monotonic()
        self._go_on(line, room)
        return len(claimed)

    def _go_on(self, line: Line, room: int = 0) -> int:
        """Begins as many requests of those that wait in the line as may be; returns how many."""
        if time.monotonic() - line.claimed_at > FRESH or (line.troubled and not room):
            return 0
        number = min(room or self._room(line), len(line.ahead))
        for _number in range(number):
            request = line.ahead.popleft()
            session = line.sessions.pop() if line.sessions else outbound.Session(timeout=TIMEOUT, whole=WHOLE)
            line.running += 1
            self._under_way[_begun(session, request)] = (request, session)
        return number

    def _hang_up(self) -> None:
        """Closes connections that nobody used for a while, and forgets whom nothing was sent to since."""
        now = time.monotonic()
        idle = [
            pk
            for pk, line in self._lines.items()
            if not line.running and not line.ahead and now - line.used_at > IDLE_SESSION
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
