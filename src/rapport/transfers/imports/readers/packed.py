"""Zip files, which workbooks are too: how much they may unpack to."""

from __future__ import annotations

import zipfile

from rapport.transfers.imports.readers.base import Unreadable

# Tables shrink to a tenth or a fiftieth. What unpacks to much more than it is large is an attack, not a list of people.
RATIO, FLOOR = 200, 50 * 1024 * 1024
# These are held in memory whole while a workbook is read.
WHOLE = {"xl/sharedStrings.xml": 256 * 1024 * 1024, "xl/styles.xml": 64 * 1024 * 1024}
MOST_ENTRIES = 10_000


def check(packed: zipfile.ZipFile) -> None:
    """Raises Unreadable for a zip file that unpacks to an absurd size; what it says of itself binds its reader."""
    entries = packed.infolist()
    for entry in entries:
        absurd = entry.file_size > FLOOR and entry.file_size > entry.compress_size * RATIO
        if (
            absurd
            or entry.file_size > WHOLE.get(entry.filename, entry.file_size)
            or len(entries) > MOST_ENTRIES
        ):
            raise Unreadable("This file unpacks to an absurd size. Save it again as CSV.")
