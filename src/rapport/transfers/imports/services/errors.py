"""Rows that did not come in, or not with all their values, as a CSV that can be mended and imported again."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from itertools import groupby

from django.core.files.storage import default_storage
from django.utils.translation import gettext as _

from rapport.core.access import Actor
from rapport.core.permissions import Reach
from rapport.core.services import audit
from rapport.core.ui.lists.columns import csv_value
from rapport.transfers.imports import readers, reasons
from rapport.transfers.imports.readers.base import NUL
from rapport.transfers.models import Import

ROW, REASON, ADVICE = "import_row", "import_reason", "import_what_to_do"
ADVICE_FOR = {
    "nobody": "Give the row an email address, a phone number or an id.",
    "malformed": "Put cells that contain the delimiter into quotation marks, and close each quotation mark.",
    "ambiguous": "Keep one identifier in the row, or merge these people first.",
    "refused": "This person asked to be forgotten. Leave the row out.",
}
CELL_ADVICE = "The row came in without this. Mend the cell and import the row again."


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
                cells = [csv_value(cell) for cell in row.cells]
                writer.writerow([*cells, row.number, csv_value(wanted[1]), wanted[2]])
                yield _taken(out)
                wanted = next(problems, None)


def _problems(run: Import) -> Iterator[tuple[int, str, str]]:
    """(row, reasons, what to do) in order; what was only read in another way is no error."""
    chunks = run.chunks.order_by("first_row").values_list("problems", flat=True)
    for chunk in chunks.iterator(chunk_size=20):
        for number, entries in groupby(sorted(chunk), key=lambda entry: entry[0]):
            problems_of = [entry for entry in entries if entry[1] != "cell:" or entry[2] == NUL]
            if problems_of:
                whole = next((code for _row, code, *_rest in problems_of if not code.startswith("cell:")), "")
                advice = ADVICE_FOR.get(whole, "Mend what the reason names.") if whole else CELL_ADVICE
                yield number, "; ".join(reason(*entry[1:]) for entry in problems_of), advice


def reason(code: str, text: str, value: str = "") -> str:
    """Why a row or a cell did not come in, with what stood there."""
    if code.startswith("cell:"):
        words = {"column": code.removeprefix("cell:"), "reason": reasons.words_of(text), "value": value}
        return (
            _("%(column)s: %(reason)s (“%(value)s”)") % words
            if value
            else ": ".join(filter(None, (words["column"], words["reason"])))
        )
    words_of_row = str(reasons.ROWS.get(code, code))
    return f"{words_of_row}: {text}" if text else words_of_row


def _taken(out: io.StringIO) -> bytes:
    text = out.getvalue()
    out.seek(0)
    out.truncate()
    return text.encode()
