"""What the databases cannot store is taken out of events, or the event refused, before anything else looks at them."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Collection
from typing import Any

import msgspec

from rapport.core import plain_text

_decode = msgspec.json.Decoder().decode
# The end of a key with a dot in it. ClickHouse takes "a.b" for the b inside a.
_DOTTED_KEY = re.compile(rb'\.[\w.-]{0,99}"\s*:')

# The tree of the paths in an object: what stands beyond each key, or None where a value does.
_Places = dict[str, "_Places | None"]


class Rejected(Exception):
    """This one event cannot be taken; the message says why and what would be right."""


def is_plain(body: bytes) -> bool:
    """Whether nothing in the body needs the care of `clean`. Asked once for a batch, it saves asking for each event."""
    try:
        _decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return False
    return b"\\u0000" not in body and not _DOTTED_KEY.search(body)


def clean(raw: bytes) -> bytes:
    """The same JSON as PostgreSQL and ClickHouse can store it. Raises Rejected for what has no such form.

    NUL characters and lone surrogates become U+FFFD; a key with a dot that would fall on the path of another gets
    another name. Numbers beyond what a float holds, NaN and Infinity are refused.
    """
    try:
        # Control characters inside of texts are no JSON, but harmless.
        value = json.loads(raw.decode(), parse_float=_float, parse_constant=_constant, strict=False)
    except UnicodeDecodeError as error:
        raise Rejected(f"not UTF-8: {error}") from error
    except (ValueError, RecursionError) as error:
        raise Rejected(f"not JSON: {error}") from error
    return json.dumps(
        _undotted(plain_text.every_text(value, _text)), ensure_ascii=False, separators=(",", ":")
    ).encode()


def _float(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise Rejected(f"{text[:40]} is larger than any number that can be kept")
    return value


def _constant(text: str) -> None:
    raise Rejected(f"{text} is no JSON; send null for a number that there is not")


def _text(text: str) -> str:
    return plain_text.whole(text).replace("\x00", "\ufffd")


def _undotted(value: Any) -> Any:
    """With underscores in those dotted keys that name the place of another value, or lead through it."""
    if isinstance(value, list):
        return [_undotted(part) for part in value]
    return _placed(value, {}) if isinstance(value, dict) else value


def _placed(fields: dict[str, Any], places: _Places) -> dict[str, Any]:
    """An object whose keys are entered into `places`, the tree of the paths at which values stand."""
    names: dict[str, str] = {}
    values: dict[str, Any] = {}
    for key in sorted(fields, key=lambda key: "." in key):
        path = key.split(".")
        names[key] = key
        if len(path) > 1 and not _is_free(path, places):
            names[key] = _free_name(key.replace(".", "_"), fields.keys() | values.keys())
            path = [names[key]]
        here = places
        for part in path[:-1]:
            here = here.setdefault(part, {})  # type: ignore[assignment]
        value, here[path[-1]] = fields[key], None
        if isinstance(value, dict):
            inner = here[path[-1]] = {}
            values[names[key]] = _placed(value, inner)
        else:
            values[names[key]] = _undotted(value)
    return {names[key]: values[names[key]] for key in fields}


def _is_free(path: list[str], places: _Places | None) -> bool:
    for part in path:
        if places is None:
            return False
        if part not in places:
            return True
        places = places[part]
    return False


def _free_name(name: str, taken: Collection[str]) -> str:
    while name in taken:
        name += "_"
    return name
