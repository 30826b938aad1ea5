"""The rows that did not come in, as a CSV that can be mended and imported again."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from django.core.files.storage import default_storage

from rapport.core.access import Actor
from rapport.core.permissions import Reach
from rapport.core.services import audit
from rapport.core.ui.lists.columns import csv_value
from rapport.transfers.imports import readers
from rapport.transfers.models import Import

ROW, REASON, ADVICE = "import_row", "import_reason", "import_what_to_do"
ADVICE_FOR = {
    "nobody": "Give the row an e-mail address, a phone number or an id.",
    "malformed": "Put cells that contain the delimiter into quotation marks.",
    "ambiguous": "Keep one identifier in the row, or merge these people first.",
    "refused": "This person asked to be forgotten. Leave the row out.",
    "consent": "Add when and how the person agreed, or leave the consent out.",
}


def taken(*, actor: Actor, run: Import) -> Iterator[bytes]:
    """The error file for somebody, with an audit line: it holds what stood in the rows."""
    actor.require("people.edit", Reach.ALL)
    audit.record(actor=actor, action="import.errors_downloaded", object_type="import", object_id=run.pk)
    return lines(run)


def lines(run: Import) -> Iterator[bytes]:
    """The error file, a block at a time: the original columns, then row number, reason and what to do."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow([*(csv_value(header) for header in run.headers), ROW, REASON, ADVICE])
    yield b"\xef\xbb\xbf" + _taken(out)
    problems = _problems(run)
    wanted = next(problems, None)
    layout = readers.Layout.from_json(run.layout)
    with default_storage.open(run.file) as stream, readers.rows(stream, layout) as table:
        for row in table.rows:
            if wanted is None:
                return
            if row.number == wanted[0]:
                advice = ADVICE_FOR.get(wanted[1], "Mend what the reason names.")
                writer.writerow(
                    [*(csv_value(cell) for cell in row.cells), row.number, csv_value(wanted[2]), advice]
                )
                yield _taken(out)
                wanted = next(problems, None)


def _problems(run: Import) -> Iterator[tuple[int, str, str]]:
    """Rejected rows in order; notes about single cells are no rows of the error file."""
    chunks = run.chunks.order_by("first_row").values_list("problems", flat=True)
    for chunk in chunks.iterator(chunk_size=20):
        for number, code, words in sorted(chunk):
            if not code.startswith("cell:"):
                yield number, code, words


def _taken(out: io.StringIO) -> bytes:
    text = out.getvalue()
    out.seek(0)
    out.truncate()
    return text.encode()
