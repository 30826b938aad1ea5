"""Zip files, which workbooks are too: how much they may unpack to, and what of them is a file of the user's."""

from __future__ import annotations

import lzma
import zipfile
import zlib
from pathlib import PurePath
from typing import IO

from django.utils.translation import gettext as _

from rapport.transfers.imports.readers.base import Unreadable

# Tables shrink to a tenth or a fiftieth. What unpacks to much more than it is large is an attack, not a list of people.
RATIO, FLOOR = 200, 50 * 1024 * 1024
# These are held in memory whole while a workbook is read.
WHOLE = {"xl/sharedStrings.xml": 256 * 1024 * 1024, "xl/styles.xml": 64 * 1024 * 1024}
MOST_ENTRIES = 10_000
# A declaration of types stands before the first element; no spreadsheet program writes one.
_PROLOGUE = 64 * 1024


# What reading a damaged or oddly packed zip raises, one with a password among them.
DAMAGE = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    EOFError,
    NotImplementedError,
    OSError,
    RuntimeError,
    ValueError,
)


def is_plain(stream: IO[bytes]) -> bool:
    """Whether it is a zip of files, whatever its name, and no workbook or document."""
    try:
        stream.seek(0)
        if stream.read(4) != b"PK\x03\x04":
            return False
        with zipfile.ZipFile(stream) as packed:
            names = set(packed.namelist())
    except DAMAGE:
        return False
    return not names & {"[Content_Types].xml", "mimetype"} and not any(
        name.endswith(".iwa") for name in names
    )


def check(packed: zipfile.ZipFile) -> None:
    """Raises Unreadable for what unpacks to an absurd size, and for XML with declarations of its own."""
    entries = packed.infolist()
    for entry in entries:
        absurd = entry.file_size > FLOOR and entry.file_size > entry.compress_size * RATIO
        if (
            absurd
            or entry.file_size > WHOLE.get(entry.filename, entry.file_size)
            or len(entries) > MOST_ENTRIES
        ):
            raise Unreadable(_("This file unpacks to an absurd size. Save it again as CSV."))
        if entry.filename.endswith((".xml", ".rels")):
            _check_prologue(packed, entry)


def _check_prologue(packed: zipfile.ZipFile, entry: zipfile.ZipInfo) -> None:
    with packed.open(entry) as stream:
        head = stream.read(_PROLOGUE).replace(b"\0", b"")
    if b"<!DOCTYPE" in head or b"<!ENTITY" in head:
        raise Unreadable(_("This workbook declares XML of its own (a DTD). Save it again as XLSX or CSV."))


def is_own(name: str) -> bool:
    """Whether an entry is a file that somebody packed, and none that macOS or Windows put beside it."""
    path = PurePath(name)
    hidden = path.name.startswith((".", "~$")) or path.name.lower() in {"thumbs.db", "desktop.ini"}
    return not hidden and "__MACOSX" not in path.parts and not name.endswith("/")
