"""POST /v1/…: takes events from any Segment-compatible client, answers when they are durable.

A plain ASGI application in front of Django, because it carries the load. It checks and stores; what the
events mean is the stream's affair.
"""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import gzip
import logging
import zlib
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
import psycopg

from rapport.core.clock import SYSTEM
from rapport.core.sql import dsn
from rapport.events.services import envelope
from rapport.events.services.envelope import MAX_BATCH, MAX_BODY, SHORT, TYPES, Rejected, encode
from rapport.events.services.log import Accepted, GroupWriter, Overloaded
from rapport.events.services.source_cache import SourceCache, SourceFacts

log = logging.getLogger("rapport.capture")
Send = Callable[[dict[str, Any]], Awaitable[None]]
Receive = Callable[[], Awaitable[Any]]
COMMON = [(b"content-type", b"application/json"), (b"cache-control", b"no-store")]
OK = b'{"success":true}'


class Refusal(Exception):
    """The whole request is refused with this status."""

    def __init__(self, status: int, code: str, message: str, retry_after: int = 0) -> None:
        super().__init__(message)
        self.status, self.code, self.retry_after = status, code, retry_after


class Capture:
    """The ASGI application. One per web process."""

    def __init__(self) -> None:
        self._writer: GroupWriter | None = None
        self._sources: SourceCache | None = None

    def _parts(self) -> tuple[GroupWriter, SourceCache]:
        # Settings and the event loop are only known once the first request comes.
        if self._writer is None or self._sources is None:
            address = dsn()
            self._writer, self._sources = GroupWriter(address), SourceCache(address)
        return self._writer, self._sources

    async def close(self) -> None:
        """Writes what is waiting; called when the process is to end."""
        if self._writer is not None:
            await self._writer.close()

    async def __call__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        headers = dict(scope["headers"])
        cors = _cors(headers)
        if scope["method"] == "OPTIONS":
            await _answer(send, 204, b"", [*cors, (b"access-control-max-age", b"86400")])
            return
        try:
            await self._take(scope, headers, receive)
        except Refusal as refusal:
            extra = [(b"retry-after", str(refusal.retry_after).encode())] if refusal.retry_after else []
            await _answer(send, refusal.status, _error(refusal.code, str(refusal)), [*cors, *extra])
        else:
            await _answer(send, 200, OK, cors)

    async def _take(self, scope: dict[str, Any], headers: dict[bytes, bytes], receive: Receive) -> None:
        if scope["method"] != "POST":
            raise Refusal(405, "method_not_allowed", "Send events with POST.")
        kind = scope["path"].rstrip("/").rsplit("/", 1)[-1]
        kind = SHORT.get(kind, kind)
        if kind not in TYPES and kind not in {"batch", "import"}:
            raise Refusal(
                404, "not_found", f"There is no /v1/{kind}; there are batch, {', '.join(sorted(TYPES))}."
            )
        body = _decoded(await _body(receive), headers)
        writer, sources = self._parts()
        try:
            source = await self._source(sources, headers, body)
            accepted = read(kind, body, source, SYSTEM.now(), _request_context(scope, headers))
            if accepted.events or accepted.refused:
                await writer.write(accepted)
        except Overloaded:
            raise Refusal(
                429, "overloaded", "Too much is waiting to be stored; try again.", retry_after=1
            ) from None
        except (psycopg.Error, OSError) as error:
            log.warning("not accepted: %s", error)
            raise Refusal(503, "unavailable", "The event log is away; try again.", retry_after=2) from error

    @staticmethod
    async def _source(sources: SourceCache, headers: dict[bytes, bytes], body: bytes) -> SourceFacts:
        key = _basic_user(headers)
        if not key:
            try:
                key = envelope.decode_key(body).writeKey or ""
            except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
                raise Refusal(400, "invalid_json", f"The body is not JSON: {error}.") from error
        source = await sources.get(key) if key and "\x00" not in key else None
        if source is None:
            raise Refusal(
                401, "invalid_write_key", "Give a valid write key as the user name of Basic authentication."
            )
        origin = headers.get(b"origin", b"").decode("latin-1")
        if origin and not source.allows(origin):
            raise Refusal(403, "origin_not_allowed", f"{origin} is not an allowed origin of this source.")
        return source


def read(
    kind: str, body: bytes, source: SourceFacts, received: dt.datetime, context: dict[str, Any]
) -> Accepted:
    """What a body asks to be stored. One bad event goes to quarantine; raises Refusal for a bad body."""
    calls, sent, shared = _one(body) if kind in TYPES else _batch(body)
    known = encode({**shared, **context}) if shared or context else b""
    events, refused = [], []
    for call in calls:
        try:
            type_ = kind if kind in TYPES else ""
            events.append(envelope.accept(call, type_=type_, received=received, sent=sent, context=known))
        except (Rejected, msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            refused.append((str(error), bytes(call)))
    return Accepted(source.id, received, events, refused)


def _one(body: bytes) -> tuple[list[bytes], dt.datetime | None, dict[str, Any]]:
    return [body], None, {}


def _batch(body: bytes) -> tuple[list[bytes], dt.datetime | None, dict[str, Any]]:
    try:
        found = envelope.decode_envelope(body)
        shared = envelope.decode_object(found.context) if bytes(found.context) != b"null" else {}
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise Refusal(400, "invalid_json", f"The body is not a batch: {error}.") from error
    if len(found.batch) > MAX_BATCH:
        raise Refusal(
            413, "batch_too_long", f"{len(found.batch)} events; at most {MAX_BATCH} are taken at once."
        )
    try:
        sent = envelope.parse_time(found.sentAt)
    except Rejected:
        sent = None
    return [bytes(raw) for raw in found.batch], sent, shared


def _decoded(body: bytes, headers: dict[bytes, bytes]) -> bytes:
    """The body uncompressed. RudderStack's Node client says form-urlencoded over gzip, so the bytes decide."""
    if headers.get(b"content-encoding", b"").lower() == b"gzip" or body[:2] == b"\x1f\x8b":
        try:
            unpacker = zlib.decompressobj(16 + zlib.MAX_WBITS)
            body = unpacker.decompress(body, MAX_BODY + 1)
        except (zlib.error, gzip.BadGzipFile) as error:
            raise Refusal(400, "invalid_gzip", f"The body is not gzip: {error}.") from error
    if len(body) > MAX_BODY:
        raise Refusal(413, "too_large", f"The body is larger than {MAX_BODY} bytes; send smaller batches.")
    return body


async def _body(receive: Receive) -> bytes:
    parts: list[bytes] = []
    size, more = 0, True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Refusal(400, "incomplete", "The body ended early.")
        part = message.get("body", b"")
        size += len(part)
        if size <= MAX_BODY:
            parts.append(part)
        more = message.get("more_body", False)
    if size > MAX_BODY:
        raise Refusal(413, "too_large", f"The body is larger than {MAX_BODY} bytes; send smaller batches.")
    return b"".join(parts)


def _basic_user(headers: dict[bytes, bytes]) -> str:
    value = headers.get(b"authorization", b"")
    if not value.lower().startswith(b"basic "):
        return ""
    try:
        return base64.b64decode(value[6:]).decode().partition(":")[0]
    except (binascii.Error, UnicodeDecodeError):
        return ""


def _request_context(scope: dict[str, Any], headers: dict[bytes, bytes]) -> dict[str, Any]:
    """For browsers, what the request itself shows: user agent, and the address without its last part."""
    if b"origin" not in headers:
        return {}
    found: dict[str, Any] = {}
    if agent := headers.get(b"user-agent", b"").decode("latin-1")[:400]:
        found["userAgent"] = agent
    if headers.get(b"sec-gpc") == b"1":
        found["gpc"] = True
    if scope.get("client"):
        host = str(scope["client"][0])
        found["ip"] = host.rsplit(".", 1)[0] + ".0" if "." in host else ":".join(host.split(":")[:3]) + "::"
    return found


def _cors(headers: dict[bytes, bytes]) -> list[tuple[bytes, bytes]]:
    """Any page may ask; whether it is answered is decided by write key and allowed origins. No cookies."""
    origin = headers.get(b"origin")
    if not origin:
        return []
    wanted = headers.get(b"access-control-request-headers", b"authorization, content-type")
    return [
        (b"access-control-allow-origin", origin),
        (b"access-control-allow-methods", b"POST, OPTIONS"),
        (b"access-control-allow-headers", wanted),
        (b"access-control-expose-headers", b"retry-after"),
        (b"vary", b"Origin"),
    ]


def _error(code: str, message: str) -> bytes:
    return encode({"success": False, "error": {"code": code, "message": message}})


async def _answer(send: Send, status: int, body: bytes, headers: list[tuple[bytes, bytes]]) -> None:
    length = (b"content-length", str(len(body)).encode())
    await send({"type": "http.response.start", "status": status, "headers": [*COMMON, length, *headers]})
    await send({"type": "http.response.body", "body": body})
