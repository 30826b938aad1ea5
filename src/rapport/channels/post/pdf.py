"""A letter as PDF: the address where the window of the envelope is, text in any letters that the fonts have."""

from __future__ import annotations

import functools
import itertools
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

from django.conf import settings
from django.utils.translation import gettext as _
from fontTools.ttLib import TTFont
from fpdf import FPDF

from rapport.channels.protocol import Unfit
from rapport.core import barcodes

BUILT_IN = (("fontpkg_noto_sans", "NotoSans["), ("fontpkg_noto_sans_arabic", "NotoSansArabic["))
SIZE, LINE = 11.0, 5.2


@dataclass(frozen=True, slots=True)
class Layout:
    """Where things stand, in millimetres from the left and the top edge."""

    paper: str
    address: tuple[float, float]
    address_width: float
    address_lines: int
    sender: tuple[float, float]
    date: tuple[float, float]
    text_top: float
    margins: tuple[float, float]
    folds: Sequence[float] = ()


LAYOUTS: Mapping[str, Layout] = {
    # DIN 5008 form B: address field 20/45, 85 wide; its upper 17.7 mm are for the sender's line and remarks.
    "din5008b": Layout("A4", (25, 62.7), 80, 6, (25, 58), (125, 50), 98, (25, 20), (105, 148.5, 210)),
    # US letter folded in three, for a No. 10 envelope with the window at the left.
    "us10": Layout("Letter", (22.2, 53), 95, 5, (22.2, 13), (150, 40), 93, (25.4, 25.4)),
}


def document_of(
    *, layout: str, sender: str, address: str, date: str, subject: str, body: str, code: str
) -> tuple[bytes, int]:
    """(the PDF, its pages). Raises Unfit for an address that does not fit the window."""
    form = LAYOUTS[layout]
    lines = address.split("\n")
    if len(lines) > form.address_lines:
        words = _("The address has %(lines)d lines; %(limit)d fit into the window.")
        raise Unfit(words % {"lines": len(lines), "limit": form.address_lines})
    page = _page(form, code)
    _block(page, form.sender, sender.replace("\n", " · "), 7, form.address_width + 60)
    for number, line in enumerate(lines):
        page.set_font("0", size=SIZE)
        wide = page.get_string_width(line) / form.address_width
        page.current_font_is_set_on_page = False  # measuring says that it is, and it is not
        at = (form.address[0], form.address[1] + number * 4.4)
        _block(page, at, line, SIZE / max(1, wide * 1.02), form.address_width)
    _block(page, form.date, date, SIZE, 60)
    page.set_xy(form.margins[0], form.text_top)
    _paragraph(page, subject, SIZE + 1)
    page.ln(LINE)
    for paragraph in body.split("\n"):
        if code_marked := barcodes.marked(paragraph):
            _barcode(page, *code_marked)
        else:
            _paragraph(page, paragraph or " ", SIZE)
    return bytes(page.output()), page.pages_count


def _block(page: FPDF, at: tuple[float, float], text: str, size: float, width: float) -> None:
    page.set_xy(*at)
    page.set_font("0", size=size)
    page.multi_cell(width, 4.4, text, align="L")


def _barcode(page: FPDF, kind: str, text: str) -> None:
    """As bars of ink, sharp at any size, with its text below. Raises Unfit."""
    try:
        rows = barcodes.modules(kind, text)
    except barcodes.NoBarcode as error:
        raise Unfit(str(error)) from error
    module = 0.6 if kind == "qr" else 0.33
    tall = module if kind == "qr" else 16
    quiet, height = barcodes.QUIET[kind] * module, tall * len(rows)
    if page.will_page_break(height + 2 * LINE):
        page.add_page()
    left, top = page.l_margin + quiet, page.get_y() + 2
    page.set_fill_color(0)
    for number, row in enumerate(rows):
        at = 0
        for dark, run in itertools.groupby(row):
            wide = len(list(run))
            if dark:
                page.rect(left + at * module, top + number * tall, wide * module, tall, style="F")
            at += wide
    page.set_y(top + height + 1)
    _paragraph(page, text, 9)


def _paragraph(page: FPDF, text: str, size: float) -> None:
    page.set_font("0", size=size)
    kinds = (unicodedata.bidirectional(char) for char in text)
    strong = next((kind for kind in kinds if kind in {"L", "R", "AL"}), "L")
    page.multi_cell(0, LINE, text, align="L" if strong == "L" else "R", new_x="LMARGIN", new_y="NEXT")


class _Page(FPDF):  # type: ignore[misc]
    """Every page bears the letter's code, and the first the marks to fold and punch at."""

    def __init__(self, form: Layout, code: str) -> None:
        super().__init__(format=form.paper)
        self.form, self.code = form, code

    def footer(self) -> None:
        """The code, by which a letter that comes back is known, and the page."""
        self.set_y(-12)
        self.set_font("0", size=7)
        self.multi_cell(0, 4, f"{self.code} · {self.page_no()}", align="L")
        for y in self.form.folds if self.page_no() == 1 else ():
            self.set_line_width(0.1)
            self.line(4, y, 8, y)


def _page(form: Layout, code: str) -> FPDF:
    page = _Page(form, code)
    paths = font_paths()
    for number, path in enumerate(paths):
        page.add_font(str(number), fname=str(path))
    page.set_fallback_fonts([str(number) for number in range(1, len(paths))])
    page.set_text_shaping(True)
    page.set_margins(form.margins[0], 25, form.margins[1])
    page.set_auto_page_break(True, 20)
    page.set_font("0", size=SIZE)
    page.add_page()
    return page


@functools.cache
def font_paths() -> tuple[Path, ...]:
    """Noto Sans and Noto Sans Arabic, and the fonts of RAPPORT_POST_FONTS behind them."""
    own = []
    for package, begins in BUILT_IN:
        files = Path(str(resources.files(package))) / "files"
        own.append(next(path for path in files.iterdir() if path.name.startswith(begins)))
    return (*own, *(Path(path) for path in settings.POST_FONTS))


@functools.cache
def _characters() -> frozenset[int]:
    return frozenset(
        code for path in font_paths() for code in TTFont(path, lazy=True, fontNumber=0).getBestCmap()
    )


def missing(text: str) -> list[str]:
    """The characters that no font has: a letter with them would show boxes."""
    shown = {char for char in text if char.isprintable() and not char.isspace()}
    return sorted(char for char in shown if ord(char) not in _characters())
