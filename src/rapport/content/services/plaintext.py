"""The plain-text part, made from the HTML part while its Liquid is still set aside."""

from __future__ import annotations

import re
from html.parser import HTMLParser

_BLOCKS = frozenset(
    {
        *("p", "div", "tr", "table", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "hr"),
        *("section", "article", "header", "footer", "blockquote"),
    }
)
_SILENT = frozenset({"head", "style", "script", "title"})


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.out: list[str] = []
        self._silent = 0
        self._hidden: list[str] = []
        self._href: str | None = None
        self._mark = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if tag in _SILENT:
            self._silent += 1
        elif self._hidden:
            self._hidden.append(tag) if tag == self._hidden[0] else None
        elif tag == "div" and "display:none" in values.get("style", "").replace(" ", ""):
            self._hidden.append(tag)
        elif tag in _BLOCKS or tag == "br":
            self.out.append("\n")
        elif tag == "li":
            self.out.append("\n- ")
        elif tag == "a":
            self._href, self._mark = values.get("href", ""), len(self.out)
        elif tag == "img" and values.get("alt"):
            self.out.append(values["alt"])

    def handle_endtag(self, tag: str) -> None:
        if tag in _SILENT:
            self._silent = max(0, self._silent - 1)
        elif self._hidden:
            if tag == self._hidden[0]:
                self._hidden.pop()
        elif tag == "a" and self._href:
            label = "".join(self.out[self._mark :]).strip()
            self.out[self._mark :] = [f"{label}: {self._href}" if label else self._href]
            self._href = None
        elif tag in _BLOCKS:
            self.out.append("\n")

    def handle_data(self, data: str) -> None:
        if not self._silent and not self._hidden:
            self.out.append(re.sub(r"\s+", " ", data.replace("\u00a0", " ")))


def from_html(page: str) -> str:
    """Readable text: blocks apart, links written out, nothing hidden shown."""
    reader = _Reader()
    reader.feed(page)
    reader.close()
    lines = [line.strip() for line in "".join(reader.out).split("\n")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip() + "\n"
