"""One bound SMPP 3.4 session: requests that wait for their answers, and what the centre delivers on its own.

The PDUs are smpplib's; the socket is ours, because an answer that comes in two pieces, a centre that falls silent in
the middle of one, and several requests in flight must each be told apart. A request that was never written whole has
not been taken (`NotSent`); one that was, and got no answer, may have been (`NoAnswer`).
"""

from __future__ import annotations

import itertools
import logging
import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from smpplib import consts, smpp
from smpplib.exceptions import PDUError, UnknownCommandError

from rapport.core.services import outbound

log = logging.getLogger("rapport.channels")
LARGEST = 70_000
BIND_TIMEOUT = 15.0
ANSWER_TIMEOUT = 30.0
SILENCE = 30.0
REFUSED_FOR = 5.0
TEMPORARY = consts.SMPP_ESME_RX_T_APPN


class NotSent(ConnectionError):
    """There is no session, or the request did not leave whole."""


class NoAnswer(ConnectionError):
    """The request left whole, and its answer did not come."""


@dataclass(frozen=True, slots=True)
class Centre:
    """Where to bind. After `silence` quiet seconds an enquire_link is sent, and after as many more the session ends."""

    host: str
    port: int
    system_id: str
    password: str
    system_type: str = ""
    tls: bool = False
    answer_timeout: float = ANSWER_TIMEOUT
    silence: float = SILENCE


Deliver = Callable[[Any], int]
"""Keeps a deliver_sm, and returns the status to answer with."""


class Link:
    """Binds when it is first asked, and again after a session has ended."""

    def __init__(self, centre: Centre, deliver: Deliver) -> None:
        self._centre = centre
        self._deliver = deliver
        self._binding = threading.Lock()
        self._session: Session | None = None
        self._refusal = ""
        self._refused_until = 0.0

    def bind(self) -> Session:
        """The live session. Raises NotSent, for some seconds without asking a centre again that could not be bound."""
        with self._binding:
            if self._session is not None and not self._session.ended:
                return self._session
            if time.monotonic() < self._refused_until:
                raise NotSent(self._refusal)
            try:
                self._session = Session(self._centre, self._deliver)
            except NotSent as error:
                self._refusal, self._refused_until = str(error), time.monotonic() + REFUSED_FOR
                raise
            return self._session

    def ask(self, command: str, **parameters: Any) -> Any:
        """The answer to one request. Raises NotSent, NoAnswer."""
        return self.bind().ask(command, **parameters)

    def close(self) -> None:
        with self._binding:
            session, self._session = self._session, None
        if session is not None:
            session.close()


class Session:
    """Over one connection. Raises NotSent when it cannot be bound."""

    def __init__(self, centre: Centre, deliver: Deliver) -> None:
        self._centre = centre
        self._deliver = deliver
        self._numbers = itertools.count(1)
        self._waiting: dict[int, Future[Any]] = {}
        self._lock = threading.Lock()
        self._quiet = 0
        self.sequence = 0
        self.ended = False
        try:
            self._socket = _connect(centre)
        except (OSError, outbound.Refused, outbound.Unreachable) as error:
            raise NotSent(f"no connection to {centre.host}:{centre.port}: {error}") from error
        self._keeping = ThreadPoolExecutor(1, thread_name_prefix="smpp-kept")
        threading.Thread(target=self._read, daemon=True, name="smpp").start()
        self._bind()

    def next_sequence(self) -> int:
        """What smpplib asks of a client when it makes a PDU; under the lock."""
        self.sequence = next(self._numbers) & 0x7FFFFFFF or next(self._numbers)
        return self.sequence

    def ask(self, command: str, *, timeout: float = 0.0, **parameters: Any) -> Any:
        """The answer, of whatever status. Raises NotSent, NoAnswer."""
        answer: Future[Any] = Future()
        with self._lock:
            if self.ended:
                raise NotSent("the session has ended")
            request = smpp.make_pdu(command, client=self, **parameters)
            self._waiting[request.sequence] = answer
            self._write(request)
        try:
            return answer.result(timeout or self._centre.answer_timeout)
        except TimeoutError:
            self._waiting.pop(request.sequence, None)
            raise NoAnswer(f"no answer to {command} within {self._centre.answer_timeout:g} s") from None

    def close(self) -> None:
        """Unbinds and ends."""
        with suppress(ConnectionError):
            self.ask("unbind", timeout=2.0)
        self._end("closed")

    def _bind(self) -> None:
        centre = self._centre
        try:
            answer = self.ask(
                "bind_transceiver",
                timeout=BIND_TIMEOUT,
                system_id=centre.system_id,
                password=centre.password,
                system_type=centre.system_type,
            )
        except ConnectionError as error:
            self._end(str(error))
            raise NotSent(f"the centre did not answer the bind: {error}") from error
        if answer.status != consts.SMPP_ESME_ROK:
            self._end("refused")
            words = consts.DESCRIPTIONS.get(answer.status, "refused")
            raise NotSent(f"0x{answer.status:02X} the centre refused to bind: {words}")

    def _write(self, pdu: Any) -> None:
        try:
            self._socket.sendall(pdu.generate())
        except (OSError, struct.error) as error:
            self._waiting.pop(pdu.sequence, None)
            self._end(str(error))
            raise NotSent(f"the connection broke while the request was written: {error}") from error

    def _read(self) -> None:
        """The reading thread: until the connection ends, or the centre stays silent when it is asked."""
        buffer = b""
        try:
            while not self.ended:
                try:
                    piece = self._socket.recv(65536)
                except TimeoutError:
                    self._enquire()
                    continue
                if not piece:
                    break
                self._quiet = 0
                buffer = self._take(buffer + piece)
        except (OSError, ValueError, PDUError, struct.error) as error:
            log.warning("the SMPP session with %s ended: %s", self._centre.host, error)
        self._end("the connection ended")

    def _take(self, buffer: bytes) -> bytes:
        """Handles every whole PDU; returns what is left. Raises ValueError for what is none."""
        while len(buffer) >= 4:
            (length,) = struct.unpack(">L", buffer[:4])
            if not 16 <= length <= LARGEST:
                raise ValueError(f"a PDU of {length} bytes")
            if len(buffer) < length:
                break
            self._handle(buffer[:length])
            buffer = buffer[length:]
        return buffer

    def _handle(self, data: bytes) -> None:
        command, status, sequence = struct.unpack(">LLL", data[4:16])
        try:
            pdu = smpp.parse_pdu(data, client=self, allow_unknown_opt_params=True)
        except (PDUError, UnknownCommandError, struct.error, ValueError, TypeError, AttributeError) as error:
            log.warning("an SMPP PDU 0x%08X cannot be read: %s", command, error)
            if command & 0x80000000:
                self._answered(sequence, _Unreadable(status))
            else:
                self._reply("generic_nack", sequence, consts.SMPP_ESME_RINVCMDID)
            return
        if command & 0x80000000:
            self._answered(sequence, pdu)
        elif pdu.command == "enquire_link":
            self._reply("enquire_link_resp", sequence)
        elif pdu.command == "deliver_sm":
            self._keeping.submit(self._keep, pdu)
        elif pdu.command == "unbind":
            self._reply("unbind_resp", sequence)
            self._end("the centre has unbound")
        else:
            self._reply("generic_nack", sequence, consts.SMPP_ESME_RINVCMDID)

    def _keep(self, pdu: Any) -> None:
        try:
            status = self._deliver(pdu)
        except (
            Exception
        ):  # the centre keeps it and tries again; one that we cannot keep must not end the session
            log.exception("a message from the centre could not be kept")
            status = TEMPORARY
        self._reply("deliver_sm_resp", pdu.sequence, status)

    def _answered(self, sequence: int, pdu: Any) -> None:
        answer = self._waiting.pop(sequence, None)
        if answer is not None:
            answer.set_result(pdu)

    def _reply(self, command: str, sequence: int, status: int = consts.SMPP_ESME_ROK) -> None:
        with suppress(NotSent), self._lock:
            pdu = smpp.make_pdu(command, client=self)
            pdu.sequence, pdu.status = sequence, status
            self._write(pdu)

    def _enquire(self) -> None:
        """After some silence the centre is asked; after as much again it is taken for gone."""
        self._quiet += 1
        if self._quiet > 1:
            raise TimeoutError("the centre answers no enquire_link")
        with self._lock:
            self._write(smpp.make_pdu("enquire_link", client=self))

    def _end(self, why: str) -> None:
        """Nobody can know of what was written and not answered whether it was taken."""
        self.ended = True
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self._keeping.shutdown(wait=False)
        for sequence in list(self._waiting):
            if (answer := self._waiting.pop(sequence, None)) is not None:
                answer.set_exception(NoAnswer(why))


@dataclass(frozen=True, slots=True)
class _Unreadable:
    """An answer whose body is of no use; its status is."""

    status: int
    message_id: bytes = b""


def _connect(centre: Centre) -> socket.socket:
    address = str(outbound.resolved(centre.host, centre.port))
    plain = socket.create_connection((address, centre.port), timeout=BIND_TIMEOUT)
    plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    plain.settimeout(centre.silence)
    if not centre.tls:
        return plain
    return ssl.create_default_context().wrap_socket(plain, server_hostname=centre.host)
