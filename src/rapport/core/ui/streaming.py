"""Streaming responses under ASGI: Django would otherwise collect a plain iterator before sending it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

from asgiref.sync import sync_to_async


async def streamed(blocks: Iterator[bytes]) -> AsyncIterator[bytes]:
    """The blocks of a synchronous iterator, each fetched in a thread."""
    step = sync_to_async(lambda: next(blocks, None))
    while (block := await step()) is not None:
        yield block
