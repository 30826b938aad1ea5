"""What the environment says: data folder, engine addresses, secrets. Read once, typed, nothing else.

Every setting may also be given as `NAME_FILE`, the path of a file that holds the value (for secrets).
"""

from __future__ import annotations

import json
import os
import secrets
import tempfile
from pathlib import Path


class Misconfigured(Exception):
    """A setting has a value that cannot work; the message says which and what would."""


def text(name: str, default: str = "") -> str:
    if path := os.environ.get(f"{name}_FILE"):
        try:
            return Path(path).read_text().strip()
        except OSError as error:
            raise Misconfigured(f"{name}_FILE: cannot read {path}: {error.strerror}") from error
    return os.environ.get(name, default)


def put(name: str, value: str) -> None:
    """Gives this process and those it starts the setting, over whatever the environment said, in a file too."""
    os.environ[name] = value
    os.environ.pop(f"{name}_FILE", None)


def integer(name: str, default: int) -> int:
    raw = text(name, str(default))
    try:
        return int(raw)
    except ValueError as error:
        raise Misconfigured(f"{name} must be a whole number, not {raw!r}") from error


def boolean(name: str, default: bool) -> bool:
    raw = text(name, "yes" if default else "no").lower()
    if raw in {"1", "yes", "true", "on"}:
        return True
    if raw in {"0", "no", "false", "off", ""}:
        return False
    raise Misconfigured(f"{name} must be yes or no, not {raw!r}")


def words(name: str, default: str = "") -> list[str]:
    return [word for word in text(name, default).replace(",", " ").split() if word]


def default_data_folder() -> Path:
    base = os.environ.get("XDG_DATA_HOME") or str(Path.home() / ".local" / "share")
    return Path(base) / "rapport"


def data_folder() -> Path:
    return Path(text("RAPPORT_DATA") or default_data_folder()).expanduser().resolve()


def journal_folder() -> Path:
    base = os.environ.get("XDG_STATE_HOME") or str(Path.home() / ".local" / "state")
    return Path(text("RAPPORT_JOURNAL") or Path(base) / "rapport").expanduser().resolve()


SECRET_NAMES = (
    "secret_key",
    "signing_key",
    "suppression_key",
    "encryption_key",
    "postgres_password",
    "clickhouse_password",
)


def load_secrets(data: Path) -> dict[str, str]:
    """The installation's secrets, made at first use and readable by the owner only.

    `RAPPORT_SECRETS` (or `RAPPORT_SECRETS_FILE`) gives them as JSON instead, for several machines.
    """
    if given := text("RAPPORT_SECRETS"):
        values: dict[str, str] = json.loads(given)
        if missing := [name for name in SECRET_NAMES if name not in values]:
            raise Misconfigured(f"RAPPORT_SECRETS lacks {', '.join(missing)}")
        return values
    path = data / "secrets.json"
    values = json.loads(path.read_text()) if path.exists() else {}
    if all(name in values for name in SECRET_NAMES):
        return values
    values = {name: values.get(name) or secrets.token_urlsafe(40) for name in SECRET_NAMES}
    data.mkdir(parents=True, exist_ok=True)
    return _write_once(path, values)


def _write_once(path: Path, values: dict[str, str]) -> dict[str, str]:
    """Writes atomically; when another process was first, its secrets are the ones."""
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".secrets")
    with os.fdopen(handle, "w") as file:
        json.dump(values, file)
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(temporary, path)
    except FileExistsError:
        present: dict[str, str] = json.loads(path.read_text())
        if not all(name in present for name in SECRET_NAMES):
            Path(temporary).replace(path)
            return values
        values = present
    Path(temporary).unlink(missing_ok=True)
    return values
