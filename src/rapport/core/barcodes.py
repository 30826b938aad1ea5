"""Barcodes as rows of modules: EAN-13 and Code 128 for tills, QR codes for telephones. Drawn by who needs them.

Whoever reads one decides by its text, so what cannot be written in a kind is refused, never shortened.
"""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from typing import Literal, get_args

import segno
from PIL import Image

Kind = Literal["code128", "ean13", "qr"]
KINDS: tuple[str, ...] = get_args(Kind)
MOST = 120
# The quiet zone on each side, in modules: scanners need it.
QUIET = {"code128": 10, "ean13": 11, "qr": 4}
Modules = Sequence[Sequence[bool]]

_LEFT = (
    "0001101",
    "0011001",
    "0010011",
    "0111101",
    "0100011",
    "0110001",
    "0101111",
    "0111011",
    "0110111",
    "0001011",
)
# Which of the left digits are read the other way round says the first digit.
_FIRST = ("LLLLLL", "LLGLGG", "LLGGLG", "LLGGGL", "LGLLGG", "LGGLLG", "LGGGLL", "LGLGLG", "LGLGGL", "LGGLGL")
# Widths of bars and gaps of the values 0 to 105, and of the stop.
_WIDTHS = """
212222 222122 222221 121223 121322 131222 122213 122312 132212 221213 221312 231212 112232 122132 122231 113222 123122
123221 223211 221132 221231 213212 223112 312131 311222 321122 321221 312212 322112 322211 212123 212321 232121 111323
131123 131321 112313 132113 132311 211313 231113 231311 112133 112331 132131 113123 113321 133121 313121 211331 231131
213113 213311 213131 311123 311321 331121 312113 312311 332111 314111 221411 431111 111224 111422 121124 121421 141122
141221 112214 112412 122114 122411 142112 142211 241211 221114 413111 241112 134111 111242 121142 121241 114212 124112
124211 411212 421112 421211 212141 214121 412121 111143 111341 131141 114113 114311 411113 411311 113141 114131 311141
411131 211412 211214 211232 2331112
""".split()
_START_B, _STOP = 104, 106
_MARK = re.compile(rf"\[\[({'|'.join(KINDS)}):(.{{1,{MOST}}})\]\]")


class NoBarcode(ValueError):
    """The text cannot be written in this kind of barcode."""


def check(kind: str, text: str) -> None:
    """Raises NoBarcode for what cannot be written; drawing a QR code is left to who needs it."""
    if kind != "qr" or not 0 < len(text) <= MOST:
        modules(kind, text)


def mark(kind: str, text: str) -> str:
    """A line that stands for a barcode in a text that is printed."""
    return f"[[{kind}:{text}]]"


def marked(line: str) -> tuple[str, str] | None:
    """(kind, text) of such a line."""
    match = _MARK.fullmatch(line.strip())
    return (match[1], match[2]) if match else None


def modules(kind: str, text: str) -> Modules:
    """Rows of dark (True) and light modules, without the quiet zone; one row of a linear code. Raises NoBarcode."""
    if kind not in KINDS or not 0 < len(text) <= MOST:
        raise NoBarcode(f"no barcode of the kind {kind[:20]!r} for {len(text)} characters")
    if kind == "ean13":
        return [[bit == "1" for bit in _ean13(text)]]
    if kind == "code128":
        return [[bit == "1" for bit in _code128(text)]]
    return [[bool(module) for module in row] for row in segno.make(text, error="m", micro=False).matrix]


def check_digit(digits: str) -> str:
    """The thirteenth digit of an EAN-13."""
    return str(-sum(int(digit) * (3 if at % 2 else 1) for at, digit in enumerate(digits[:12])) % 10)


def _ean13(text: str) -> str:
    digits = text + check_digit(text) if len(text) == 12 and text.isascii() and text.isdigit() else text
    if not (
        len(digits) == 13 and digits.isascii() and digits.isdigit() and digits[12] == check_digit(digits)
    ):
        raise NoBarcode("an EAN-13 is twelve digits, and a thirteenth that fits them")
    inverted = str.maketrans("01", "10")
    right = [code.translate(inverted) for code in _LEFT]
    turned = {"L": list(_LEFT), "G": [code[::-1] for code in right]}
    left = [turned[way][int(digit)] for way, digit in zip(_FIRST[int(digits[0])], digits[1:7], strict=True)]
    return "101" + "".join(left) + "01010" + "".join(right[int(digit)] for digit in digits[7:]) + "101"


def _code128(text: str) -> str:
    """In the set B: printable ASCII."""
    if not (text.isascii() and text.isprintable()):
        raise NoBarcode("Code 128 holds printable ASCII")
    values = [ord(char) - 32 for char in text]
    check = (_START_B + sum(at * value for at, value in enumerate(values, 1))) % 103
    widths = "".join(_WIDTHS[value] for value in (_START_B, *values, check, _STOP))
    return "".join(("0" if at % 2 else "1") * int(width) for at, width in enumerate(widths))


def png(kind: str, text: str, scale: int = 3) -> bytes:
    """A picture with its quiet zone, dark on white whatever surrounds it. Raises NoBarcode."""
    rows, quiet = modules(kind, text), QUIET[kind]
    height = len(rows) if kind == "qr" else 24
    picture = Image.new("1", (len(rows[0]) + 2 * quiet, height + 2 * (quiet if kind == "qr" else 2)), 1)
    for y in range(height):
        for x, dark in enumerate(rows[y if kind == "qr" else 0]):
            if dark:
                picture.putpixel((x + quiet, y + (quiet if kind == "qr" else 2)), 0)
    out = io.BytesIO()
    picture.resize((picture.width * scale, picture.height * scale), Image.Resampling.NEAREST).save(out, "PNG")
    return out.getvalue()
