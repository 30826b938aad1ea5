"""JSON nested deeper than anything means: told without recursion, so that one such event cannot spoil a batch.

The decoders recurse and give up at about a thousand levels, for the whole body they were given.
"""

from __future__ import annotations

import re
import secrets

# What an event may nest. Traits and properties of real shops have five or six levels.
LEVELS = 100
# Stands where something deeper was cut out of a body; not to be guessed, so that no sender can write it.
MARK = b'"' + secrets.token_hex(16).encode() + b'"'
# Up to and with the next bracket outside of texts. Possessive, and only ever matched at a place, so that the time
# it takes grows with the length and no faster, whatever a hostile sender writes.
_NEXT = re.compile(rb'(?:[^"\[\]{}]++|"(?:[^"\\]++|\\.)*+")*+([\[\]{}])', re.DOTALL)
_OPENING = (b"[", b"{")


def too_deep(raw: bytes) -> bool:
    """Whether the JSON text nests deeper than LEVELS, or did before `shallow` cut it."""
    if raw.count(b"{") + raw.count(b"[") < LEVELS:
        return False
    if MARK in raw:
        return True
    depth = place = 0
    while match := _NEXT.match(raw, place):
        depth += 1 if match[1] in _OPENING else -1
        if depth > LEVELS:
            return True
        place = match.end()
    return False


def shallow(body: bytes) -> bytes:
    """The same JSON text with MARK in place of everything deeper than the levels of a batch of events.

    A text whose brackets do not match is given back as it is.
    """
    limit = LEVELS + 2  # the body and its list of events are around an event
    pieces: list[bytes] = []
    depth = place = kept = 0
    while match := _NEXT.match(body, place):
        place = match.end()
        if match[1] in _OPENING:
            depth += 1
            if depth == limit + 1:
                pieces.append(body[kept : place - 1])
        else:
            depth -= 1
            if depth == limit:
                pieces.append(MARK)
                kept = place
    if depth:
        return body
    pieces.append(body[kept:])
    return b"".join(pieces)
