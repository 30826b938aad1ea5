"""The ClickHouse engine process: the only one that opens the chDB folder, for all others by HTTP.

Started as `python -m rapport.core.engines.clickhouse_server FOLDER PORT`, with the password in
RAPPORT_ENGINE_PASSWORD. Listens on loopback only.
"""

from __future__ import annotations

import asyncio
import logging
import os
import queue
import re
import sys
import tempfile
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import chdb.state
import uvicorn

from rapport.core.engines.clickhouse_parts import PartsWatch
from rapport.core.engines.clickhouse_protocol import MAX_BODY, BadRequest, Statement, authorised, parse

log = logging.getLogger("rapport.clickhouse")
Send = Callable[[dict[str, Any]], Awaitable[None]]
CONNECTIONS = 8
BINARY_FORMATS = frozenset({"Native", "Parquet", "Arrow", "ArrowStream"})
# The table function that stands for the data of an INSERT; chDB has it only where it is a client.
_INPUT = re.compile(r"\bFROM\s+input\(('(?:[^'\\]|\\.)*')\)", re.IGNORECASE)
_CODE = re.compile(r"Code: (\d+)")
_ABOUT_THE_CONNECTION = re.compile(r"^\s*(use|set)\b", re.IGNORECASE)
# Corrupted data; not enough space.
_SIGNS_OF_BROKEN_PARTS = frozenset({246, 243})


class EngineError(Exception):
    """ClickHouse refused the statement. `code` is its number of the error."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        match = _CODE.search(message)
        self.code = int(match.group(1)) if match else 1002


class Connection:
    """One chDB connection, which runs one statement at a time, and the database and settings it stands at.

    They stay from statement to statement: most ask for the same ones, and a change takes as long as a small query.
    """

    def __init__(self, address: str) -> None:
        self._address = address
        self._connect()

    def _connect(self) -> None:
        self.chdb = chdb.state.connect(self._address)
        self._database = ""
        self._settings: dict[str, str] = {}

    def prepare(self, statement: Statement) -> None:
        """Makes the database and the settings those of the statement. Raises RuntimeError for one that is refused."""
        database = statement.database.replace("`", "")
        if database != self._database:
            self.chdb.query(f"USE `{database}`")
            self._database = database
        dropped = self._settings.keys() - statement.settings.keys()
        changed = statement.settings.items() - self._settings.items()
        if not dropped and not changed:
            return
        values = [f"{name} = DEFAULT" for name in dropped]
        values += [f"{name} = '{_escaped(value)}'" for name, value in changed]
        try:
            self.chdb.query(f"SET {', '.join(values)}")
        except RuntimeError:
            # Those before the one that is refused may stand already.
            self.close()
            self._connect()
            raise
        self._settings = dict(statement.settings)

    def leave(self, statement: Statement) -> None:
        """Begins afresh after a statement that is about the connection itself: there are no sessions."""
        if _ABOUT_THE_CONNECTION.match(statement.sql):
            self.close()
            self._connect()

    def close(self) -> None:
        self.chdb.close()


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace("'", "\\'")


class Engine:
    """A pool of chDB connections to one folder."""

    def __init__(self, folder: str, configuration: str, connections: int = CONNECTIONS) -> None:
        place = f"{folder}?config-file={configuration}" if configuration else folder
        self.threads = ThreadPoolExecutor(connections + 1, thread_name_prefix="clickhouse")
        # The one used last first: it stands at the database and the settings that are asked for most.
        self._idle: queue.LifoQueue[Connection] = queue.LifoQueue()
        for _ in range(connections):
            self._idle.put(Connection(place))
        self._own = chdb.state.connect(place)
        self._watch = PartsWatch(Path(folder), self._ask)
        self._watch.start()

    def _ask(self, sql: str) -> bytes:
        return bytes(self._own.query(sql).bytes() or b"")

    def run(self, statement: Statement) -> Iterator[bytes]:
        """Executes; the first item comes only when the statement has begun to succeed. Raises EngineError."""
        connection = self._idle.get()
        try:
            connection.prepare(statement)
            yield from self._execute(connection.chdb, statement)
        except RuntimeError as error:
            failure = EngineError(str(error).removeprefix("Streaming query failed: "))
            if failure.code in _SIGNS_OF_BROKEN_PARTS:
                self._watch.look_soon()
            raise failure from error
        finally:
            connection.leave(statement)
            self._idle.put(connection)

    @staticmethod
    def _execute(connection: Any, statement: Statement) -> Iterator[bytes]:
        if statement.data is not None:
            _insert(connection, statement, statement.data)
            yield b""
            return
        if not re.match(r"^[\s(]*(select|with)\b", statement.sql, re.IGNORECASE):
            yield bytes(
                connection.query(statement.sql, statement.format, params=statement.parameters).bytes() or b""
            )
            return
        with connection.send_query(statement.sql, statement.format, params=statement.parameters) as stream:
            chunk = stream.fetch()
            if chunk is None:
                yield b""
            while chunk is not None:
                yield bytes(chunk.bytes() or b"")
                chunk = stream.fetch()

    def close(self) -> None:
        self.threads.shutdown(wait=True)
        self._watch.stop()
        self._own.close()
        while not self._idle.empty():
            self._idle.get().close()


def _insert(connection: Any, statement: Statement, data: bytes) -> None:
    """Inserts, and fails when not everything is stored.

    chDB's streaming insert reports what it cannot parse but not what it cannot write, so it is not used: text
    goes along with the statement, self-describing binary formats and what `input` is to read through a file.
    """
    sql, format_ = statement.input_format
    input_call = _INPUT.search(sql)
    if format_ in BINARY_FORMATS or input_call:
        with tempfile.NamedTemporaryFile(suffix=f".{format_.lower()}") as file:
            file.write(data)
            file.flush()
            if input_call:
                source = f"FROM file('{file.name}', '{format_}', {input_call[1]})"
                connection.query(sql[: input_call.start()] + source + sql[input_call.end() :])
            else:
                connection.query(f"{sql} SELECT * FROM file('{file.name}', '{format_}')")
        return
    connection.query(f"{sql} FORMAT {format_}\n{data.decode('utf-8', 'replace')}")


class Application:
    """The ASGI application that speaks ClickHouse's HTTP interface."""

    def __init__(self, engine: Engine, user: str, password: str) -> None:
        self.engine, self.user, self.password = engine, user, password
        # Taken before a thread is, so that waiting statements cannot hold the threads that running ones need.
        self._slots = asyncio.Semaphore(CONNECTIONS)

    async def __call__(
        self, scope: dict[str, Any], receive: Callable[[], Awaitable[Any]], send: Send
    ) -> None:
        if scope["type"] != "http":
            return
        headers = dict(scope["headers"])
        body = await self._body(receive)
        if scope["path"] in {"/ping", "/replicas_status"} or (
            scope["method"] == "GET" and not scope["query_string"]
        ):
            await self._answer(send, 200, b"Ok.\n")
            return
        query = dict(parse_qsl(scope["query_string"].decode()))
        if not authorised(headers, query, self.user, self.password):
            await self._fail(
                send, 401, 516, "Authentication failed: password is incorrect, or there is no such user."
            )
            return
        try:
            statement = parse(scope["query_string"], headers, body)
        except BadRequest as error:
            await self._fail(send, 400, 62, str(error))
            return
        async with self._slots:
            await self._stream(send, statement)

    @staticmethod
    async def _body(receive: Callable[[], Awaitable[Any]]) -> bytes:
        blocks, size, more = [], 0, True
        while more:
            message = await receive()
            more = message.get("more_body", False)
            blocks.append(message.get("body", b""))
            size += len(blocks[-1])
            if size > MAX_BODY:
                raise BadRequest(f"the body is larger than {MAX_BODY} bytes")
        return b"".join(blocks)

    async def _stream(self, send: Send, statement: Statement) -> None:
        loop = asyncio.get_running_loop()
        chunks = self.engine.run(statement)
        started = False
        try:
            while True:
                chunk = await loop.run_in_executor(self.engine.threads, next, chunks, None)
                if not started:
                    await self._start(send, 200, statement.format)
                    started = True
                if chunk is None:
                    break
                await send({"type": "http.response.body", "body": chunk, "more_body": True})
        except EngineError as error:
            if not started:
                await self._fail(send, 400 if error.code < 200 else 500, error.code, str(error))
                return
            # ClickHouse, too, can only report a late failure inside the body.
            log.warning("statement failed after its first rows: %s", error)
            await send({"type": "http.response.body", "body": str(error).encode(), "more_body": True})
        finally:
            await loop.run_in_executor(self.engine.threads, chunks.close)  # type: ignore[attr-defined]
        await send({"type": "http.response.body", "body": b""})

    @staticmethod
    async def _start(send: Send, status: int, format_: str, *extra: tuple[bytes, bytes]) -> None:
        headers = [
            (b"content-type", b"application/octet-stream"),
            (b"x-clickhouse-format", format_.encode()),
            (b"x-clickhouse-timezone", b"UTC"),
            (b"x-clickhouse-server-display-name", b"rapport"),
            (b"x-clickhouse-summary", b"{}"),
            *extra,
        ]
        await send({"type": "http.response.start", "status": status, "headers": headers})

    async def _answer(self, send: Send, status: int, body: bytes, *extra: tuple[bytes, bytes]) -> None:
        await self._start(send, status, "TabSeparated", *extra)
        await send({"type": "http.response.body", "body": body})

    async def _fail(self, send: Send, status: int, code: int, message: str) -> None:
        text = message if message.startswith("Code:") else f"Code: {code}. DB::Exception: {message}"
        await self._answer(send, status, text.encode(), (b"x-clickhouse-exception-code", str(code).encode()))


def main() -> None:
    """Serves until SIGTERM or SIGINT; running statements are finished first."""
    folder, port, configuration = sys.argv[1:]
    # Merges and inserts of thousands of rows give way to the web process, which answers somebody who waits.
    os.nice(3)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    engine = Engine(folder, configuration)
    application = Application(engine, "rapport", os.environ["RAPPORT_ENGINE_PASSWORD"])
    uvicorn.run(
        application, host="127.0.0.1", port=int(port), log_level="warning", access_log=False, lifespan="off"
    )
    engine.close()


if __name__ == "__main__":
    main()
