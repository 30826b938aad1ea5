"""Files as rows of cells, whatever their format, without holding more than a buffer of them in memory.

    layout = readers.inspect(stream, "people.csv")          # format, encoding, delimiter, sheets, …
    with readers.rows(stream, layout, skip=20_000) as rows:  # FileRow(number, cells)
        headers = rows.headers

A reader knows nothing of what a file is about: imports of people and feeds of events use the same ones.
"""

from rapport.transfers.imports.readers.base import PEEKED, FileRow, Layout, Table, Unreadable
from rapport.transfers.imports.readers.opening import beginning, count, inspect, rows

__all__ = ["PEEKED", "FileRow", "Layout", "Table", "Unreadable", "beginning", "count", "inspect", "rows"]
