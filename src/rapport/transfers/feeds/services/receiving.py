"""POST /in/<token>: what another system sends is on disk before it is answered, and looked at afterwards."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs

from django.db import transaction

from rapport.core import sql
from rapport.core.services.wake import wake
from rapport.events.services.wire import Refusal
from rapport.transfers.feeds.services import signatures
from rapport.transfers.models import Received, Webhook

MAX_BODY = 1024 * 1024
MAX_HEADERS = 40
# Who has found an address could fill the disk with what nobody maps. Looked at with every so many deliveries.
MOST_WAITING = 1024**3
CHECK_EVERY = 50
# Who called is proved by then, and these would only be secrets lying about.
_DROPPED = {"authorization", "cookie", "proxy-authorization", "x-api-key", "host", "connection", "forwarded"}
_COUNT = """
    UPDATE transfers_webhook SET
        window_count = CASE WHEN window_start > %b - interval '1 minute' THEN window_count + 1 ELSE 1 END,
        window_start = CASE WHEN window_start > %b - interval '1 minute' THEN window_start ELSE %b END
    WHERE id = %b RETURNING window_count, window_start
"""


def receive(token: str, body: bytes, headers: Mapping[str, str], now: dt.datetime) -> int:
    """Keeps a delivery and returns its number. Raises Refusal."""
    webhook = Webhook.objects.select_related("source").filter(token=token).first()
    if webhook is None or webhook.source.disabled_at is not None:
        message = "There is no such address, or its source is switched off; see the source's page."
        raise Refusal(404, "unknown_address", message)
    lowered = {name.lower(): value for name, value in headers.items()}
    try:
        signatures.verify(webhook, body, lowered, now)
        text = payload_text(body, lowered.get("content-type", ""))
    except signatures.BadSignature as error:
        _note_refused(webhook, str(error), now)
        raise Refusal(401, "bad_signature", f"{error}.") from error
    except Refusal as error:
        _note_refused(webhook, str(error), now)
        raise
    return _keep(webhook, text, lowered, now)


def _keep(webhook: Webhook, text: str, headers: Mapping[str, str], now: dt.datetime) -> int:
    with transaction.atomic():
        count, start = sql.run(_COUNT, [now, now, now, webhook.pk])[0]
        if count > webhook.per_minute:
            wait = max(1, int((start + dt.timedelta(minutes=1) - now).total_seconds()) + 1)
            message = f"More than {webhook.per_minute} deliveries in a minute; try again later."
            raise Refusal(429, "too_many", message, wait)
        if count % CHECK_EVERY == 1 and _waits(webhook) > MOST_WAITING:
            raise Refusal(429, "too_many", "Too much waits to be mapped; see the source's page.", 600)
        kept = Received.objects.create(webhook=webhook, at=now, body=text, headers=_kept(webhook, headers))
        wake("webhooks")
    return kept.pk


def _waits(webhook: Webhook) -> int:
    """How many bytes are kept until somebody maps them or mends the mapping."""
    rows = sql.run(
        "SELECT coalesce(sum(pg_column_size(body)), 0) FROM transfers_received"
        " WHERE webhook_id = %b AND state IN ('waiting', 'failed')",
        [webhook.pk],
    )
    return int(rows[0][0])


def payload_text(body: bytes, content_type: str) -> str:
    """The payload as JSON text: JSON as it came, a form as an object of its fields. Raises Refusal."""
    if len(body) > MAX_BODY:
        raise Refusal(413, "too_large", f"The body is larger than {MAX_BODY} bytes.")
    kind = content_type.partition(";")[0].strip().lower()
    if kind.startswith("multipart/"):
        raise Refusal(415, "unsupported", "Send JSON, or a form as application/x-www-form-urlencoded.")
    try:
        text = body.decode("utf-8-sig")
        if kind == "application/x-www-form-urlencoded":
            text = json.dumps(_form(text))
        parsed = json.loads(text, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise Refusal(400, "invalid_json", f"The body is not JSON: {str(error)[:120]}.") from error
    if not isinstance(parsed, dict | list):
        raise Refusal(400, "invalid_json", "The body must be a JSON object or list.")
    return text.replace("\x00", "")


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is no JSON number")


def _form(text: str) -> Any:
    fields = parse_qs(text, keep_blank_values=True, max_num_fields=1000, errors="strict")
    if list(fields) == ["payload"]:
        return json.loads(fields["payload"][0])
    return {name: values[0] if len(values) == 1 else values for name, values in fields.items()}


def _kept(webhook: Webhook, headers: Mapping[str, str]) -> dict[str, str]:
    secret = {*_DROPPED, webhook.header.lower(), "webhook-signature", "stripe-signature"}
    chosen = [
        (name, value)
        for name, value in headers.items()
        if name not in secret and not name.startswith("x-forwarded")
    ]
    return {name[:100]: value[:500].replace("\x00", "") for name, value in chosen[:MAX_HEADERS]}


def _note_refused(webhook: Webhook, reason: str, now: dt.datetime) -> None:
    # Once in ten seconds is enough to be told by, and a flood of bad calls stays cheap.
    if webhook.refused_at is None or now - webhook.refused_at > dt.timedelta(seconds=10):
        Webhook.objects.filter(pk=webhook.pk).update(refused_at=now, refused_reason=reason[:200])
