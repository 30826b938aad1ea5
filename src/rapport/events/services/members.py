"""Takes JSON text apart by its brackets alone, so that what one member of it spoils is that member.

The decoders give up on a whole body for one wrong character in it.
"""

from __future__ import annotations

import re

# Possessive and matched from left to right, so that the time it takes grows with the length and no faster.
_TOKEN = re.compile(rb'"(?:[^"\\]++|\\.)*+"|[\[\]{},]', re.DOTALL)
_KEY = re.compile(rb'\s*"([^"\\]*+)"\s*:', re.DOTALL)


def elements(raw: bytes) -> list[bytes]:
    """The members of an array or object as undecoded text. Raises ValueError if the brackets do not match."""
    text = raw.strip()
    depth, start, pieces = 0, 1, []
    for match in _TOKEN.finditer(text):
        token = match[0]
        if token in (b"[", b"{"):
            depth += 1
        elif token in (b"]", b"}"):
            depth -= 1
        ends = depth == 0 and token in (b"]", b"}")
        if ends or (depth == 1 and token == b","):
            pieces.append(text[start : match.start()].strip())
            start = match.end()
        if ends:
            break
    if depth or start != len(text) or text[:1] not in (b"[", b"{"):
        raise ValueError("its brackets do not match")
    return pieces if pieces != [b""] else []


def fields(raw: bytes) -> dict[str, bytes]:
    """{key: undecoded value} of an object. Raises ValueError if it is none."""
    if raw.strip()[:1] != b"{":
        raise ValueError("it is no object")
    pairs = [(_KEY.match(member), member) for member in elements(raw)]
    return {key[1].decode("utf-8", "replace"): member[key.end() :].strip() for key, member in pairs if key}
