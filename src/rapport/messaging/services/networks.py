"""Whose network an address belongs to: a data centre, a mail scanner, a privacy relay, or nobody's that we know.

The list is a file of CIDR blocks under headings `[data-centre amazon]`, so that it can be read, compared and replaced
by the operator (RAPPORT_NETWORKS) without another release. It is read once, into sorted starts and ends.
"""

from __future__ import annotations

import datetime as dt
import functools
import ipaddress
import logging
import math
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from django.conf import settings

log = logging.getLogger("rapport.messaging")
OURS = Path(__file__).resolve().parent.parent / "data" / "networks.txt"
KINDS = ("data-centre", "scanner", "relay")


class BadNetworks(ValueError):
    """The file cannot be read; the message names the line."""


@dataclass(frozen=True, slots=True)
class Owner:
    """`kind` is one of KINDS; `name` is whoever runs the network."""

    kind: str
    name: str


Block = tuple[int, int, Owner]  # first and last address


@dataclass(slots=True)
class Networks:
    """By version of IP, where the stretches of one owner begin (or of nobody: None), in order."""

    as_of: dt.date | None = None
    starts: dict[int, list[int]] = field(default_factory=dict)
    owners: dict[int, list[Owner | None]] = field(default_factory=dict)

    def owner(self, address: str) -> Owner | None:
        """None for an address of nobody listed, and for what is no address."""
        try:
            parsed = ipaddress.ip_address(address.partition("%")[0])
        except ValueError:
            return None
        parsed = getattr(parsed, "ipv4_mapped", None) or parsed
        at = bisect_right(self.starts[parsed.version], int(parsed)) - 1
        return self.owners[parsed.version][at] if at >= 0 else None


def read(lines: Iterable[str]) -> Networks:
    """Raises BadNetworks."""
    networks, owner = Networks(), None
    blocks: dict[int, list[Block]] = {4: [], 6: []}
    for number, line in enumerate(lines, 1):
        text = line.strip()
        if text.startswith("# as-of:"):
            networks.as_of = dt.date.fromisoformat(text.removeprefix("# as-of:").strip())
        elif text.startswith("["):
            kind, _blank, name = text.strip("[]").partition(" ")
            if kind not in KINDS or not name:
                raise BadNetworks(f"line {number}: a heading is [KIND NAME], KIND one of {', '.join(KINDS)}")
            owner = Owner(kind, name)
        elif text and not text.startswith("#"):
            version, block = _block(owner, text, number)
            blocks[version].append(block)
    for version, listed in blocks.items():
        networks.starts[version], networks.owners[version] = _stretches(listed)
    return networks


def _block(owner: Owner | None, text: str, line: int) -> tuple[int, Block]:
    if owner is None:
        raise BadNetworks(f"line {line}: a block stands before the first heading")
    try:
        block = ipaddress.ip_network(text)
    except ValueError as error:
        raise BadNetworks(f"line {line}: {error}") from error
    return block.version, (int(block.network_address), int(block.broadcast_address), owner)


def _stretches(blocks: list[Block]) -> tuple[list[int], list[Owner | None]]:
    """Blocks, which are apart or within one another, as stretches side by side: the innermost block has the say."""
    starts: list[int] = []
    owners: list[Owner | None] = []
    enclosing: list[Block] = []

    def begin(at: int, owner: Owner | None) -> None:
        if starts and starts[-1] == at:
            owners[-1] = owner
        elif not owners or owners[-1] != owner:
            starts.append(at)
            owners.append(owner)

    def end_before(at: float) -> None:
        while enclosing and enclosing[-1][1] < at:
            _first, last, _owner = enclosing.pop()
            begin(last + 1, enclosing[-1][2] if enclosing else None)

    for block in sorted(blocks, key=lambda block: (block[0], -block[1])):
        end_before(block[0])
        begin(block[0], block[2])
        enclosing.append(block)
    end_before(math.inf)
    return starts, owners


@functools.lru_cache(maxsize=1)
def networks() -> Networks:
    """The operator's list, or the one that came with Rapport if there is none or it cannot be read."""
    if settings.NETWORKS:
        try:
            with Path(settings.NETWORKS).open(encoding="utf-8") as lines:
                return read(lines)
        except (BadNetworks, OSError, ValueError) as error:
            log.error("RAPPORT_NETWORKS: %s; the list that came with Rapport is used instead", error)
    with OURS.open(encoding="utf-8") as lines:
        return read(lines)
