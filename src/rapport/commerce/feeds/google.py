"""Product feeds in XML: Google Merchant's RSS 2.0 and Atom, and what looks like them.

Namespaces are not insisted on: many feeds forget to declare `g`. Ampersands and names of HTML that are no XML are
mended; entities that a file declares itself are refused, because a few lines of them fill the memory.
"""

from __future__ import annotations

import codecs
import html
import re
from collections.abc import Iterator
from typing import IO, Any
from xml.parsers import expat

from django.utils.translation import gettext as _

from rapport.transfers.imports.readers import Unreadable

BLOCK = 256 * 1024
MOST_TEXT = 1024 * 1024
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
    named = _ENCODING.search(head[:500])
    encoding = named[1].decode() if named else "utf-8"
    rest, block = "", head.removeprefix(b"\xef\xbb\xbf")
    try:
        decoder = codecs.getincrementaldecoder(encoding)("replace")
    except LookupError:
        decoder = codecs.getincrementaldecoder("utf-8")("replace")
    while block:
        text = rest + decoder.decode(block)
        cut = text.rfind("&", -40)  # a reference may go on in the next block
        text, rest = (text[:cut], text[cut:]) if cut >= 0 else (text, "")
        parser.feed(_mended(text))
        yield from parser.taken()
        block = stream.read(BLOCK)
    parser.feed(_mended(rest), last=True)
    yield from parser.taken()


def _mended(text: str) -> str:
    return _REFERENCE.sub(_reference, text) if "&" in text else text


def _reference(match: re.Match[str]) -> str:
    name, end = match.groups()
    if end and (name in _OF_XML or (name.startswith("#") and html.unescape(match[0]) != match[0])):
        return match[0]
    meant = html.unescape(match[0]) if end else match[0]
    return meant if end and meant != match[0] else "&amp;" + match[0][1:]


class _Entries:
    def __init__(self) -> None:
        self._parser = expat.ParserCreate()
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

    def feed(self, text: str, *, last: bool = False) -> None:
        try:
            self._parser.Parse(text, last)
        except expat.ExpatError as error:
            raise Unreadable(
                _("The XML is damaged in line %(line)d: %(why)s. The rows before it are in.")
                % {"line": error.lineno, "why": expat.errors.messages[error.code]}
            ) from error

    def taken(self) -> Iterator[Cells]:
        complete, self._complete = self._complete, []
        yield from complete

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        prefix, _sign, local = name.rpartition(":")
        if self._entry is None:
            if local in ENTRIES:
                self._entry, self._merchant = {}, set()
                for key, value in attributes.items():
                    self._entry[key] = value
            return
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
            entry[key] = [*(entry[key] if isinstance(entry[key], list) else [entry[key]]), text]
        if merchant:
            self._merchant.add(key)

    def _text(self, text: str) -> None:
        if self._entry is not None and self._path:
            self._words.append(text)

    def _refuse(self, *_arguments: Any) -> None:
        raise Unreadable(
            _("The XML declares entities of its own, which are not read. Export it without a DTD.")
        )
