"""Reading the builder's form: names are n<path>.<field>, a path being the numbers of its ancestors' children."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_NUMBER = re.compile(r"-?(0|[1-9][0-9]{0,14})(\.[0-9]{1,6})?")


@dataclass(frozen=True, slots=True)
class Fields:
    """The fields of one clause in the form."""

    data: Mapping[str, Any]
    path: str

    def text(self, name: str, default: str = "") -> str:
        return str(self.data.get(f"n{self.path}.{name}", default)).strip()

    def size(self, name: str) -> int:
        """How many rows of a kind the form has; 0 for nonsense."""
        given = self.text(name, "0")
        return min(int(given), 200) if given.isdigit() else 0


def scalar(text: str) -> str | float | int | bool:
    """What was typed as the value it most likely is; numbers and texts of the same digits compare alike."""
    if text.lower() in {"true", "false"}:
        return text.lower() == "true"
    number = numeric(text)
    return text if number is None else number


def numeric(text: str) -> int | float | None:
    if not _NUMBER.fullmatch(text):
        return None
    return float(text) if "." in text else int(text)


def choices(text: str) -> list[Any]:
    """Values separated by commas."""
    return [scalar(part.strip()) for part in text.split(",") if part.strip()]


def number_or_text(text: str) -> Any:
    """A number where one was typed; else the text, for the check to complain about."""
    number = numeric(text)
    return text if number is None else number


def shown(value: Any) -> str:
    """A value as it is typed."""
    if isinstance(value, list):
        return ", ".join(shown(item) for item in value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return f"{value:.6f}".rstrip("0").rstrip(".")
    return "" if value is None else str(value)
