"""The two engines: addresses given by URL, or the embedded ones of the data folder, which are started from here."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from rapport.config import env
from rapport.core.engines import paths
from rapport.core.engines.postgres import Postgres
from rapport.core.engines.supervisor import ClickHouse, Supervisor


def postgres(data: Path, secrets: dict[str, str]) -> dict[str, dict[str, Any]]:
    """Django's DATABASES for `DATABASE_URL`, or for the embedded PostgreSQL of the data folder."""
    options: dict[str, Any] = {}
    if env.boolean("RAPPORT_DATABASE_POOL", True):
        options["pool"] = {"min_size": 1, "max_size": 12, "timeout": 20}
        # Statements are prepared where `core.sql.run` says so; behind a pooler none can be.
        options["prepare_threshold"] = 1_000_000_000
    common = {
        "ENGINE": "django.db.backends.postgresql",
        "OPTIONS": options,
        "CONN_MAX_AGE": 0,
        "CONN_HEALTH_CHECKS": True,
    }
    if url := env.text("DATABASE_URL"):
        address = urlsplit(url)
        if address.scheme not in {"postgres", "postgresql"}:
            raise env.Misconfigured("DATABASE_URL must look like postgresql://user:password@host/name")
        query = dict(parse_qsl(address.query))
        host = query.pop("host", address.hostname or "")
        options.update(query)
        return {
            "default": common
            | {
                "NAME": unquote(address.path.lstrip("/")),
                "USER": unquote(address.username or ""),
                "PASSWORD": unquote(address.password or ""),
                "HOST": host,
                "PORT": str(address.port or ""),
            }
        }
    return {
        "default": common
        | {
            "NAME": "rapport",
            "USER": "rapport",
            "PASSWORD": secrets["postgres_password"],
            "HOST": str(paths.socket_folder(data)),
            "PORT": str(paths.POSTGRES_PORT),
        }
    }


def clickhouse_url(data: Path, secrets: dict[str, str]) -> str:
    """`CLICKHOUSE_URL` (http://user:password@host:port/database), or the embedded engine's address."""
    if url := env.text("CLICKHOUSE_URL"):
        if urlsplit(url).scheme not in {"http", "https"}:
            raise env.Misconfigured("CLICKHOUSE_URL must look like http://user:password@host:8123/database")
        return url
    try:
        port = json.loads(paths.clickhouse_address(data).read_text())["port"]
    except (OSError, ValueError, KeyError):
        port = 0
    return f"http://rapport:{secrets['clickhouse_password']}@127.0.0.1:{port}/rapport"


def supervised(data: Path, clickhouse_port: int = 0) -> Supervisor:
    """A supervisor of those engines of the data folder that no address stands in for."""
    secrets = env.load_secrets(data)
    engines: list[Postgres | ClickHouse] = []
    if not env.text("DATABASE_URL"):
        programs = env.text("RAPPORT_POSTGRES_BIN")
        engines.append(Postgres(data, secrets["postgres_password"], Path(programs) if programs else None))
    if not env.text("CLICKHOUSE_URL"):
        configuration = env.text("RAPPORT_CLICKHOUSE_CONFIG")
        engines.append(ClickHouse(data, secrets["clickhouse_password"], clickhouse_port, configuration))
    return Supervisor(data, engines)
