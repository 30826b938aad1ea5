"""CSV export of exactly what a list shows."""

from __future__ import annotations

import csv
import io
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any

from asgiref.sync import sync_to_async
from django.http import StreamingHttpResponse

from rapport.core.services.views import note_export
from rapport.core.ui.lists.columns import csv_value
from rapport.core.ui.lists.sources import sliced

if TYPE_CHECKING:
    from rapport.core.ui.lists.page import ListPage

CHUNK = 1000


def csv_response(page: ListPage, rows: Any = None) -> StreamingHttpResponse:
    """`rows`, or all that match, in the list's order with the columns shown. Leaves an audit line."""
    note_export(actor=page.actor, list_name=page.name, query=page.state.view_query())
    answer = StreamingHttpResponse(
        _lines(page, page.matching() if rows is None else rows), content_type="text/csv; charset=utf-8"
    )
    answer.headers["Content-Disposition"] = f'attachment; filename="{page.name}.csv"'
    return answer


async def _lines(page: ListPage, rows: Any) -> AsyncIterator[bytes]:
    # Chunk by chunk by key, so that no database cursor stays open while the reader downloads slowly.
    yield b"\xef\xbb\xbf" + _csv([[str(column.label) for column in page.chosen_columns]])
    after = ""
    while True:
        text, after = await sync_to_async(_chunk)(page, rows, after)
        yield text
        if not after:
            return


def _chunk(page: ListPage, rows: Any, after: str) -> tuple[bytes, str]:
    page_slice = sliced(rows, page.order, CHUNK, after=after)
    page.prepare(page_slice.rows)
    return _csv(
        [[column.raw(row) for column in page.chosen_columns] for row in page_slice.rows]
    ), page_slice.after


def _csv(lines: list[list[object]]) -> bytes:
    out = io.StringIO()
    csv.writer(out).writerows([csv_value(cell) for cell in line] for line in lines)
    return out.getvalue().encode()
