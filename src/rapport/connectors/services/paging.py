"""Page after page of another system, which may repeat itself, lead in a circle, or be cut short."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext as _

from rapport.connectors.asking import Api, Unreachable, readable
from rapport.connectors.registry import Cursor, Page, Resource

MOST_EMPTY = 50


def pages(resource: Resource, api: Api, cursor: Cursor) -> Iterator[Page]:
    """From a place on to the end. Raises asking.Trouble, also where no end would come."""
    met, before, empty = {_key(cursor)}, None, 0
    while True:
        page = fetched(resource, api, cursor)
        empty = 0 if page.rows else empty + 1
        if page.cursor is not None:
            repeats = bool(page.rows) and before is not None and page.rows == before
            if repeats or _key(page.cursor) in met or empty > MOST_EMPTY:
                raise Unreachable(_("It gives the same page again and again."))
        yield page
        if page.cursor is None:
            return
        cursor, before = page.cursor, page.rows
        met.add(_key(cursor))


def fetched(resource: Resource, api: Api, cursor: Cursor) -> Page:
    """One page. Raises asking.Trouble."""
    with readable():
        page = resource.fetch(api, cursor)
        total = page.total if page.total is None or 0 <= page.total < 2**62 else None
    return Page([row for row in page.rows if isinstance(row, dict)], page.cursor, total)


def single(resource: Resource, api: Api, id: str) -> Any:
    """One record. Raises asking.Trouble."""
    with readable():
        row = resource.single(api, id)
        return {**row}


def _key(cursor: Cursor) -> str:
    return json.dumps(cursor, sort_keys=True, default=str)
