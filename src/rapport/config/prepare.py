"""Everything that must be true of the databases and the static files before a server starts."""

from __future__ import annotations

import hashlib
from pathlib import Path

from django.apps import apps
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from rapport.core import clickhouse, startup
from rapport.core.clock import SYSTEM, Clock
from rapport.core.services import incarnations, roles
from rapport.events.services import log as event_log


def run(clock: Clock = SYSTEM) -> None:
    """Migrates what is not migrated yet and collects static files that changed."""
    startup.check()
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        call_command("migrate", verbosity=0, interactive=False)
    roles.keep_built_in()
    # Sign-in counts its failures in the cache, which is a table of PostgreSQL.
    call_command("createcachetable", verbosity=0)
    clickhouse.migrate()
    event_log.migrate()
    incarnations.recognise(clock.now())
    _collect_static()


def _collect_static() -> None:
    stamp = Path(settings.STATIC_ROOT) / ".stamp"
    current = _fingerprint()
    if stamp.exists() and stamp.read_text() == current:
        return
    # django_htmx brings extensions that nothing here loads, with imports of files that it does not bring.
    call_command("collectstatic", verbosity=0, interactive=False, clear=True, ignore_patterns=["django_htmx"])
    stamp.write_text(current)


def _fingerprint() -> str:
    """Changes when a static file of any app does."""
    digest = hashlib.sha256()
    for app in apps.get_app_configs():
        folder = Path(app.path) / "static"
        for path in sorted(folder.rglob("*")) if folder.is_dir() else []:
            about = path.stat()
            digest.update(f"{path}:{about.st_size}:{about.st_mtime_ns}".encode())
    return digest.hexdigest()
