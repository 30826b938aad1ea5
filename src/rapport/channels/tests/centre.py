"""A message centre that speaks SMPP 3.4: it checks who binds, takes what is submitted, and fails when it is told to."""

from __future__ import annotations

import queue
import socket
import struct
import threading
from contextlib import suppress
from typing import Any

from smpplib import consts, smpp

SILENT, CUT, STALL = "silent", "cut", "half an answer"


class Numbers:
    """What smpplib asks of whoever makes a PDU."""

    sequence = 0

    def next_sequence(self) -> int:
        self.sequence += 1
        return self.sequence


class MessageCentre:
    """`faults` are the statuses of the next submissions, or ways of failing; `answers` those to what it delivers."""

    def __init__(self, system_id: str = "shop", password: str = "s3cret") -> None:
        self.system_id, self.password = system_id.encode(), password.encode()
        self.submitted: list[Any] = []
        self.faults: list[Any] = []
        self.commands: list[str] = []
        self.answers: queue.Queue[Any] = queue.Queue()
        self.bound = threading.Event()
        self.left = threading.Event()
        self.numbers = Numbers()
        self.connections: list[socket.socket] = []
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port = self._server.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        self._server.close()
        for connection in self.connections:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
            connection.close()

    def deliver(self, **parameters: Any) -> Any:
        """Delivers, and returns the answer to it."""
        sequence = self.send("deliver_sm", **parameters)
        while (answer := self.answers.get(timeout=10)).sequence != sequence:
            pass
        return answer

    def send(self, command: str, **parameters: Any) -> int:
        """Sends, and returns the number that the answer will bear."""
        pdu = smpp.make_pdu(command, client=self.numbers, **parameters)
        self.connections[-1].sendall(pdu.generate())
        return int(pdu.sequence)

    def raw(self, data: bytes) -> None:
        self.connections[-1].sendall(data)

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                connection, _address = self._server.accept()
                self.connections.append(connection)
                threading.Thread(target=self._serve, args=[connection], daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with suppress(OSError, struct.error):
            while header := connection.recv(4, socket.MSG_WAITALL):
                (length,) = struct.unpack(">L", header)
                data = header + connection.recv(length - 4, socket.MSG_WAITALL)
                pdu = smpp.parse_pdu(data, client=self.numbers, allow_unknown_opt_params=True)
                self.commands.append(pdu.command)
                self._handle(connection, pdu)
        self.left.set()

    def _handle(self, connection: socket.socket, pdu: Any) -> None:
        if pdu.command == "bind_transceiver":
            right = (pdu.system_id, pdu.password) == (self.system_id, self.password)
            self._answer(connection, pdu, 0 if right else consts.SMPP_ESME_RINVPASWD)
            if right:
                self.bound.set()
        elif pdu.command == "submit_sm":
            self._submit(connection, pdu)
        elif pdu.command == "deliver_sm_resp":
            self.answers.put(pdu)
        elif pdu.command in {"enquire_link", "unbind"} and SILENT not in self.faults:
            self._answer(connection, pdu, 0)

    def _submit(self, connection: socket.socket, pdu: Any) -> None:
        fault = self.faults.pop(0) if self.faults else 0
        if fault == SILENT:
            return
        if fault == CUT:
            connection.shutdown(socket.SHUT_RDWR)
            return
        if fault == STALL:
            connection.sendall(struct.pack(">LL", 17, 0x80000004))
            return
        if fault == 0:
            self.submitted.append(pdu)
        self._answer(connection, pdu, fault, message_id=f"{len(self.submitted):010X}")

    def _answer(self, connection: socket.socket, pdu: Any, status: int, **parameters: Any) -> None:
        answer = smpp.make_pdu(f"{pdu.command}_resp", client=self.numbers, **parameters)
        answer.sequence, answer.status = pdu.sequence, status
        connection.sendall(answer.generate())
