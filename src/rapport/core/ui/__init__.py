"""The design system in Python: what templates and views of every app build on."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Tab:
    """One tab of `{% tabs %}`."""

    label: str
    url: str
    current: bool = False
    count: int | str | None = None
    icon: str = ""
