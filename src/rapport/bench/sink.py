"""A mail server that takes everything and keeps nothing but counts and times; as fast as Python reads.

Run as `python -m rapport.bench.sink PORT COUNTS_PORT`. A connection to the second port gets one JSON object: `taken`,
and `first` and `last`, the times (time.monotonic()) of the first and the latest message since the one before.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from typing import Any

END = b"\r\n.\r\n"
ANSWERS = {
    b"EHLO": b"250-sink\r\n250-PIPELINING\r\n250-8BITMIME\r\n250 SIZE 50000000\r\n",
    b"QUIT": b"221 2.0.0 bye\r\n",
}


class Counts:
    """What was taken since they were last asked for."""

    def __init__(self) -> None:
        self.taken, self.first, self.last = 0, 0.0, 0.0

    def one(self) -> None:
        self.last = time.monotonic()
        self.first = self.first or self.last
        self.taken += 1

    def told(self) -> bytes:
        answer = json.dumps({"taken": self.taken, "first": self.first, "last": self.last}).encode()
        self.taken, self.first, self.last = 0, 0.0, 0.0
        return answer


class Server(asyncio.Protocol):
    """One SMTP conversation (RFC 5321, 2920)."""

    def __init__(self, counts: Counts) -> None:
        self._counts, self._buffer, self._in_data = counts, bytearray(), False

    def connection_made(self, transport: Any) -> None:
        self._transport = transport
        transport.write(b"220 sink\r\n")

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        answers = bytearray()
        while (answer := self._next()) is not None:
            answers += answer
        if answers:
            self._transport.write(bytes(answers))

    def _next(self) -> bytes | None:
        if self._in_data:
            end = self._buffer.find(END)
            if end < 0:
                return None
            del self._buffer[: end + len(END)]
            self._in_data = False
            self._counts.one()
            return b"250 2.0.0 taken\r\n"
        line_end = self._buffer.find(b"\r\n")
        if line_end < 0:
            return None
        verb = bytes(self._buffer[:4]).upper()
        del self._buffer[: line_end + 2]
        if verb == b"DATA":
            self._in_data = True
            return b"354 go\r\n"
        return ANSWERS.get(verb, b"250 2.0.0 ok\r\n")


async def main(port: int, counts_port: int) -> None:
    counts, loop = Counts(), asyncio.get_running_loop()
    await loop.create_server(lambda: Server(counts), "127.0.0.1", port)

    async def tell(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(counts.told())
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(tell, "127.0.0.1", counts_port) as server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), int(sys.argv[2])))
