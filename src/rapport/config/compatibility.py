"""Data of another version of Rapport are recognised, refused with what to do, and left as they are.

A data folder says its format in a file that is read before any engine starts; a database says in its table of
migrations which it has seen.
"""

from __future__ import annotations

from pathlib import Path

import psycopg

from rapport.core.engines import paths

# Raised whenever migrations start anew.
FORMAT = "1"
# Apps that are installed only sometimes, so that their migrations may be unknown.
OPTIONAL = {"demo"}
LISTED = 5


class Incompatible(Exception):
    """The data are another version's; the message says whose they are taken for and what to do."""


def _mark(data: Path) -> Path:
    return data / "format"


def check_folder(data: Path) -> None:
    """Raises Incompatible where a data folder holds a database of another format; writes nothing."""
    if not (paths.postgres_data(data) / "PG_VERSION").exists():
        return
    try:
        format_ = _mark(data).read_text().strip()
    except FileNotFoundError:
        raise Incompatible(_advice(f"{data} is a data folder of a version before this one.")) from None
    if format_ != FORMAT:
        raise Incompatible(
            _advice(f"{data} is a data folder of format {format_}; this version reads {FORMAT}.")
        )


def mark_folder(data: Path) -> None:
    """Before the engines first start in a folder. Raises Incompatible like `check_folder`."""
    check_folder(data)
    paths.write_whole(_mark(data), f"{FORMAT}\n")


def check_database() -> None:
    """Raises Incompatible where another version migrated the database; one that does not answer passes."""
    from django.db.migrations.loader import MigrationLoader

    ours = set(MigrationLoader(None).disk_migrations or {})
    unknown = sorted(f"{app}.{name}" for app, name in _applied() - ours if app not in OPTIONAL)
    if unknown:
        more = f" and {len(unknown) - LISTED} more" if len(unknown) > LISTED else ""
        raise Incompatible(
            _advice(
                "The database was made by another version of Rapport. It has seen migrations that this one does"
                f" not have: {', '.join(unknown[:LISTED])}{more}."
            )
        )


def _applied() -> set[tuple[str, str]]:
    """(app, name) of the migrations the database has seen; none where it is new or away."""
    from rapport.core.sql import dsn

    try:
        with psycopg.connect(dsn(), connect_timeout=5) as connection:
            return set(connection.execute("SELECT app, name FROM django_migrations").fetchall())
    except psycopg.Error:
        return set()


def _advice(what: str) -> str:
    return (
        f"{what} Nothing was changed in it. Go on with the version that made it; or take the people out with that"
        " version (`rapport export people.csv`), start this one in a new folder (`rapport serve --data NEW_FOLDER`,"
        " or a new database in DATABASE_URL), and bring them in there (`rapport import people.csv`)."
    )
