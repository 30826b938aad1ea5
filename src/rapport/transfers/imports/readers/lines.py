"""The lines of a text file, each decoded by itself, with those in hand kept so that they can be read again."""

from __future__ import annotations

import io
import re
from collections import deque
from collections.abc import Iterator
from typing import IO

from rapport.transfers.imports.readers.base import NUL, Layout, buffered
from rapport.transfers.imports.readers.encodings import MULTIBYTE

# The line by which Excel is told the delimiter.
DECLARED = re.compile(r'"?sep=([^"\r\n])"?[ \t]*(?:\r\n|\r|\n)', re.IGNORECASE)
_LONE_RETURN = re.compile(r"(?<=\r)(?!\n)")


class Lines:
    """`number` is that of the last line given, `pending` are the lines since `taken` was called."""

    def __init__(self, stream: IO[bytes], layout: Layout) -> None:
        self.number, self.pending = 0, []
        self._again: deque[str] = deque()
        self._remark = ""
        self._layout = layout
        self._source = self._decoded(stream)

    pending: list[str]

    def __iter__(self) -> Iterator[str]:
        """Every line with its end; a first line that only names the delimiter is left out, but counted."""
        while True:
            line = self._again.popleft() if self._again else next(self._source, None)
            if line is None:
                return
            self.number += 1
            if self.number == 1:
                line = line.lstrip("\ufeff")
                if DECLARED.fullmatch(line):
                    continue
            if "\0" in line:
                line = self._without_nul(line)
            if line.strip() == "\x1a":
                continue  # the end of a file under DOS
            self.pending.append(line)
            yield line

    def _without_nul(self, line: str) -> str:
        """A line of nothing else stays a row, so that it is counted among those that did not come in."""
        self._remark = NUL
        return (
            line.replace("\0", "")
            if line.strip("\0\r\n")
            else line.replace("\0", "\ufffd", 1).replace("\0", "")
        )

    def then(self, end: str) -> Iterator[str]:
        """The lines that are left, and `end` after the last of them."""
        yield from self
        self.pending.append(end)
        yield end

    def taken(self) -> str:
        """Lets go of the lines in hand; returns what is to be said of them, or ""."""
        self.pending.clear()
        remark, self._remark = self._remark, ""
        return remark

    def give_back(self, end: str) -> tuple[int, str]:
        """(number and text of the first line in hand); all after it will be given again."""
        lines = [line for line in self.pending if line != end]
        start = self.number - len(lines) + 1
        self._again.extendleft(reversed(lines[1:]))
        self.number = start
        self.taken()
        return start, lines[0]

    def _decoded(self, stream: IO[bytes]) -> Iterator[str]:
        layout, source = self._layout, buffered(stream)
        returns = source.peek(64 * 1024)
        wide = layout.encoding.startswith(("utf-16", "utf-32"))
        if wide or (b"\r" in returns and b"\n" not in returns):
            errors = "strict" if layout.exact else "replace"
            for line in io.TextIOWrapper(source, layout.encoding, errors, newline=""):
                if "\ufffd" in line:
                    self._remark = f"characters that are not {layout.encoding.upper()} and cannot be read"
                yield line
            return
        first, second, words = self._orders()
        for raw in source:
            try:
                line = raw.decode(first)
            except UnicodeDecodeError:
                if not second:
                    raise
                line = raw.decode(second, "replace")
                odd = second != layout.encoding
            else:
                odd = second == layout.encoding and not raw.isascii()
            if odd:
                self._remark = words
            if line.find("\r", 0, -2) >= 0 or (line[-2:-1] == "\r" and line[-1] != "\n"):
                yield from _LONE_RETURN.split(line)
            else:
                yield line

    def _orders(self) -> tuple[str, str, str]:
        """(encoding tried first, the one after it or "", what is said of a line unlike the others).

        Text that is UTF-8 by chance hardly exists, so it is tried first also where the file is mostly something else.
        """
        encoding = self._layout.encoding
        if encoding.startswith("utf-8"):
            fallback = self._layout.fallback
            return "utf-8", fallback, f"not UTF-8 as the rest of the file; read as {fallback}"
        if self._layout.exact or encoding in MULTIBYTE:
            return encoding, "", ""
        return "utf-8", encoding, f"UTF-8, unlike the rest of the file ({encoding})"
