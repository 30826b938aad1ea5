"""Scripts for other people's pages, compressed once per process: our tracker, and Segment's browser client.

Segment's client is served unmodified but for what its own delivery network fills in: the write key, and the addresses
of the network, which are ours here. So it asks nobody else for anything.
"""

from __future__ import annotations

import gzip
import hashlib
from functools import cache, lru_cache
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

import brotli  # type: ignore[import-untyped]

EVENTS = Path(__file__).resolve().parent.parent
TRACKER = EVENTS / "static" / "events" / "rapport.js"
ANALYTICS_JS = EVENTS / "vendor" / "analytics-next"
# What Segment's network writes into the script, and what the script falls back to.
KEY_PLACE, NETWORK, API = "__WRITE_KEY__", "https://cdn.segment.com", "api.segment.io/v1"


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
def tracker(encoding: str) -> Encoded:
    """Our tracker as `br`, `gzip` or `identity`."""
    return _encoded(strip(TRACKER.read_text(encoding="utf-8")), encoding, effort=11)


@lru_cache(maxsize=64)
def analytics_js(key: str, public_url: str, encoding: str) -> Encoded:
    """Segment's client for one source, as its snippet loads it. `key` is a write key that exists."""
    where = urlsplit(public_url)
    source = _standalone().replace(KEY_PLACE, key).replace(NETWORK, public_url)
    return _encoded(source.replace(API, f"{where.netloc}{where.path}/v1"), encoding, effort=9)


@cache
def _standalone() -> str:
    return (ANALYTICS_JS / "standalone.js").read_text(encoding="utf-8")


@cache
def bundles() -> frozenset[str]:
    """The names of the parts that Segment's client loads when they are needed; each holds a digest of its content."""
    return frozenset(path.name for path in ANALYTICS_JS.glob("*.bundle.*.js"))


@cache
def bundle(name: str, encoding: str) -> Encoded:
    """One of `bundles`."""
    return _encoded((ANALYTICS_JS / name).read_text(encoding="utf-8"), encoding, effort=11)


def _encoded(source: str, encoding: str, *, effort: int) -> Encoded:
    """The script compressed, with its strong entity tag."""
    plain = source.encode()
    body: bytes = plain
    if encoding == "br":
        body = brotli.compress(plain, quality=effort)
    elif encoding == "gzip":
        body = gzip.compress(plain, 9, mtime=0)
    digest = hashlib.blake2b(plain, digest_size=12).hexdigest()
    return Encoded(body, encoding, f'"{digest}-{encoding}"')
