"""Addresses in messages: as they are written in HTML, and as they go over the wire (RFC 3986)."""

from __future__ import annotations

import re
from urllib.parse import SplitResult, quote, urlsplit, urlunsplit

import idna

from rapport.core.plain_text import unescaped

SCHEMES = frozenset({"http", "https", "mailto", "tel", "sms"})
_REFERENCE = re.compile(r"&(?:#[0-9]+|#[xX][0-9a-fA-F]+|[A-Za-z][A-Za-z0-9]*);")
# Browsers leave these out of an address wherever they stand.
_LINE_ENDS = re.compile(r"[\t\r\n]")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_KEPT = "!#$%&'()*+,/:;=?@[]~-._"


def attribute(text: str) -> str:
    """The value of an HTML attribute that holds an address: `&currency=` is a parameter, and no sign for money."""
    return _REFERENCE.sub(lambda match: unescaped(match[0]), text)


def safe_url(value: object) -> str:
    """The address as a URI, if a mail client may open it as a link, otherwise `#`.

    Blanks and other letters than ASCII are percent-encoded in it, and the name of its host becomes A-labels.
    """
    text = _LINE_ENDS.sub("", str(value)).strip()
    if _CONTROL.search(text):
        return "#"
    try:
        split_url = urlsplit(text)
        if split_url.scheme.lower() not in SCHEMES:
            return "#"
        if split_url.scheme.lower() not in {"http", "https"}:
            return _other(split_url)
        netloc = (
            _ascii_host(split_url.netloc)
            if not split_url.netloc.isascii()
            else quote(split_url.netloc, safe=_KEPT)
        )
        rest = (quote(part, safe=_KEPT) for part in (split_url.path, split_url.query, split_url.fragment))
        return urlunsplit((split_url.scheme, netloc, *rest))
    except (ValueError, idna.IDNAError):
        return "#"


def leads_somewhere(url: str) -> bool:
    """Whether it is an address of the web that a browser could go to: with a host, and a port that there can be."""
    try:
        split_url = urlsplit(safe_url(url))
        labels = (split_url.hostname or "").rstrip(".").split(".")
        return split_url.port != 0 and all(labels)
    except ValueError:
        return False


def _other(split_url: SplitResult) -> str:
    """An address of mail, a telephone or SMS. A number is called without its blanks, mail goes to A-labels."""
    place = split_url.path
    if split_url.scheme.lower() == "mailto":
        place = ",".join(_ascii_mailbox(mailbox) for mailbox in place.split(","))
    else:
        place = re.sub(r"\s+", "", place)
    rest = (quote(part, safe=_KEPT) for part in (place, split_url.query, split_url.fragment))
    return urlunsplit((split_url.scheme, "", *rest))


def _ascii_mailbox(mailbox: str) -> str:
    local, at, domain = mailbox.rpartition("@")
    return mailbox if domain.isascii() else f"{local}{at}{idna.encode(domain, uts46=True).decode()}"


def _ascii_host(netloc: str) -> str:
    user, at, place = netloc.rpartition("@")
    host, colon, port = place.partition(":")
    return quote(user, safe=_KEPT) + at + idna.encode(host, uts46=True).decode() + colon + port
