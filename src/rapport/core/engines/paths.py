"""Paths of the embedded engines inside a data folder."""

from __future__ import annotations

import hashlib
import tempfile
from pathlib import Path

POSTGRES_PORT = 5432  # only names the socket file; no TCP port is opened
SOCKET_PATH_LIMIT = 100  # sun_path holds 108 bytes on Linux and 104 on macOS


def postgres_data(data: Path) -> Path:
    return data / "postgres"


def clickhouse_data(data: Path) -> Path:
    return data / "clickhouse"


def logs(data: Path) -> Path:
    return data / "logs"


def clickhouse_address(data: Path) -> Path:
    """JSON {"port": N} of the running ClickHouse engine process."""
    return data / "run" / "clickhouse.json"


def write_whole(path: Path, text: str) -> None:
    """Writes a small file all at once: whoever reads it, and a disk that is full, find the old or the new one.

    A file that holds the text already is left alone. Raises OSError.
    """
    try:
        if path.read_text() == text:
            return
    except OSError:
        pass
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f"{path.name}.new")
    fresh.write_text(text)
    fresh.replace(path)


def socket_folder(data: Path) -> Path:
    """PostgreSQL's socket folder: inside the data folder, or in the temporary folder if that path is too long."""
    folder = data / "run" / "pg"
    if len(str(folder / f".s.PGSQL.{POSTGRES_PORT}")) <= SOCKET_PATH_LIMIT:
        return folder
    digest = hashlib.sha256(str(data).encode()).hexdigest()[:12]
    return Path(tempfile.gettempdir()) / f"rapport-{digest}"
