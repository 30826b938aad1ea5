"""Scripts for other people's pages, compressed once per process: our tracker, and Segment's browser client.

Segment's client is served unmodified but for what its own delivery network fills in: the write key, and the addresses
of the network, which are ours here. So it asks nobody else for anything.
"""

from __future__ import annotations

from functools import cache, lru_cache
from pathlib import Path
from urllib.parse import urlsplit

from rapport.core.services.scripts import Encoded, encoded, stripped

EVENTS = Path(__file__).resolve().parent.parent
TRACKER = EVENTS / "static" / "events" / "rapport.js"
ANALYTICS_JS = EVENTS / "vendor" / "analytics-next"
# What Segment's network writes into the script, and what the script falls back to.
KEY_PLACE, NETWORK, API = "__WRITE_KEY__", "https://cdn.segment.com", "api.segment.io/v1"


def tracker(encoding: str) -> Encoded:
    """Our tracker as `br`, `gzip` or `identity`."""
    return stripped(TRACKER, encoding)


@lru_cache(maxsize=64)
def analytics_js(key: str, public_url: str, encoding: str) -> Encoded:
    """Segment's client for one source, as its snippet loads it. `key` is a write key that exists."""
    where = urlsplit(public_url)
    source = _standalone().replace(KEY_PLACE, key).replace(NETWORK, public_url)
    return encoded(source.replace(API, f"{where.netloc}{where.path}/v1"), encoding, effort=9)


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
    return encoded((ANALYTICS_JS / name).read_text(encoding="utf-8"), encoding, effort=11)
