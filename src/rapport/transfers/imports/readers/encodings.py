"""In which encoding a text file is, judged line by line: one line in another does not decide for the others."""

from __future__ import annotations

import codecs

from charset_normalizer import from_bytes

_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
MULTIBYTE = frozenset({"shift_jis", "gb18030", "big5"})
FOREIGN = (
    "cp1250",
    "cp1251",
    "cp1253",
    "cp1254",
    "cp1257",
    "iso8859_2",
    "koi8_r",
    "mac_roman",
    *sorted(MULTIBYTE),
)
_USUAL = frozenset("äöüÄÖÜßàâæçéèêëîïôœùûÿÀÂÆÇÉÈÊËÎÏÔŒÙÛŸáíóúñÁÍÓÚÑãõÃÕåøÅØþðÞÐ€£“”„‘’–—…·§°«»\xa0")


def detected(sample: bytes) -> tuple[str, str]:
    """(encoding, encoding of lines that are not in it) of the beginning of a file."""
    for mark, name in _MARKS:
        if sample.startswith(mark):
            return name, "cp1252"
    even, odd = (part.count(0) / max(len(part), 1) for part in (sample[:400:2], sample[1:400:2]))
    if even > 0.6 and odd < 0.3:
        return "utf-16-be", "cp1252"
    if odd > 0.6 and even < 0.3:
        return "utf-16-le", "cp1252"
    lines = sample.split(b"\n")
    telling = [line for line in lines if not line.isascii()]
    others = [line for line in telling if not _is_utf8(line)]
    if others and others[-1] is lines[-1] and _is_cut(others[-1]):
        others.pop()  # the sample ends within a character
    other = _single(b"\n".join(others)) if others else "cp1252"
    if len(others) * 2 <= len(telling):
        return "utf-8", other if other not in MULTIBYTE else "cp1252"
    return other, "cp1252"


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode()
    except UnicodeDecodeError:
        return False
    return True


def _is_cut(line: bytes) -> bool:
    try:
        codecs.getincrementaldecoder("utf-8")().decode(line)
    except UnicodeDecodeError:
        return False
    return True


def _single(text: bytes) -> str:
    """The encoding of text that is not UTF-8."""
    if _western(text):
        return "cp1252"
    best = from_bytes(text[: 64 * 1024], cp_isolation=list(FOREIGN)).best()
    return best.encoding if best else "cp1252"


def _western(sample: bytes) -> bool:
    """Whether it reads as Windows wrote it in Western Europe: a few letters with accents, quotes, the euro sign."""
    try:
        text = sample.decode("cp1252")
    except UnicodeDecodeError:
        return False
    marks = [mark for mark in text if ord(mark) > 127]
    usual = sum(mark in _USUAL for mark in marks)
    return len(marks) < len(text) * 0.25 and usual >= len(marks) * 0.8
