"""Rows read and made out by a second thread, a block ahead of the one that the database is writing.

What one waits for the other works at: a block takes the database about as long as its rows take Python.
"""

from __future__ import annotations

import hashlib
from collections.abc import Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice

import msgspec
from django.core.exceptions import ValidationError
from django.utils import translation

from rapport.commerce.feeds.mapping import Mapper
from rapport.commerce.feeds.reading import Row
from rapport.commerce.services.items import Item

BLOCK = 5_000
encode = msgspec.json.Encoder(enc_hook=str).encode


@dataclass(slots=True)
class Read:
    """A row, its id, a digest of what it says, and its item, if it was made out already."""

    row: Row
    key: str
    digest: bytes
    item: Item | ValidationError | None


def item(mapper: Mapper, row: Row) -> Item | ValidationError:
    try:
        return mapper.item(row.cells, is_new=False)
    except ValidationError as error:
        return error


class Ahead:
    """The blocks of a file. While most rows say something new (`is_news`), items are made out ahead as well."""

    def __init__(self, mapper: Mapper, rows: Iterator[Row], *, is_news: bool) -> None:
        self.mapper, self.is_news = mapper, is_news
        self._rows = rows
        self._salt = encode([dict(mapper.fields), mapper.notation, mapper.currency])[:64]
        self._language = translation.get_language()

    def blocks(self) -> Generator[list[Read]]:
        """In the file's order; what is wrong with the file is raised where it was read."""
        with ThreadPoolExecutor(1) as pool:
            waiting = pool.submit(self._next)
            while block := waiting.result():
                waiting = pool.submit(self._next)
                yield block

    def _next(self) -> list[Read]:
        is_news = self.is_news
        with translation.override(self._language):
            return [self._read(row, is_news=is_news) for row in islice(self._rows, BLOCK)]

    def _read(self, row: Row, *, is_news: bool) -> Read:
        key = self.mapper.id_of(row.cells)
        digest = hashlib.blake2b(encode(row.cells), digest_size=16, key=self._salt).digest()
        ready = item(self.mapper, row) if is_news and key and not row.problem else None
        return Read(row, key, digest, ready)
