"""POST /v1/…: takes events from any Segment-compatible client, answers when they are durable.

A plain ASGI application in front of Django, because it carries the load. It checks and stores; what the
events mean is the stream's affair. It also answers what browser clients ask first (`client_settings`).
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable
from typing import Any, TypeVar

import msgspec
import psycopg
from django.conf import settings

from rapport.core.clock import SYSTEM, Clock
from rapport.core.sql import dsn
from rapport.events.services import cleaning, client_settings, envelope, members, nesting, wire
from rapport.events.services.backlog import BacklogLimit
from rapport.events.services.cleaning import Rejected
from rapport.events.services.consent_words import withdrawal_in
from rapport.events.services.envelope import MAX_BATCH, MAX_EVENT, SHORT, TYPES, encode
from rapport.events.services.log import Accepted, GroupWriter, Overloaded
from rapport.events.services.source_cache import SourceCache, SourceFacts
from rapport.events.services.times import parse_time
from rapport.events.services.wire import Receive, Refusal, Send

log = logging.getLogger("rapport.capture")
T = TypeVar("T")
OK = b'{"success":true}'
# A refused event is kept to be looked at; what is larger could not be replayed anyway.
KEPT_OF_REFUSED = 2 * MAX_EVENT


class Capture:
    """The ASGI application. One per web process."""

    def __init__(self, clock: Clock = SYSTEM) -> None:
        self._clock = clock
        self._writer: GroupWriter | None = None
        self._sources: SourceCache | None = None
        self._backlog: BacklogLimit | None = None

    def _opened(self) -> tuple[GroupWriter, SourceCache, BacklogLimit]:
        # Settings and the event loop are only known once the first request comes.
        if self._writer is None or self._sources is None or self._backlog is None:
            address = dsn()
            self._writer, self._sources = GroupWriter(address), SourceCache(address)
            self._backlog = BacklogLimit(address, settings.EVENT_BACKLOG)
        return self._writer, self._sources, self._backlog

    async def close(self) -> None:
        """Writes what is waiting; called when the process is to end."""
        if self._writer is not None:
            await self._writer.close()
        if self._backlog is not None:
            await self._backlog.close()
        if self._sources is not None:
            await self._sources.close()

    async def __call__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        headers = dict(scope["headers"])
        cors = wire.cors(headers)
        if scope["method"] == "OPTIONS":
            await wire.answer(send, 204, b"", [*cors, (b"access-control-max-age", b"86400")])
            return
        try:
            if scope["method"] in {"GET", "HEAD"}:
                settings = await self._settings(scope, headers)
                await wire.answer(send, 200, settings, [*cors, (b"cache-control", client_settings.CACHE)])
                return
            await self._take(scope, headers, receive)
        except Refusal as refusal:
            await wire.answer(
                send, refusal.status, wire.problem(refusal.code, str(refusal)), [*cors, *wire.wait(refusal)]
            )
        else:
            await wire.answer(send, 200, OK, cors)

    async def _settings(self, scope: dict[str, Any], headers: dict[bytes, bytes]) -> bytes:
        """What a browser client asks before it sends. Raises Refusal."""
        user = wire.basic_user(headers)
        wanted = client_settings.requested(scope["path"], scope.get("query_string", b""), user)
        if wanted is None:
            raise Refusal(405, "method_not_allowed", "Send events with POST.")
        kind, key = wanted
        try:
            source = await self._allowed(key, headers, 404)
        except (psycopg.Error, OSError) as error:
            raise Refusal(503, "unavailable", "The sources are away; try again.", retry_after=2) from error
        return client_settings.answer(kind, key, source.id, settings.PUBLIC_URL)

    async def _take(self, scope: dict[str, Any], headers: dict[bytes, bytes], receive: Receive) -> None:
        if scope["method"] != "POST":
            raise Refusal(405, "method_not_allowed", "Send events with POST.")
        kind = scope["path"].rstrip("/").rsplit("/", 1)[-1]
        kind = SHORT.get(kind, kind)
        if kind not in TYPES and kind not in {"batch", "import"}:
            raise Refusal(
                404, "not_found", f"There is no /v1/{kind}; there are batch, {', '.join(sorted(TYPES))}."
            )
        body = wire.decoded(await wire.body_of(receive), headers)
        writer, _, backlog = self._opened()
        try:
            source = await self._source(scope, headers, body)
            if backlog.full():
                raise Refusal(429, "behind", "Too much waits to be worked in; try again.", retry_after=10)
            accepted = read(kind, body, source, self._clock.now(), wire.request_context(scope, headers))
            if accepted.events or accepted.refused:
                await writer.write(accepted)
        except Overloaded:
            raise Refusal(
                429, "overloaded", "Too much is waiting to be stored; try again.", retry_after=1
            ) from None
        except (psycopg.Error, OSError) as error:
            log.warning("not accepted: %s", error)
            raise Refusal(503, "unavailable", "The event log is away; try again.", retry_after=2) from error

    async def _source(self, scope: dict[str, Any], headers: dict[bytes, bytes], body: bytes) -> SourceFacts:
        key = wire.key_of(scope, headers)
        if not key:
            try:
                key = _decode(envelope.decode_key, body).writeKey or ""
            except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
                key = _key_within(body, error)
        return await self._allowed(key, headers, 401)

    async def _allowed(self, key: str, headers: dict[bytes, bytes], status: int) -> SourceFacts:
        """The enabled source of this key, asked from an origin that may. Raises Refusal, with `status` if none."""
        _, sources, _ = self._opened()
        source = await sources.get(key) if key and "\x00" not in key else None
        if source is None:
            raise Refusal(
                status,
                "invalid_write_key",
                "Give a valid write key as the user name of Basic authentication.",
            )
        origin = headers.get(b"origin", b"").decode("latin-1")
        if origin and not source.allows(origin):
            raise Refusal(403, "origin_not_allowed", f"{origin} is not an allowed origin of this source.")
        return source


def read(
    kind: str, body: bytes, source: SourceFacts, received: dt.datetime, context: dict[str, Any]
) -> Accepted:
    """What a body asks to be stored. One bad event goes to quarantine; raises Refusal for a bad body."""
    plain = cleaning.is_plain(body)
    calls, sent, shared, integrations = _one(body) if kind in TYPES else _batch(body, plain)
    shared_context = encode({**shared, **context}) if shared or context else b""
    type_ = kind if kind in TYPES else ""
    events, refused = [], []
    for call in calls:
        try:
            events.append(
                envelope.accept(
                    call,
                    type_=type_,
                    received=received,
                    sent=sent,
                    context=shared_context,
                    integrations=integrations,
                    plain=plain,
                )
            )
        except (Rejected, msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            refused.append((str(error), call[:KEPT_OF_REFUSED]))
            # Whoever says no is heard, in whatever form it comes.
            if withdrawal := withdrawal_in(call, received):
                events.append(withdrawal)
    return Accepted(source.id, received, events, refused)


Unwrapped = tuple[list[bytes], dt.datetime | None, dict[str, Any], bytes]


def _one(body: bytes) -> Unwrapped:
    text = body.strip()
    if not (text.startswith(b"{") and text.endswith(b"}")):
        raise Refusal(400, "invalid_json", "The body is not a call: it is no JSON object.")
    return [body], None, {}, b""


def _batch(body: bytes, plain: bool) -> Unwrapped:
    try:
        decoded = _decode(envelope.decode_envelope, body)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        decoded = _taken_apart(body, error)
    if len(decoded.batch) > MAX_BATCH:
        raise Refusal(
            413, "batch_too_long", f"{len(decoded.batch)} events; at most {MAX_BATCH} are taken at once."
        )
    chosen = bytes(decoded.integrations)
    integrations = chosen if chosen[:1] == b"{" and chosen not in envelope.EVERYWHERE else b""
    return (
        [bytes(raw) for raw in decoded.batch],
        _sent(decoded.sentAt),
        _shared(decoded.context, plain),
        integrations,
    )


def _key_within(body: bytes, error: Exception) -> str:
    """The write key in a body that no decoder takes as a whole."""
    try:
        return members.fields(body).get("writeKey", b"").strip(b'"').decode("latin-1")
    except ValueError:
        raise Refusal(400, "invalid_json", f"The body is not JSON: {error}.") from error


def _taken_apart(body: bytes, error: Exception) -> envelope.Envelope:
    """The batch in a body that no decoder takes as a whole: what spoils it spoils one of its events."""
    try:
        fields = members.fields(body)
        events = members.elements(fields["batch"])
    except (ValueError, KeyError):
        raise Refusal(400, "invalid_json", f"The body is not a batch: {error}.") from error
    shared = {
        name: msgspec.Raw(fields[name]) for name in ("sentAt", "context", "integrations") if name in fields
    }
    return envelope.Envelope([msgspec.Raw(event) for event in events], **shared)


def _decode(decode: Callable[[bytes], T], body: bytes) -> T:
    """Decoded, with whatever nests beyond reason cut out: the event it stood in is refused later, by itself."""
    try:
        return decode(body)
    except RecursionError:
        return decode(nesting.shallow(body))


def _sent(raw: msgspec.Raw) -> dt.datetime | None:
    # A wrong sentAt only costs the correction of the sender's clock.
    try:
        return parse_time(envelope.decode_scalar(raw))
    except (Rejected, msgspec.DecodeError, UnicodeDecodeError):
        return None


def _shared(raw: msgspec.Raw, plain: bool) -> dict[str, Any]:
    """The context that a batch gives to all its events; nothing when it is no object."""
    if nesting.too_deep(bytes(raw)):
        return {}
    try:
        return envelope.decode_object(raw if plain else cleaning.clean(bytes(raw)))
    except (Rejected, msgspec.DecodeError, UnicodeDecodeError):
        return {}
