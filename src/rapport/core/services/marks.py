"""The mark of a running instance outside of its data: which life of them runs where, and how far it got.

A copy, or an older state, does not agree with it. The mark is a small file beside the journal; a second one is in the
PostgreSQL cluster, whose identifier, timeline and database number no dump and no restore to an earlier moment keeps.
"""

from __future__ import annotations

import datetime as dt
import logging
import os
import socket
import uuid
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

import msgspec
from django.conf import settings
from django.db import Error as DatabaseError
from django.db import transaction

from rapport.core import sql
from rapport.core.engines import paths
from rapport.core.models import AuditEntry, Incarnation
from rapport.core.services import journal

log = logging.getLogger("rapport.incarnation")
_CLUSTER = (
    "SELECT (SELECT system_identifier FROM pg_control_system())::text,"
    " left(pg_walfile_name(pg_current_wal_lsn()), 8),"
    " (SELECT oid FROM pg_database WHERE datname = current_database())::text"
)


@dataclass(frozen=True, slots=True)
class Home:
    """Where the data are: the cluster's identity, and the folder (with its inode) or the database's address."""

    cluster: str
    place: str
    inode: str = ""

    @property
    def is_embedded(self) -> bool:
        return bool(self.inode)

    def is_in(self, cluster: str, *, at_any_moment: bool = False) -> bool:
        """Whether it is that cluster, as far as both say; `at_any_moment`: also another timeline or database of it."""
        length = 1 if at_any_moment else 3
        return (
            not (cluster and self.cluster) or cluster.split("/")[:length] == self.cluster.split("/")[:length]
        )


class Mark(msgspec.Struct, frozen=True):
    """What the file says: `audit` and `audit_at` are the newest line of the audit log that was there."""

    incarnation: uuid.UUID
    place: str
    inode: str
    host: str
    at: dt.datetime
    audit: int
    audit_at: dt.datetime | None


def home() -> Home:
    """Of the data that this process uses."""
    database = settings.DATABASES["default"]
    if database["HOST"] == str(paths.socket_folder(settings.DATA)):
        about = Path(settings.DATA).stat()
        return Home(_cluster(), str(settings.DATA), f"{about.st_dev}:{about.st_ino}")
    address = urlencode({name.lower(): database[name] for name in ("HOST", "PORT", "NAME")})
    return Home(_cluster(), address)


def _cluster() -> str:
    try:
        with transaction.atomic():
            return "/".join(sql.run(_CLUSTER)[0])
    except DatabaseError as error:  # a managed server may keep it to itself
        log.warning("the database cluster does not say which it is: %s", error)
        return ""


def read() -> Mark | None:
    """The mark of this machine, if there is one."""
    try:
        return msgspec.json.decode(_path().read_bytes(), type=Mark)
    except (OSError, msgspec.MsgspecError):
        return None


def write(incarnation: Incarnation, here: Home, now: dt.datetime) -> None:
    """Notes how far these data got. A mark that cannot be written stops nothing, and is reported."""
    audit, audit_at = newest_audit()
    mark = Mark(incarnation.token, here.place, here.inode, socket.gethostname(), now, audit, audit_at)
    try:
        _path().parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        fresh = _path().with_name(f"mark.{os.getpid()}.new")
        fresh.write_bytes(msgspec.json.encode(mark))
        fresh.replace(_path())
    except OSError as error:
        log.error("the mark of this instance cannot be written (%s); see RAPPORT_JOURNAL", error)


def newest_audit() -> tuple[int, dt.datetime | None]:
    row = AuditEntry.objects.order_by("-pk").values_list("pk", "at").first()
    return row or (0, None)


def _path() -> Path:
    return journal.folder() / "mark.json"
