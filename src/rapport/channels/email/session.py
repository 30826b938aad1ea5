"""One SMTP connection that never blocks and knows, at each byte, whether a message may have been taken.

MAIL, RCPT and DATA go in one write where the server offers PIPELINING (RFC 2920), and those of the next message
behind the final dot of the one before. A message's own bytes leave only after its 354. So before the last byte of
its content a lost connection means "not delivered" and the message may be offered again; from then on only the
server's answer tells, and without one nobody can know (RFC 5321 §4.2.5, RFC 1047).
"""

from __future__ import annotations

import re
import socket
import ssl
import time
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass

from rapport.channels.email.classify import classify
from rapport.channels.protocol import Message, Outcome, Result

_ADDRESS = re.compile(r"[^\s<>\x00-\x1f\x7f-\x9f\ud800-\udfff@]+@[^\s<>\x00-\x1f\x7f-\x9f\ud800-\udfff@]+")
_CODE = re.compile(rb"[2-5][0-9][0-9]")
_MAX_LINE, _MAX_LINES = 8_192, 200  # of a server's answer; longer ones are no SMTP
_WOULD_BLOCK = (BlockingIOError, InterruptedError, ssl.SSLWantReadError, ssl.SSLWantWriteError)
UNHEARD = frozenset({"RSET", "MAIL"})  # a connection lost here: the server had not heard of the recipient


@dataclass(slots=True, eq=False)
class Flight:
    """One message on its way: `place` in its batch, whether it is offered a second time, and what was answered."""

    place: int
    message: Message
    is_second: bool = False
    is_first_of_connection: bool = False
    refusal: Outcome | None = None
    content_end: int | None = None  # of the bytes written to the connection

    def refuse(self, outcome: Outcome) -> None:
        """Keeps the first refusal: the answers behind it only follow from it."""
        self.refusal = self.refusal or outcome


Ended = tuple[Flight, Outcome | None]
"""A message and what became of it; None: the server never heard of it, offer it over another connection."""


class Session:
    """The conversation over one open connection. `take` a message, `write` and `read` when the socket is ready."""

    def __init__(
        self, sock: socket.socket, features: Mapping[str, str], *, timeout: float, final: float
    ) -> None:
        sock.setblocking(False)
        self.sock = sock
        self.is_open = True
        self.opened_at = time.monotonic()
        self.deadline = self.opened_at + timeout
        self.messages = 0
        self._features = features
        self._pipelining = "pipelining" in features
        self._timeout, self._final = timeout, final
        self._commands: deque[tuple[Flight, str, bytes]] = deque()
        self._awaited: deque[tuple[Flight, str]] = deque()
        self._unsent = memoryview(b"")
        self._queued = self._written = 0
        self._rest = b""
        self._lines: list[bytes] = []
        self._needs_reset = False
        self._ended: list[Ended] = []

    @property
    def is_busy(self) -> bool:
        return bool(self._awaited or self._commands)

    @property
    def wants_write(self) -> bool:
        return bool(self._unsent)

    def take(self, flight: Flight) -> bool:
        """Begins with a message. False when this server can never take it; its refusal says why."""
        if outcome := self._unfit(flight.message):
            flight.refuse(outcome)
            return False
        flight.is_first_of_connection = self.messages == 0
        flight.content_end = None
        self.messages += 1
        if self._needs_reset:
            self._needs_reset = False
            self._commands.append((flight, "RSET", b"RSET\r\n"))
        message = flight.message
        mail = f"MAIL FROM:<{message.sender}>{self._options(message)}\r\n".encode()
        self._commands.append((flight, "MAIL", mail))
        self._commands.append((flight, "RCPT", f"RCPT TO:<{message.recipient}>\r\n".encode()))
        self._commands.append((flight, "DATA", b"DATA\r\n"))
        return True

    def read(self, draw: Callable[[], Flight | None]) -> list[Ended]:
        """Takes what the server answered; `draw` gives the next message where one can go behind this one."""
        try:
            self._receive(draw)
        except _WOULD_BLOCK:
            pass
        except OSError as error:
            self._lose(str(error) or type(error).__name__)
        return self._take_ended()

    def write(self) -> list[Ended]:
        """Hands to the system what it takes now."""
        if not self._unsent and self._commands and (self._pipelining or not self._awaited):
            self._queue_commands()
        try:
            while self._unsent and self.is_open:
                count = self.sock.send(self._unsent)
                self._unsent = self._unsent[count:]
                self._written += count
                self._progress()
        except _WOULD_BLOCK:
            pass
        except OSError as error:
            self._lose(str(error) or type(error).__name__)
        return self._take_ended()

    def lose(self, words: str) -> list[Ended]:
        """The connection is gone: says of every message on it what that means."""
        self._lose(words)
        return self._take_ended()

    def _lose(self, words: str) -> None:
        self.close()
        stages: dict[Flight, str] = {}
        for flight, stage in (*self._awaited, *((flight, stage) for flight, stage, _ in self._commands)):
            stages.setdefault(flight, stage)
        self._awaited.clear()
        self._commands.clear()
        for flight, stage in stages.items():
            self._ended.append((flight, self._lost(flight, stage, words)))

    def close(self) -> None:
        if not self.is_open:
            return
        self.is_open = False
        with suppress(OSError):
            if not self.is_busy:
                self.sock.send(b"QUIT\r\n")
        with suppress(OSError):
            self.sock.close()

    def _lost(self, flight: Flight, stage: str, words: str) -> Outcome | None:
        if flight.refusal is not None:
            return flight.refusal
        if flight.content_end is not None and self._written > flight.content_end:
            return Outcome(Result.UNCERTAIN, "", f"connection lost after the message was sent: {words}")
        if stage in UNHEARD and not flight.is_first_of_connection and not flight.is_second:
            return None
        result = Result.UNREACHABLE if stage in UNHEARD else Result.RETRY
        return Outcome(result, "", f"connection lost at {'DATA' if stage == 'DOT' else stage}: {words}")

    def _take_ended(self) -> list[Ended]:
        ended, self._ended = self._ended, []
        return ended

    def _progress(self) -> None:
        """A step was made: the next has its own time."""
        is_final = bool(self._awaited) and self._awaited[0][1] == "DOT" and not self._unsent
        self.deadline = time.monotonic() + (self._final if is_final else self._timeout)

    def _queue_commands(self) -> None:
        """All that waits, or without PIPELINING the next command."""
        count = len(self._commands) if self._pipelining else 1
        lines = []
        for _ in range(count):
            flight, stage, line = self._commands.popleft()
            self._awaited.append((flight, stage))
            lines.append(line)
        self._queue(b"".join(lines))

    def _queue(self, data: bytes) -> None:
        self._unsent = memoryview(bytes(self._unsent) + data if self._unsent else data)
        self._queued += len(data)

    def _receive(self, draw: Callable[[], Flight | None]) -> None:
        sock = self.sock
        data = sock.recv(65_536)
        while isinstance(sock, ssl.SSLSocket) and sock.pending():
            data += sock.recv(65_536)
        if not data:
            self._lose("closed by the server")
            return
        *lines, self._rest = (self._rest + data).split(b"\n")
        for line in lines:
            if not self.is_open:
                return
            self._lines.append(line.rstrip(b"\r"))
            if line[3:4] != b"-":
                self._answer(draw)
        if len(self._rest) > _MAX_LINE or len(self._lines) > _MAX_LINES:
            self._lose("the answer is too long for SMTP")
        elif not self._awaited and not self._commands and (self._rest or self._lines):
            self.close()  # more answers than questions: what comes next could not be told apart
            self._lines.clear()

    def _answer(self, draw: Callable[[], Flight | None]) -> None:
        lines, self._lines = self._lines, []
        if not _CODE.fullmatch(lines[-1][:3]) or not self._awaited:
            self._lose("the server answers something that is no SMTP")
            return
        code, text = int(lines[-1][:3]), b"\n".join(line[4:] for line in lines)
        flight, stage = self._awaited.popleft()
        self._progress()
        if stage == "DATA":
            self._data(flight, code, text, draw)
        elif code // 100 != 2:
            self._refuse(flight, stage, code, text)
        elif stage == "DOT":
            answer = text.decode("utf-8", "replace")
            self._ended.append((flight, Outcome(Result.ACCEPTED, str(code), answer[:500], answer[:254])))

    def _data(self, flight: Flight, code: int, text: bytes, draw: Callable[[], Flight | None]) -> None:
        if flight.refusal is not None:
            self._ended.append((flight, flight.refusal))
            if code == 354:  # it would take the message of a sender or for a recipient that it refused
                self._lose("the server asked for a message that it had refused")
            return
        if code != 354:
            self._refuse(flight, "DATA", code, text)
            return
        payload = flight.message.payload
        if b"\r\n." in payload or payload.startswith(b"."):
            payload = (b"\r\n" + payload).replace(b"\r\n.", b"\r\n..")[2:]
        dot = b".\r\n" if payload.endswith(b"\r\n") else b"\r\n.\r\n"
        flight.content_end = self._queued + len(payload)
        self._queue(payload + dot)
        self._awaited.append((flight, "DOT"))
        if self._pipelining and (following := draw()) is not None:
            if self.take(following):
                self._queue_commands()
            elif following.refusal is not None:
                self._ended.append((following, following.refusal))

    def _refuse(self, flight: Flight, stage: str, code: int, text: bytes) -> None:
        """A negative answer; the connection goes on unless the server ends it or is not understood."""
        if code == 421 and stage in UNHEARD and not flight.is_first_of_connection and not flight.is_second:
            self._awaited.appendleft((flight, stage))
            self._lose("421 " + text.decode("utf-8", "replace"))
            return
        if code < 400:
            result = Result.UNCERTAIN if stage == "DOT" else Result.RETRY
            flight.refuse(Outcome(result, str(code), f"unexpected answer at {stage}"))
        else:
            flight.refuse(classify(stage, code, text))
        self._needs_reset = stage != "DOT"
        if code == 421 or code < 400:
            if not any(other is flight for other, _stage in self._awaited):
                self._awaited.appendleft((flight, stage))
            self._lose(f"{code} " + text.decode("utf-8", "replace")[:200])
        elif not self._pipelining or stage in {"DATA", "DOT"}:
            self._drop_commands(flight)
            self._ended.append(
                (flight, flight.refusal)
            )  # with PIPELINING the answer to DATA is still to come

    def _drop_commands(self, flight: Flight) -> None:
        self._commands = deque(entry for entry in self._commands if entry[0] is not flight)

    def _options(self, message: Message) -> str:
        options = f" SIZE={len(message.payload)}" if "size" in self._features else ""
        if not message.payload.isascii():
            options += " BODY=8BITMIME"
        return options + ("" if (message.sender + message.recipient).isascii() else " SMTPUTF8")

    def _unfit(self, message: Message) -> Outcome | None:
        """What the server's extensions do not allow."""
        limit = self._features.get("size", "")
        if limit.isdigit() and 0 < int(limit) < len(message.payload):
            return Outcome(Result.REFUSED, "", f"the mail server takes messages of up to {limit} bytes")
        if not message.payload.isascii() and "8bitmime" not in self._features:
            return Outcome(Result.REFUSED, "", "the mail server takes no 8-bit text")
        if not (message.sender + message.recipient).isascii() and "smtputf8" not in self._features:
            return Outcome(
                Result.REFUSED, "", "the mail server takes no addresses with other letters than ASCII"
            )
        return None


def malformed(message: Message) -> Outcome | None:
    """Refuses what would let a message speak SMTP itself: odd addresses, bare line ends, NUL."""
    for address in (message.sender, message.recipient):
        if not _ADDRESS.fullmatch(address) or len(address.encode()) > 254:
            return Outcome(Result.REFUSED, "", "the address cannot be written into a message")
    payload = message.payload
    lines = payload.count(b"\r\n")
    if payload.count(b"\n") != lines or payload.count(b"\r") != lines or b"\0" in payload:
        return Outcome(Result.REFUSED, "", "the message has bare line ends or NUL")
    return None
