"""Lifecycle stages: where everybody stands, by definable rules."""

from __future__ import annotations


def register() -> None:
    """Enters by the doors of core and people; called when the segments app is ready."""
