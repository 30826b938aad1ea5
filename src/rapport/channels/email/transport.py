"""The email channel: a pool of SMTP connections that one thread drives at once."""

from __future__ import annotations

import selectors
import threading
import time
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from django.conf import settings as conf
from django.utils.translation import gettext as _

from rapport.channels.email.dialling import Dialler
from rapport.channels.email.oauth import Grant, Incomplete, NoToken
from rapport.channels.email.services import tokens
from rapport.channels.email.session import Ended, Flight, Session, malformed
from rapport.channels.email.smtp import LOOPBACK, BadServer, Server
from rapport.channels.protocol import Message, Outcome, Result
from rapport.channels.registry import WrongSettings

_UNTOLD = Outcome(Result.UNCERTAIN, "", "the connection told nothing of it")
FEWER_FOR = (
    30.0  # seconds without another try, after the server took no more connections beside the open ones
)


class EmailChannel:
    """Sends over persistent SMTP connections; several threads may share it.

    A batch takes up to `capacity` of them, which leaves one for a message that comes alone: a receipt does not wait
    until a campaign's server has answered.
    """

    key = "email"

    def __init__(self, url: str, connections: int = 4, grant: Grant | None = None) -> None:
        self.server = Server.of(url)
        self._grant = grant
        self.capacity = max(1, connections - 1)
        self.fewer_until = 0.0
        self._slots: list[Session | None] = [None] * max(1, connections)
        self._connections = len(self._slots)
        self._dialling = 0
        self._is_closed = False
        self._change = threading.Condition()

    def deliver(self, messages: Sequence[Message]) -> list[Outcome]:
        """One outcome per message, in order. Blocks until all are answered."""
        if self._grant is not None:
            try:
                self.server = replace(self.server, token=tokens.token_for(self._grant))
            except NoToken as error:
                return [Outcome(Result.UNREACHABLE, "oauth", str(error))] * len(messages)
        outcomes: list[Outcome | None] = [malformed(message) for message in messages]
        waiting = [Flight(at, messages[at]) for at, outcome in enumerate(outcomes) if outcome is None]
        slots = self._borrow(len(waiting)) if waiting else []
        exchange = Exchange(self, [session for session in slots if session], len(slots), waiting)
        try:
            for flight, outcome in exchange.run():
                outcomes[flight.place] = outcome
        finally:
            self._give_back(len(slots), exchange.rest())
        if self._grant is not None and any(outcome and _is_signed_out(outcome) for outcome in outcomes):
            tokens.forget(self._grant)
        return [outcome or _UNTOLD for outcome in outcomes]

    @property
    def needs_user(self) -> bool:
        """Whether a token would be sent for nobody, or in the clear."""
        server = self.server
        is_open = server.scheme == "smtp" and server.host not in LOOPBACK
        return self._grant is not None and (not server.user or is_open)

    def close(self) -> None:
        with self._change:
            self._is_closed = True
            for session in self._slots:
                if session is not None:
                    session.close()
            self._slots = [None] * len(self._slots)

    def may_dial(self, count: int, pending: int, at_least: int) -> int:
        """How many of so many connections may be opened now, beside the batch's own `pending` ones.

        Those that are still being opened for others, or for batches that are over, take their places.
        """
        with self._change:
            allowed = max(at_least, count - (self._dialling - pending))
            self._dialling += allowed
        return allowed

    def dialled(self, late: Session | None) -> None:
        """An attempt to open a connection has ended; one that came late waits for the next batch."""
        with self._change:
            self._dialling -= 1
            if late is None:
                return
            if not self._is_closed and None in self._slots:
                self._slots[self._slots.index(None)] = late
                return
        late.close()

    def _borrow(self, count: int) -> list[Session | None]:
        """Places for up to `count` connections, those first that are open; waits while all are in use."""
        spare = 0 if count == 1 or self.capacity == self._connections else 1
        with self._change:
            while len(self._slots) <= spare:
                self._change.wait()
            self._slots.sort(key=lambda session: session is not None)
            return [self._slots.pop() for _ in range(min(count, len(self._slots) - spare))]

    def _give_back(self, places: int, sessions: Sequence[Session]) -> None:
        with self._change:
            if self._is_closed:
                for session in sessions:
                    session.close()
                sessions = ()
            self._slots += [*sessions, *[None] * (places - len(sessions))]
            self._change.notify_all()


class Exchange:
    """One batch over its connections: each takes the next message as soon as it can."""

    def __init__(
        self, channel: EmailChannel, idle: list[Session], places: int, flights: Sequence[Flight]
    ) -> None:
        self._channel = channel
        self._server = channel.server
        self._dialler = Dialler(channel.server, channel.dialled)
        self._idle = idle
        self._places = places
        self._busy: set[Session] = set()
        self._waiting = deque(flights)
        self._ended: list[tuple[Flight, Outcome]] = []

    def rest(self) -> list[Session]:
        """The connections that another batch can use; those in the middle of a message are ended."""
        for session in self._busy:
            session.lose("given up")
        self._idle += self._dialler.close()
        return [session for session in self._idle if session.is_open]

    def run(self) -> list[tuple[Flight, Outcome]]:
        with selectors.DefaultSelector() as selector:
            selector.register(self._dialler.waker, selectors.EVENT_READ)
            while self._waiting or self._busy:
                self._start(selector)
                if not (self._busy or self._dialler.pending):
                    continue
                deadline = min((session.deadline for session in self._busy), default=None)
                patience = None if deadline is None else max(0.0, deadline - time.monotonic())
                for key, _mask in selector.select(patience):
                    if key.data is None:
                        self._opened(selector)
                    else:
                        self._serve(selector, key.data)
                for session in [s for s in self._busy if s.deadline <= time.monotonic()]:
                    self._drop(selector, session, "no answer in time")
        return self._ended

    def _start(self, selector: selectors.BaseSelector) -> None:
        """Puts waiting messages on idle connections, and opens those that are missing."""
        while self._waiting and self._idle:
            session = self._idle.pop()
            if not session.is_open or self._is_spent(session):
                session.close()
                continue
            self._begin(selector, session)
        pending = self._dialler.pending
        missing = min(len(self._waiting) - pending, self._places - len(self._busy) - pending)
        at_work = bool(self._busy or pending)
        if missing > 0 and not (at_work and time.monotonic() < self._channel.fewer_until):
            self._dialler.start(self._channel.may_dial(missing, pending, at_least=0 if at_work else 1))

    def _opened(self, selector: selectors.BaseSelector) -> None:
        """Puts waiting messages on connections that were opened meanwhile; fails them when there is none at all."""
        opened, problem = self._dialler.collect()
        if problem:
            self._channel.fewer_until = time.monotonic() + FEWER_FOR
        for session in opened:
            if self._waiting:
                self._begin(selector, session)
            else:
                self._idle.append(session)
        if problem and not (self._busy or self._idle or self._dialler.pending):
            outcome = Outcome(Result.UNREACHABLE, "", problem)
            self._ended += [(flight, outcome) for flight in self._waiting]
            self._waiting.clear()

    def _begin(self, selector: selectors.BaseSelector, session: Session) -> None:
        flight = self._waiting.popleft()
        if not session.take(flight):
            self._collect([(flight, flight.refusal)])
            self._idle.append(session)
            return
        self._busy.add(session)
        selector.register(session.sock, selectors.EVENT_READ, session)
        self._after(selector, session, session.write())

    def _serve(self, selector: selectors.BaseSelector, session: Session) -> None:
        if session not in self._busy:
            return
        ended = session.read(lambda: self._draw(session))
        self._after(selector, session, ended + session.write())

    def _draw(self, session: Session) -> Flight | None:
        """The next message for a connection that can take one behind the last, unless others have nothing to do."""
        return None if not self._waiting or self._is_spent(session) else self._waiting.popleft()

    def _after(self, selector: selectors.BaseSelector, session: Session, ended: list[Ended]) -> None:
        self._collect(ended)
        if not (session.is_open and session.is_busy):
            self._busy.discard(session)
            selector.unregister(session.sock)
            if session.is_open:
                self._idle.append(session)
            return
        events = selectors.EVENT_READ | (selectors.EVENT_WRITE if session.wants_write else 0)
        key = selector.get_key(session.sock)
        if key.events != events:
            selector.modify(session.sock, events, session)

    def _drop(self, selector: selectors.BaseSelector, session: Session, words: str) -> None:
        self._busy.discard(session)
        selector.unregister(session.sock)
        self._collect(session.lose(words))

    def _collect(self, ended: Sequence[Ended]) -> None:
        for flight, outcome in ended:
            if outcome is not None:
                self._ended.append((flight, outcome))
            else:
                flight.is_second = True
                self._waiting.appendleft(flight)

    def _is_spent(self, session: Session) -> bool:
        age = time.monotonic() - session.opened_at
        return session.messages >= self._server.messages or age > self._server.age


def _is_signed_out(outcome: Outcome) -> bool:
    return outcome.result is Result.UNREACHABLE and outcome.detail.startswith("535")


def open_channel(settings: Mapping[str, Any]) -> EmailChannel:
    """The channel of `url`, over `connections` connections. Raises WrongSettings."""
    try:
        channel = EmailChannel(
            str(settings["url"]), int(settings.get("connections") or 20), Grant.of(settings)
        )
    except BadServer as error:
        raise WrongSettings(str(error), "url") from error
    except Incomplete as error:
        raise WrongSettings(str(error), error.name) from error
    if channel.needs_user:
        raise WrongSettings(_("Name the user in the address: smtp+starttls://user@host:587."), "url")
    return channel


def check(settings: Mapping[str, Any]) -> None:
    """Raises WrongSettings."""
    open_channel(settings).close()


def from_environment() -> Mapping[str, Any] | None:
    """RAPPORT_SMTP_URL, when it is set."""
    if not conf.SMTP_URL:
        return None
    return {"url": conf.SMTP_URL, "connections": conf.SMTP_CONNECTIONS}
