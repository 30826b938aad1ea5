"""Composers of mail that sign with the key of the sender's domain."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rapport.channels.email.mime import Skeleton, wire_address
from rapport.channels.email.services.signing import signer_for
from rapport.channels.protocol import Composer, Sender


def composer(sender: Sender, _settings: Mapping[str, Any]) -> Composer:
    """What makes the messages of one sender. Raises Unfit."""
    return Skeleton(sender, signer_for(wire_address(sender.address).rpartition("@")[2])).message
