"""The channel of a request body or parameter."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator

from rapport.governance.registry import CONSENT_CHANNELS, default_channel


def _existing(channel: str) -> str:
    if channel not in CONSENT_CHANNELS:
        raise ValueError(f"there is no channel {channel!r}")
    return channel


Channel = Annotated[str, AfterValidator(_existing)]


def default_key() -> str:
    return default_channel().key
