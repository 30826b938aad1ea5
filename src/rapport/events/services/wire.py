"""The HTTP side of capture: reading a request's body, key and headers, and writing the answer."""

from __future__ import annotations

import base64
import binascii
import gzip
import ipaddress
import zlib
from collections.abc import Awaitable, Callable
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qs

from rapport.events.services.envelope import MAX_BODY, encode

Send = Callable[[dict[str, Any]], Awaitable[None]]
Receive = Callable[[], Awaitable[Any]]


GZIP = frozenset({b"gzip", b"x-gzip"})
ENCODINGS = GZIP | {b"", b"identity"}


class Refusal(Exception):
    """The whole request is refused: HTTP status, a word for programs, and what to do about it."""

    def __init__(self, status: int, code: str, message: str, retry_after: int = 0) -> None:
        super().__init__(message)
        self.status, self.code, self.retry_after = status, code, retry_after


def decoded(body: bytes, headers: dict[bytes, bytes]) -> bytes:
    """The body uncompressed. RudderStack's Node client says form-urlencoded over gzip, so the bytes decide."""
    encoding = headers.get(b"content-encoding", b"").strip().lower()
    if encoding not in ENCODINGS:
        name = encoding.decode("latin-1")[:40]
        raise Refusal(
            415, "unsupported_encoding", f"Bodies in {name} are not read; send gzip, or none at all."
        )
    if encoding in GZIP or body[:2] == b"\x1f\x8b":
        try:
            unpacker = zlib.decompressobj(16 + zlib.MAX_WBITS)
            body = unpacker.decompress(body, MAX_BODY + 1)
        except (zlib.error, gzip.BadGzipFile) as error:
            raise Refusal(400, "invalid_gzip", f"The body is not gzip: {error}.") from error
    if len(body) > MAX_BODY:
        raise Refusal(413, "too_large", f"The body is larger than {MAX_BODY} bytes; send smaller batches.")
    return body


async def body_of(receive: Receive) -> bytes:
    pieces: list[bytes] = []
    size, more = 0, True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Refusal(400, "incomplete", "The body ended early.")
        part = message.get("body", b"")
        size += len(part)
        if size <= MAX_BODY:
            pieces.append(part)
        more = message.get("more_body", False)
    if size > MAX_BODY:
        raise Refusal(413, "too_large", f"The body is larger than {MAX_BODY} bytes; send smaller batches.")
    return b"".join(pieces)


def basic_user(headers: dict[bytes, bytes]) -> str:
    value = headers.get(b"authorization", b"")
    if not value.lower().startswith(b"basic "):
        return ""
    try:
        return base64.b64decode(value[6:]).decode().partition(":")[0]
    except (binascii.Error, UnicodeDecodeError):
        return ""


def key_of(scope: dict[str, Any], headers: dict[bytes, bytes]) -> str:
    """The write key of a request: Basic authentication, Jitsu's header, or what a beacon says in its address."""
    if user := basic_user(headers):
        return user
    if given := headers.get(b"x-write-key"):
        # Jitsu's keys have a secret behind a colon; ours have none, and their client insists on one.
        return given.decode("latin-1").partition(":")[0]
    return next(iter(parse_qs(scope.get("query_string", b"").decode("latin-1")).get("writeKey", [])), "")


def request_context(scope: dict[str, Any], headers: dict[bytes, bytes]) -> dict[str, Any]:
    """For browsers, what the request itself shows: user agent, and the address without its last part."""
    if b"origin" not in headers:
        return {}
    context: dict[str, Any] = {}
    if agent := headers.get(b"user-agent", b"").decode("latin-1")[:400]:
        context["userAgent"] = agent
    if headers.get(b"sec-gpc") == b"1":
        context["gpc"] = True
    if scope.get("client") and (network := _network(str(scope["client"][0]))):
        context["ip"] = network
    return context


@lru_cache(maxsize=10_000)
def _network(host: str) -> str:
    """The address without its last part; "" for what a proxy passes on that is none."""
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return ""
    address = getattr(address, "ipv4_mapped", None) or address
    bits = 24 if address.version == 4 else 48
    return str(ipaddress.ip_network((address, bits), strict=False).network_address)


def cors(headers: dict[bytes, bytes]) -> list[tuple[bytes, bytes]]:
    """Any page may ask; whether it is answered is decided by write key and allowed origins. No cookies."""
    origin = headers.get(b"origin")
    if not origin:
        return []
    wanted = headers.get(b"access-control-request-headers", b"authorization, content-type")
    return [
        (b"access-control-allow-origin", origin),
        (b"access-control-allow-methods", b"GET, POST, OPTIONS"),
        (b"access-control-allow-headers", wanted),
        (b"access-control-expose-headers", b"retry-after, x-ratelimit-reset"),
        (b"vary", b"Origin"),
    ]


def problem(code: str, message: str) -> bytes:
    """Segment's clients read `code` and `message` beside `success`; ours reads `error`."""
    error = {"code": code, "message": message}
    return encode({"success": False, **error, "error": error})


def wait(refusal: Refusal) -> list[tuple[bytes, bytes]]:
    """When to come again, in seconds; as Segment says it too, for those of its clients that read that."""
    if not refusal.retry_after:
        return []
    seconds = str(refusal.retry_after).encode()
    return [(b"retry-after", seconds), *([(b"x-ratelimit-reset", seconds)] if refusal.status == 429 else [])]


async def answer(send: Send, status: int, body: bytes, headers: list[tuple[bytes, bytes]]) -> None:
    common = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    if not any(name == b"cache-control" for name, _ in headers):
        common.append((b"cache-control", b"no-store"))
    await send({"type": "http.response.start", "status": status, "headers": [*common, *headers]})
    await send({"type": "http.response.body", "body": body})
