"""What a backup and a restore are given and answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol


class Bar(Protocol):
    """Progress: `total` is given once, in bytes; `step(label, bytes)` again and again."""

    def total(self, size: int) -> None: ...

    def step(self, label: str, size: int) -> None: ...


@dataclass(frozen=True, slots=True)
class Key:
    """How the file is encrypted, or opened: not at all unless something is given."""

    passphrase: str = ""
    recipients: tuple[str, ...] = ()
    identities: tuple[str, ...] = ()


def summary(manifest: dict[str, Any]) -> dict[str, Any]:
    """A manifest in figures."""
    rows = {name: table["rows"] for name, table in manifest["postgres"]["tables"].items()}
    return {
        "made_at": manifest["made_at"],
        "version": manifest["version"],
        "people": manifest["people"],
        "postgres_rows": sum(rows.values()),
        "clickhouse_rows": sum(table["rows"] for table in manifest["clickhouse"].values()),
        "events": manifest["clickhouse"].get("events", {}).get("rows", 0),
        "files": len(manifest["files"]),
        "not_included": manifest["not_included"],
    }
