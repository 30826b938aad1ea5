"""Scripts for other people's pages, compressed once per process."""

from __future__ import annotations

import gzip
import hashlib
from functools import cache
from pathlib import Path
from typing import NamedTuple

import brotli  # type: ignore[import-untyped]


class Encoded(NamedTuple):
    """One stored form of a script."""

    body: bytes
    encoding: str
    etag: str


def strip(source: str) -> str:
    """The script without lines that hold only a `//` comment, empty lines and indentation.

    Line ends stay, so meaning stays, as long as the source keeps the rule that a test checks: no block
    comment, and no string or template that runs over a line end.
    """
    lines = (line.strip() for line in source.splitlines())
    return "\n".join(line for line in lines if line and not line.startswith("//")) + "\n"


@cache
def stripped(path: Path, encoding: str) -> Encoded:
    """A script of ours as `br`, `gzip` or `identity`."""
    return encoded(strip(path.read_text(encoding="utf-8")), encoding, effort=11)


def encoded(source: str, encoding: str, *, effort: int) -> Encoded:
    """The script compressed, with its strong entity tag."""
    plain = source.encode()
    body: bytes = plain
    if encoding == "br":
        body = brotli.compress(plain, quality=effort)
    elif encoding == "gzip":
        body = gzip.compress(plain, 9, mtime=0)
    digest = hashlib.blake2b(plain, digest_size=12).hexdigest()
    return Encoded(body, encoding, f'"{digest}-{encoding}"')
