"""MIME as it really comes: headers and leaf parts of one message, in bounded time and memory, whatever the bytes.

The standard library's parser recurses into nested parts and keeps whole attachments; here a mail costs at most
`LIMIT` bytes and `MAX_PARTS` parts, and what is malformed is read as far as it goes.
"""

from __future__ import annotations

import binascii
import codecs
import encodings
import pkgutil
import re
from dataclasses import dataclass, field
from encodings import aliases, normalize_encoding
from functools import lru_cache

from rapport.core.plain_text import unescaped

LIMIT = 2 << 20  # reports stand at the beginning of a mail; what lies behind is the returned original
MAX_PARTS = 64
MAX_DEPTH = 12
MAX_HEADERS = 500
MAX_VALUE = 16_000
MAX_HEAD = 256_000
MAX_TEXT = 256_000

_FIELD = re.compile(rb"([!-9;-~]{1,80})[ \t]*:[ \t]*(.*)", re.DOTALL)
_FOLD = re.compile(rb"\r?\n[ \t]+")
_HEAD_END = re.compile(rb"\r?\n\r?\n")
_PARAMETER: re.Pattern[str] = re.compile(r';\s*([\w*-]{1,40})\s*=\s*(?:"([^"]{0,500})"|([^\s;"]{1,500}))')
_WORD = re.compile(r"=\?([\w.+*:-]{1,60})\?([bBqQ])\?([^?]{0,4000})\?=(?:[ \t]+(?==\?))?")
_HIDDEN = re.compile(r"<(/?)(?:script|style|head)\b[^<>]{0,500}>", re.IGNORECASE)
_BREAK = re.compile(r"<(?:br|/p|/div|/tr|/li|/h\d)\b[^<>]{0,200}>", re.IGNORECASE)
_TAG = re.compile(r"<[a-zA-Z/!][^<>]{0,2000}>")
_SLOW_CODECS = frozenset({"idna", "punycode", "unicode_escape", "raw_unicode_escape", "mbcs", "oem"})
# Names that Python knows: any other one it would look for on the disk each time, and never forget.
_CODECS = {*aliases.aliases, *(module.name for module in pkgutil.iter_modules(encodings.__path__))}
_CODECS -= _SLOW_CODECS


@dataclass(frozen=True, slots=True)
class Headers:
    """Header fields in order; names in lower case, values unfolded and decoded."""

    fields: tuple[tuple[str, str], ...] = ()

    def get(self, name: str) -> str:
        """The first value of this name, or ""."""
        return next((value for key, value in self.fields if key == name), "")

    def all(self, name: str) -> list[str]:
        return [value for key, value in self.fields if key == name]

    @property
    def content_type(self) -> str:
        words_of = self.get("content-type").replace(";", " ").lower().split(None, 1)
        return words_of[0] if words_of else "text/plain"

    def parameter(self, name: str) -> str:
        """A parameter of Content-Type, or ""."""
        for key, quoted, bare in _PARAMETER.findall(";" + self.get("content-type").partition(";")[2]):
            if key.lower() == name:
                return str(quoted or bare)
        return ""


@dataclass(frozen=True, slots=True)
class Part:
    """One leaf of the message: its headers and its body as it stands there."""

    headers: Headers
    body: bytes

    @property
    def type(self) -> str:
        kind = self.headers.content_type
        # a multipart without a boundary is what stands in it
        return "text/plain" if kind.startswith("multipart/") else kind

    @property
    def text(self) -> str:
        """The body decoded, HTML as plain text."""
        text = decoded(transferred(self.headers, self.body), self.headers.parameter("charset"))[:MAX_TEXT]
        return plain(text) if self.type == "text/html" else text


@dataclass(slots=True)
class Mail:
    """A message taken apart. `enclosed` is the first message that it encloses, if any, `original` the headers of it."""

    headers: Headers
    leaves: list[Part] = field(default_factory=list)
    original: Headers = field(default_factory=Headers)
    enclosed: bytes = b""
    truncated: bool = False


def read(raw: bytes, limit: int = LIMIT) -> Mail:
    """Never raises."""
    head, body = _split(raw[:limit])
    mail = Mail(headers(head), truncated=len(raw) > limit)
    pending = [(mail.headers, body, 0)]
    while pending and len(mail.leaves) < MAX_PARTS:
        top, content, depth = pending.pop()
        if top.content_type.startswith("multipart/") and depth < MAX_DEPTH:
            inner = [_split(piece) for piece in _pieces(content, top)]
            if inner:
                pending += [(headers(head), piece, depth + 1) for head, piece in reversed(inner)]
                continue
        part = Part(top, content)
        mail.leaves.append(part)
        if not mail.original.fields and part.type in {
            "message/rfc822",
            "text/rfc822-headers",
            "message/global",
        }:
            mail.enclosed = transferred(top, content).lstrip(b"\r\n")
            mail.original = headers(_split(mail.enclosed)[0])
    return mail


def headers(block: bytes) -> Headers:
    """The fields of a header block; lines that are none are passed over."""
    fields: list[tuple[str, str]] = []
    for line in re.split(rb"\r?\n(?![ \t])", block[:MAX_HEAD], maxsplit=MAX_HEADERS * 4):
        if match := _FIELD.match(line):
            value = _FOLD.sub(b" ", match[2][:MAX_VALUE]).strip()
            fields.append((match[1].decode("ascii").lower(), words(decoded(value, ""))))
            if len(fields) >= MAX_HEADERS:
                break
    return Headers(tuple(fields))


def words(value: str) -> str:
    """A header value with its encoded words (RFC 2047) decoded."""
    if "=?" not in value:
        return value
    return _WORD.sub(_word, value)


def _word(match: re.Match[str]) -> str:
    data = match[3].encode("utf-8", "replace")
    if match[2] in "bB":
        return decoded(_base64(data), match[1].split("*")[0])
    return decoded(binascii.a2b_qp(data, header=True), match[1].split("*")[0])


def _split(block: bytes) -> tuple[bytes, bytes]:
    """Head and body."""
    if block[:1] == b"\n" or block[:2] == b"\r\n":
        return b"", block.lstrip(b"\r\n")
    end = _HEAD_END.search(block)
    return (block[: end.start()], block[end.end() :]) if end else (block, b"")


def _pieces(body: bytes, top: Headers) -> list[bytes]:
    """The parts of a multipart body; of one without a boundary, what looks like it."""
    boundary = top.parameter("boundary").strip().encode("utf-8", "replace")
    if not boundary or b"--" + boundary not in body:
        guess = re.search(
            rb"^--([^\r\n]{1,200}?)[ \t]*\r?\nContent-", body[:20_000], re.MULTILINE | re.IGNORECASE
        )
        if guess is None:
            return []
        boundary = guess[1]
    pieces = re.split(
        rb"(?:^|\r?\n)--" + re.escape(boundary) + rb"(?:--)?[ \t]*(?=\r?\n|$)", body, maxsplit=MAX_PARTS + 1
    )
    return [piece[2:] if piece[:2] == b"\r\n" else piece[1:] for piece in pieces[1:] if piece.strip()]


def transferred(top: Headers, body: bytes) -> bytes:
    """The body with its Content-Transfer-Encoding undone."""
    encoding = top.get("content-transfer-encoding").strip().lower()
    if encoding == "base64":
        return _base64(body)
    return binascii.a2b_qp(body) if encoding == "quoted-printable" else body


def _base64(data: bytes) -> bytes:
    try:
        return binascii.a2b_base64(data)
    except binascii.Error:  # cut short: whole groups of four are still good
        clean = re.sub(rb"[^A-Za-z0-9+/]", b"", data)
        clean = clean[: len(clean) // 4 * 4]
        return binascii.a2b_base64(clean)


def decoded(data: bytes, charset: str) -> str:
    """Text in this charset, else UTF-8, else Latin-1. NULs are dropped."""
    codec = _codec(charset[:60])
    for name in (codec, "utf-8"):
        try:
            if name:
                return data.decode(name).replace("\0", "")
        except ValueError:
            continue
    if charset.lower().startswith(("iso-2022", "utf-8", "utf8", "shift", "euc", "gb", "big5")):
        return data.decode(codec or "utf-8", "replace").replace("\0", "")
    return data.decode("latin-1").replace("\0", "")


@lru_cache(maxsize=500)
def _codec(charset: str) -> str:
    """The name of what decodes this charset, or ""."""
    name = normalize_encoding(charset.strip().strip("'\"")).lower()
    if name not in _CODECS:
        return ""
    try:
        codec = codecs.lookup(name)
    except LookupError:
        return ""
    return codec.name if codec._is_text_encoding and codec.name not in _SLOW_CODECS else ""


def plain(markup: str) -> str:
    """HTML as the text a reader sees, roughly."""
    shown: list[str] = []
    end = 0
    hidden = False
    for tag in _HIDDEN.finditer(markup[:MAX_TEXT]):
        if not hidden:
            shown.append(markup[end : tag.start()])
        hidden, end = not tag[1], tag.end()
    if not hidden:
        shown.append(markup[end:MAX_TEXT])
    return unescaped(_TAG.sub("", _BREAK.sub("\n", " ".join(shown))))
