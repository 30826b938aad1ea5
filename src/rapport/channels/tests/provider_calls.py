"""Calls of email providers as tests make them."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

from rapport.channels.incoming import Answer, Call
from rapport.channels.registry import ADAPTERS

NOW = dt.datetime(2026, 11, 29, 16, tzinfo=dt.UTC)
EPOCH = int(NOW.timestamp())
REFERENCE = "0198a3c4-5b6d-7e8f-9012-3456789abcde"


def call(body: Any, headers: dict[str, str] | None = None, kind: str = "application/json") -> Call:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Call(
        "POST",
        "https://shop.example/hooks/channels/t",
        {"content-type": kind, **(headers or {})},
        {},
        raw,
        NOW,
    )


def receive(key: str, settings: dict[str, Any], given: Call) -> Answer:
    reader = ADAPTERS[key].receive
    assert reader is not None
    return reader(given, settings)
