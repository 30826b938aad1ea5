"""Files that are no table: recognised by how they begin, and refused in a sentence that says what to do."""

from __future__ import annotations

import zipfile
from typing import IO

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

# A workbook with a password is an OLE file that holds this stream.
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_PASSWORD = _(
    "This workbook is protected by a password. Open it, remove the password, and save it as XLSX or CSV."
)
_OLD_XLS = _("This is an old Excel workbook (XLS). Open it and save it as XLSX or CSV.")
_PICTURE = _("This is a picture, not a table. Save the table itself as CSV or XLSX.")
_DOCUMENT = _(
    "This is a document, not a table. Copy the table into a spreadsheet and save it as XLSX or CSV."
)
_PACKED = _("This file is packed. Unpack it, or pack the table in it as ZIP.")
_DATA = _("This is a data file of another program. Export the table from it as CSV or Parquet.")
_BEGINNINGS: tuple[tuple[bytes, Promise], ...] = (
    (_OLE, _OLD_XLS),
    (b"\x09\x00\x04\x00", _OLD_XLS),
    (b"\x09\x02\x06\x00", _OLD_XLS),
    (b"\x09\x04\x06\x00", _OLD_XLS),
    (b"%PDF-", _DOCUMENT),
    (b"{\\rtf", _DOCUMENT),
    (b"\x89PNG\r\n", _PICTURE),
    (b"\xff\xd8\xff", _PICTURE),
    (b"GIF87a", _PICTURE),
    (b"GIF89a", _PICTURE),
    (b"\x1f\x8b", _PACKED),
    *((b"BZh%d1AY&SY" % level, _PACKED) for level in range(1, 10)),
    (b"\xfd7zXZ\x00", _PACKED),
    (b"\x28\xb5\x2f\xfd", _PACKED),
    (b"7z\xbc\xaf\x27\x1c", _PACKED),
    (b"Rar!\x1a\x07", _PACKED),
    (b"SQLite format 3\x00", _DATA),
    (b"ARROW1\x00", _DATA),
    (b"Obj\x01", _DATA),
    (
        b"MIME-Version:",
        _("This is a web archive. Open it in a spreadsheet program and save it as XLSX or CSV."),
    ),
)
_NO_ZIP = _("This ZIP or workbook is damaged or has a password. Save it again.")
# What a ZIP holds that is no XLSX: (an entry of it, what it is).
_ZIPPED: tuple[tuple[str, Promise], ...] = (
    ("content.xml", _("This is an OpenDocument file. Open it and save the table as XLSX or CSV.")),
    ("Index/Document.iwa", _("This is an Apple iWork file. Open it and export the table as XLSX or CSV.")),
    ("Index.zip", _("This is an Apple iWork file. Open it and export the table as XLSX or CSV.")),
    ("word/document.xml", _DOCUMENT),
    ("ppt/presentation.xml", _DOCUMENT),
    ("xl/workbook.bin", _("This is a binary Excel workbook (XLSB). Open it and save it as XLSX or CSV.")),
)


def refusal(sample: bytes) -> str:
    """Why a file that begins like this is no table, with what to do about it; "" when it may be one."""
    if sample.startswith(_OLE) and _ENCRYPTED in sample:
        return str(_PASSWORD)
    return next((str(sentence) for beginning, sentence in _BEGINNINGS if sample.startswith(beginning)), "")


def zip_refusal(stream: IO[bytes]) -> str:
    """The same for a file that begins like a ZIP."""
    try:
        with zipfile.ZipFile(stream) as packed:
            names = set(packed.namelist())
    except (zipfile.BadZipFile, NotImplementedError, OSError, ValueError):
        return str(_NO_ZIP)
    return next((str(sentence) for name, sentence in _ZIPPED if name in names), "")
