"""Outbound HTTP guard (against SSRF) for addresses that somebody typed in: webhooks, images, connectors.

The host is resolved once, every address it has must be public (or allow-listed), and the connection goes to
exactly the address that was checked, so that a name which changes its mind in between (DNS rebinding) cannot
lead inside. Redirects are not followed. Answers are read up to a limit.
"""

from __future__ import annotations

import ipaddress
import socket
import ssl
import threading
import time
import zlib
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import IO, Any
from urllib.parse import SplitResult, urljoin, urlsplit, urlunsplit

import httpx
from django.conf import settings
from django.utils.translation import gettext as _

LIMIT = PIECE = 64 * 1024
TIMEOUT = 15.0
# An answer that comes byte by byte keeps every timeout; these many seconds are for all of it.
WHOLE = 60.0
DOWNLOAD = 3600.0
TRUSTED_FOR = 60.0
# A client that is closed while it reads fails in whatever way it happens to be in.
_FAILURES = (httpx.HTTPError, httpx.StreamError, RuntimeError, OSError)
# What a few bytes may become is bounded here, not by the library: it unpacks as often as an answer says it is packed.
_PACKED = {"accept-encoding": "gzip"}
_BEFORE_SENDING = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol)
_LOCAL_TRANSLATION = ipaddress.ip_network("64:ff9b:1::/48")
_COMPATIBLE = ipaddress.ip_network("::/96")
Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class Refused(Exception):
    """The address must not be asked; the message says why."""


class Unreachable(Exception):
    """No answer: not found, refused, timed out, or no valid certificate.

    `sent` is whether the other side may have the request nevertheless: it went out, and the answer was lost.
    """

    def __init__(self, message: str, *, sent: bool = False) -> None:
        super().__init__(message)
        self.sent = sent


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back; `text` is at most 64 KiB of it, unless the session reads more."""

    status: int
    headers: Mapping[str, str]
    text: str


def check(url: str) -> None:
    """Raises Refused for an address that may not be asked, without asking it. Names are resolved."""
    _target(url)


def request(
    method: str,
    url: str,
    *,
    body: bytes = b"",
    headers: Mapping[str, str] | None = None,
    timeout: float = TIMEOUT,
) -> Answer:
    """Sends one request. Raises Refused and Unreachable; an answer of any status, redirects too, is returned."""
    with closing(Session(timeout=timeout)) as session:
        return session.request(method, url, body=body, headers=headers)


class Session:
    """Requests to one host over a connection that is kept open. For one thread at a time.

    The host is resolved and checked again with every new connection, at the latest after `TRUSTED_FOR` seconds.
    """

    def __init__(
        self,
        *,
        timeout: float = TIMEOUT,
        whole: float = WHOLE,
        http2: bool = False,
        verify: ssl.SSLContext | bool = True,
        limit: int = LIMIT,
    ) -> None:
        self._whole, self._limit = whole, limit
        self._options: dict[str, Any] = {"timeout": timeout, "http2": http2, "verify": verify}
        self._client: httpx.Client | None = None
        self._at: tuple[str, str, int | None] | None = None
        self._address: Address | None = None
        self._until = 0.0

    def request(
        self, method: str, url: str, *, body: bytes = b"", headers: Mapping[str, str] | None = None
    ) -> Answer:
        """Sends one request. Raises Refused and Unreachable; an answer of any status, redirects too, is returned."""
        client, pinned, host, given = self._to(url)
        until = time.monotonic() + self._whole
        end = threading.Timer(self._whole, client.close)
        end.daemon = True
        end.start()
        try:
            with client.stream(
                method,
                pinned,
                content=body,
                headers={**(headers or {}), **given},
                extensions={"sni_hostname": host},
            ) as answer:
                return Answer(answer.status_code, dict(answer.headers), _body(answer, self._limit, until))
        except _FAILURES as error:
            self.close()
            sent = not isinstance(error, _BEFORE_SENDING)
            raise Unreachable(str(error) or type(error).__name__, sent=sent) from error
        finally:
            end.cancel()

    def close(self) -> None:
        client, self._client, self._at = self._client, None, None
        if client is not None:
            client.close()

    def _to(self, url: str) -> tuple[httpx.Client, str, str, dict[str, str]]:
        """The client for this host, and what `_pinned` says. A certificate is only checked for its own host."""
        split_url = _split(url)
        at = (split_url.scheme, split_url.hostname or "", split_url.port)
        if self._client is None or self._address is None or at != self._at or time.monotonic() >= self._until:
            self.close()
            _split_url, self._address = _target(url)
            self._until = time.monotonic() + TRUSTED_FOR
            self._client = httpx.Client(
                **self._options, follow_redirects=False, trust_env=False, headers=_PACKED
            )
            self._at = at
        return (self._client, *_pinned(split_url, self._address))


def download(
    url: str,
    into: IO[bytes],
    *,
    limit: int,
    timeout: float = 60.0,
    headers: Mapping[str, str] | None = None,
    redirects: int = 0,
) -> int:
    """Writes what the address holds into a file and returns its size.

    So many `redirects` are followed, each checked as the first address was and without the `headers`, which are for
    that one only. Raises Refused, also for more than `limit` bytes, and Unreachable, also for any status but 200.
    """
    split_url, address = _target(url)
    pinned, host, sent = _pinned(split_url, address)
    size, sent = 0, {**(headers or {}), **sent}
    try:
        with (
            _client(timeout, DOWNLOAD) as client,
            client.stream("GET", pinned, headers=sent, extensions={"sni_hostname": host}) as answer,
        ):
            if redirects and answer.is_redirect:
                onward = urljoin(url, answer.headers["location"])
                return download(onward, into, limit=limit, timeout=timeout, redirects=redirects - 1)
            if answer.status_code != 200:
                raise Unreachable(_("The address answered with %(status)d.") % {"status": answer.status_code})
            for chunk in _pieces(answer):
                size += len(chunk)
                if size > limit:
                    raise Refused(_("The file is larger than %(limit)d bytes.") % {"limit": limit})
                into.write(chunk)
    except _FAILURES as error:
        raise Unreachable(str(error) or type(error).__name__) from error
    return size


@contextmanager
def _client(timeout: float, whole: float) -> Iterator[httpx.Client]:
    """A client whose every step has `timeout`, and which is closed after `whole` seconds, however many steps."""
    with httpx.Client(timeout=timeout, follow_redirects=False, trust_env=False, headers=_PACKED) as client:
        end = threading.Timer(whole, client.close)
        end.daemon = True
        end.start()
        try:
            yield client
        finally:
            end.cancel()


def _pinned(split_url: SplitResult, address: Address) -> tuple[str, str, dict[str, str]]:
    """The URL with the checked address in it, the host it is for, and the header that says so."""
    host = split_url.hostname or ""
    shown = f"[{address}]" if address.version == 6 else str(address)
    port = f":{split_url.port}" if split_url.port else ""
    pinned = urlunsplit((split_url.scheme, shown + port, split_url.path or "/", split_url.query, ""))
    return pinned, host, {"Host": f"[{host}]{port}" if ":" in host else host + port}


def _body(answer: httpx.Response, limit: int, until: float) -> str:
    body = b""
    for chunk in _pieces(answer):
        # A client that is closed while it connects goes on all the same.
        if time.monotonic() > until:
            raise httpx.ReadTimeout("the answer did not end in time")
        body += chunk
        if len(body) >= limit:
            break
    return body[:limit].decode("utf-8", "replace")


def _pieces(answer: httpx.Response) -> Iterator[bytes]:
    """What an answer holds, in pieces of bounded size. Raises httpx.DecodingError."""
    packed = answer.headers.get("content-encoding", "").strip().lower()
    if packed in {"", "identity"}:
        yield from answer.iter_raw()
        return
    if packed not in {"gzip", "x-gzip"}:
        raise httpx.DecodingError(f"the answer is packed as {packed[:40]}, which was not asked for")
    unpacker = zlib.decompressobj(zlib.MAX_WBITS | 16)
    try:
        for packed_piece in answer.iter_raw():
            rest = packed_piece
            while rest:
                yield unpacker.decompress(rest, PIECE)
                rest = unpacker.unconsumed_tail
        yield unpacker.flush()
    except zlib.error as error:
        raise httpx.DecodingError(str(error)) from error


def _split(url: str) -> SplitResult:
    try:
        split_url = urlsplit(url)
        _port = split_url.port
    except ValueError as error:
        raise Refused(_("This is not a web address.")) from error
    if split_url.scheme not in ("http", "https") or not split_url.hostname:
        raise Refused(_("A web address begins with https:// and has a host."))
    if split_url.username or split_url.password:
        raise Refused(_("A web address must not contain a password."))
    return split_url


def _target(url: str) -> tuple[SplitResult, Address]:
    split_url = _split(url)
    port = split_url.port or (443 if split_url.scheme == "https" else 80)
    return split_url, resolved(split_url.hostname or "", port)


def resolved(host: str, port: int) -> Address:
    """The address of a host that may be connected to. Raises Refused, Unreachable."""
    try:
        entries = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise Unreachable(_("The host %(host)s is not found.") % {"host": host}) from error
    addresses = [ipaddress.ip_address(str(entry[4][0]).partition("%")[0]) for entry in entries]
    if not _allowed(host):
        for address in addresses:
            if not is_public(address) and not _allowed_address(address):
                message = _("%(host)s leads to %(address)s, which is not on the public internet.")
                raise Refused(message % {"host": host, "address": address})
    return addresses[0]


def is_public(address: Address) -> bool:
    """Whether an address is on the public internet; addresses that wrap an IPv4 one are judged by that."""
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour
        if inner is not None:
            return is_public(inner)
        if address in ipaddress.ip_network("64:ff9b::/96") or address in _COMPATIBLE:
            return is_public(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))
        if address in _LOCAL_TRANSLATION or address.is_site_local:
            return False
    return address.is_global and not (address.is_multicast or address.is_reserved)


def _allowed(host: str) -> bool:
    return host.lower() in {entry.lower() for entry in settings.OUTBOUND_ALLOW}


def _allowed_address(address: Address) -> bool:
    for entry in settings.OUTBOUND_ALLOW:
        try:
            if address in ipaddress.ip_network(entry, strict=False):
                return True
        except ValueError:
            continue  # the name of a host
    return False
