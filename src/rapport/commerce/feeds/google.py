"""Product feeds in XML: Google Merchant's RSS 2.0 and Atom, and what looks like them.

Namespaces are not insisted on: many feeds forget to declare `g`. Ampersands and names of HTML that are no XML are
mended; entities that a file declares itself are refused, because a few lines of them fill the memory.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from typing import IO, Any
from xml.parsers import expat

from django.utils.translation import gettext as _

from rapport.core.plain_text import unescaped
from rapport.transfers.imports.readers import Unreadable

BLOCK = 256 * 1024
# What one product, or one tag, may hold; whoever sends the file chooses what it fills.
MOST_TEXT = 1024 * 1024
MOST_DEPTH = 32
ENTRIES = {"item", "entry", "product", "offer"}
_BEGINS = re.compile(
    rb"\s*(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)*<(?:rss|feed|channel|products|offers)\b", re.I | re.S
)
_ENCODING = re.compile(rb"""<\?xml[^>]*encoding=["']([\w.-]{2,40})""", re.I)
_REFERENCE = re.compile(r"&(#?\w*)(;?)")
_OF_XML = {"amp", "lt", "gt", "quot", "apos"}
Cells = dict[str, Any]


def begins(sample: bytes) -> bool:
    """Whether a file begins as such a feed does."""
    return bool(_BEGINS.match(sample.removeprefix(b"\xef\xbb\xbf")))


def rows(stream: IO[bytes]) -> Iterator[Cells]:
    """Each entry as {name: text, or a list where it is repeated}; inner elements as `shipping.price`.

    Raises Unreadable where the file breaks off.
    """
    parser = _Entries()
    head = stream.read(BLOCK)
    rest, block = "", head.removeprefix(b"\xef\xbb\xbf")
    decoder = codecs.getincrementaldecoder(_encoding(head[:500]))("replace")
    while block:
        text = rest + _decoded(decoder, block)
        cut = text.rfind("&", -40)  # a reference may go on in the next block
        text, rest = (text[:cut], text[cut:]) if cut >= 0 else (text, "")
        parser.feed(_mended(text))
        yield from parser.taken()
        block = stream.read(BLOCK)
    parser.feed(_mended(rest), last=True)
    yield from parser.taken()


def _encoding(head: bytes) -> str:
    """What the file says that it is, if that is an encoding of text: Python calls decompression one, too."""
    named = _ENCODING.search(head)
    try:
        info = codecs.lookup(named[1].decode()) if named else None
    except LookupError:
        return "utf-8"
    return info.name if info and info._is_text_encoding and info.name != "idna" else "utf-8"


def _decoded(decoder: codecs.IncrementalDecoder, block: bytes) -> str:
    try:
        return decoder.decode(block)
    except UnicodeError as error:
        raise Unreadable(
            _("The file is not in the encoding that it names. Save it again as UTF-8.")
        ) from error


def _mended(text: str) -> str:
    return _REFERENCE.sub(_reference, text) if "&" in text else text


def _reference(match: re.Match[str]) -> str:
    name, end = match.groups()
    if end and (name in _OF_XML or (name.startswith("#") and unescaped(match[0]) != match[0])):
        return match[0]
    meant = unescaped(match[0]) if end else match[0]
    return meant if end and meant != match[0] else "&amp;" + match[0][1:]


def _too_large() -> Unreadable:
    return Unreadable(
        _(
            "A product in this file is larger than %(limit)d MB, or a tag does not end. The rows before it are in."
        )
        % {"limit": MOST_TEXT // 1024**2}
    )


class _Entries:
    def __init__(self) -> None:
        self._parser = expat.ParserCreate("utf-8")
        self._parser.buffer_text = True
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._text
        self._parser.EntityDeclHandler = self._refuse
        self._complete: list[Cells] = []
        self._entry: Cells | None = None
        self._merchant: set[str] = set()
        self._path: list[str] = []
        self._words: list[str] = []
        self._given = self._size = 0

    def feed(self, text: str, *, last: bool = False) -> None:
        data = text.encode("utf-8", "replace")
        self._given += len(data)
        try:
            self._parser.Parse(data, last)
        except expat.ExpatError as error:
            raise Unreadable(
                _("The XML is damaged in line %(line)d: %(why)s. The rows before it are in.")
                % {"line": error.lineno, "why": expat.errors.messages[error.code]}
            ) from error
        if self._given - self._parser.CurrentByteIndex > BLOCK + MOST_TEXT:
            raise _too_large()  # a tag that does not end

    def _grow(self, by: int) -> None:
        self._size += by
        if self._size > MOST_TEXT or len(self._path) > MOST_DEPTH:
            raise _too_large()

    def taken(self) -> Iterator[Cells]:
        complete, self._complete = self._complete, []
        yield from complete

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        prefix, _sign, local = name.rpartition(":")
        if self._entry is None:
            if local in ENTRIES:
                self._entry, self._merchant, self._size = dict(attributes), set(), 0
            return
        self._grow(len(name))
        self._path.append(local if not prefix or self._path else f"g:{local}")
        self._words = []
        if local == "link" and "href" in attributes and attributes.get("rel", "alternate") == "alternate":
            self._entry.setdefault("link", attributes["href"])

    def _end(self, name: str) -> None:
        if self._entry is None:
            return
        if not self._path:
            if name.rpartition(":")[2] in ENTRIES:
                self._complete.append(self._entry)
                self._entry = None
            return
        text, self._words = "".join(self._words).strip(), []
        path = ".".join(self._path)
        self._path.pop()
        if text:
            self._keep(path.removeprefix("g:"), text, merchant=path.startswith("g:"))

    def _keep(self, key: str, text: str, *, merchant: bool) -> None:
        """What stands in Google's namespace goes before an element of RSS or Atom of the same name."""
        entry = self._entry
        assert entry is not None
        if key not in entry or (merchant and key not in self._merchant):
            entry[key] = text
        elif merchant == (key in self._merchant):
            if not isinstance(entry[key], list):
                entry[key] = [entry[key]]
            entry[key].append(text)
        if merchant:
            self._merchant.add(key)

    def _text(self, text: str) -> None:
        if self._entry is not None and self._path:
            self._grow(len(text))
            self._words.append(text)

    def _refuse(self, *_arguments: Any) -> None:
        raise Unreadable(
            _("The XML declares entities of its own, which are not read. Export it without a DTD.")
        )
