"""Files that hang on messages of either direction: what may be sent, and where they are kept.

What came in is never opened or shown here: it is handed out as a download only.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from pathlib import PurePath
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db.models import Sum
from django.utils.translation import gettext as _

from rapport.channels.protocol import Attachment
from rapport.channels.registry import ChannelKind
from rapport.messaging.models import Delivery, InboundMessage, MessageFile, Send

MAX_FILES = 20
MB = 1 << 20
# What mailbox providers refuse to carry, because it runs when it is opened.
REFUSED = frozenset(
    "ade adp apk appx appxbundle bat cab chm cmd com cpl diagcab dll dmg exe hta img ins iso isp jar js jse lib lnk"
    " mde mjs msc msi msix mst nsh pif ps1 reg scr sct shb sys vb vbe vbs vhd vxd wsc wsf wsh xll".split()
)


def check(kind: ChannelKind, files: Sequence[Attachment], at: str = "files") -> None:
    """Raises ValidationError for what the channel cannot carry, named `at`."""
    if not files:
        return
    limit = kind.answering.attachments if kind.answering else 0
    if not limit:
        raise ValidationError({at: _("No files can be sent over this channel.")})
    if len(files) > MAX_FILES or sum(len(file.content) for file in files) > limit:
        words = _("At most %(files)d files, together %(mb)d MB.")
        raise ValidationError({at: words % {"files": MAX_FILES, "mb": limit // MB}})
    for file in files:
        if PurePath(file.name).suffix.lower().lstrip(".") in REFUSED:
            words = _("Mail providers refuse files like “%(name)s”, which run when they are opened.")
            raise ValidationError({at: words % {"name": file.name[:80]}})


def keep(delivery: Delivery, files: Sequence[Attachment]) -> None:
    """Keeps what goes out with a message, in the caller's transaction."""
    MessageFile.objects.bulk_create(_kept(file, delivery=delivery) for file in files)


def keep_inbound(row: InboundMessage, contents: Sequence[bytes | None], now: dt.datetime) -> None:
    """Keeps what came in with a message as far as it is not too much; of the others only the names are known."""
    if not any(contents):
        return
    room = room_for(row, now)
    for entry, content in zip(row.attachments, contents, strict=False):
        if content and len(content) <= room:
            room -= len(content)
            keep_one(row, entry, content)
    row.save(update_fields=["attachments"])


def room_for(row: InboundMessage, now: dt.datetime) -> int:
    """How many bytes of files may still be kept of a message that came in."""
    rows = MessageFile.objects.exclude(inbound=None)
    recent = rows.filter(inbound__recorded_at__gt=now - dt.timedelta(days=1))
    whole, own = (kept.aggregate(total=Sum("size"))["total"] or 0 for kept in (recent, row.files.all()))
    return min(settings.INBOUND_MB_PER_MESSAGE * MB - own, settings.INBOUND_MB_PER_DAY * MB - whole)


def keep_one(row: InboundMessage, entry: dict[str, Any], content: bytes) -> None:
    """Keeps the file of one of the row's `attachments`, which the caller saves."""
    file = _kept(Attachment(entry["name"], entry["type"], content), inbound=row)
    file.save()
    entry |= {"file": str(file.pk), "size": file.size}


def _kept(file: Attachment, **of: Delivery | InboundMessage) -> MessageFile:
    path = default_storage.save(f"messages/{uuid.uuid4().hex}", ContentFile(file.content))
    name = "".join(character for character in file.name if character.isprintable())[:200] or "file"
    return MessageFile(name=name, type=file.type[:120], size=len(file.content), path=path, **of)


def attached(delivery_id: uuid.UUID) -> list[Attachment]:
    """What goes out with a message."""
    files = []
    for row in MessageFile.objects.filter(delivery=delivery_id).order_by("name", "pk"):
        with default_storage.open(row.path) as stream:
            files.append(Attachment(row.name, row.type, stream.read()))
    return files


def any_of(send: Send) -> bool:
    """Whether a file hangs on any message of a send: otherwise none is looked for."""
    return bool(MessageFile.objects.filter(delivery__send=send).exists())


def remove(rows: Sequence[MessageFile]) -> None:
    """Deletes what rows held that are gone; once that is committed."""
    for row in rows:
        default_storage.delete(row.path)
