"""An SMTP server that answers what a test tells it to, stalls, or cuts the connection at a given byte."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Callable
from dataclasses import dataclass, field

ANSWERS = {"MAIL": "250 ok", "RCPT": "250 ok", "DATA": "354 go", "DOT": "250 2.0.0 queued", "RSET": "250 ok"}
CUT, STALL = "cut", "stall"


def plain(stage: str, argument: str) -> str:
    """Takes everything."""
    return ANSWERS.get(stage, "502 what?")


@dataclass
class Scripted:
    """`script(stage, argument)` gives the answer, CUT or STALL; the argument of DOT is the last recipient.

    `cut_at` closes the first connection hard after so many bytes of the client's (the greeting aside); `answer_bytes`
    after so many bytes of ours.
    """

    script: Callable[[str, str], str] = plain
    features: tuple[str, ...] = ("PIPELINING", "SIZE 1000000", "8BITMIME")
    greeting: Callable[[int], str] = lambda number: "220 scripted"
    cut_at: int | None = None
    answer_bytes: int | None = None
    taken: list[tuple[str, bytes]] = field(default_factory=list)
    connections: int = 0
    commands: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._open: list[socket.socket] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def url(self, options: str = "timeout=5&final=5") -> str:
        return f"smtp://127.0.0.1:{self.port}?name=client&{options}"

    def stop(self) -> None:
        self._listener.close()
        for sock in self._open:
            sock.close()

    def _accept(self) -> None:
        while True:
            try:
                sock, _address = self._listener.accept()
            except OSError:
                return
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._open.append(sock)
            self.connections += 1
            threading.Thread(target=self._serve, args=(sock, self.connections), daemon=True).start()

    def _serve(self, sock: socket.socket, number: int) -> None:
        try:
            Conversation(self, sock, number).run()
        except (OSError, EOFError):
            cut(sock)


def cut(sock: socket.socket) -> None:
    """Closes with a reset, as a crashed host's network does."""
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        sock.close()
    except OSError:
        return


class Conversation:
    def __init__(self, server: Scripted, sock: socket.socket, number: int) -> None:
        self.server, self.sock, self.number = server, sock, number
        self.buffer = b""
        self.received = self.sent = 0
        self.counting = False
        self.recipient = ""

    def run(self) -> None:
        self.say(self.server.greeting(self.number))
        while True:
            line = self.until(b"\r\n").decode()
            verb = line[:4].upper()
            self.server.commands.append(line)
            if verb == "EHLO":
                self.say("\r\n".join(["250-scripted", *(f"250-{f}" for f in self.server.features), "250 OK"]))
                self.counting = self.number == 1
            elif verb == "QUIT":
                self.sock.close()
                return
            else:
                self.answer(verb, line)

    def answer(self, verb: str, line: str) -> None:
        if verb == "RCPT":
            self.recipient = line.partition("<")[2].partition(">")[0]
        answer = self.act(self.server.script(verb, line))
        if verb == "DATA" and answer.startswith("354"):
            content = self.until(b"\r\n.\r\n")
            answer = self.server.script("DOT", self.recipient)
            if answer.startswith("250") or answer == CUT + " after taking":
                self.server.taken.append((self.recipient, content + b"\r\n"))
            self.act(answer)

    def act(self, answer: str) -> str:
        if answer.startswith(CUT):
            raise EOFError
        if answer == STALL:
            while self.sock.recv(65_536):
                pass
            raise EOFError
        self.say(answer)
        return answer

    def say(self, text: str) -> None:
        data = text.encode() + b"\r\n"
        limit = self.server.answer_bytes
        if self.counting and limit is not None:
            data, left = data[: max(0, limit - self.sent)], len(data)
            self.sent += left
            self.sock.sendall(data)
            if self.sent > limit:
                raise EOFError
        else:
            self.sock.sendall(data)

    def until(self, end: bytes) -> bytes:
        while end not in self.buffer:
            limit = self.server.cut_at if self.counting else None
            data = self.sock.recv(65_536 if limit is None else max(1, limit - self.received))
            self.received += len(data)
            if not data or (limit is not None and self.received >= limit):
                raise EOFError
            self.buffer += data
        line, _end, self.buffer = self.buffer.partition(end)
        return line
