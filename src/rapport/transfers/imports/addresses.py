"""Identifiers in a cell: several, with names or a scheme around them, or as a spreadsheet shortened them."""

from __future__ import annotations

import re
from typing import Any

from rapport.people.normalise import normalise
from rapport.transfers.imports import numbers, values

Left = list[tuple[str, str]]
_BETWEEN = re.compile(r"\s*:::\s*|[;|\n\r\t]+")
_MORE = {
    "email": re.compile(r"[,\s/]+"),
    "phone": re.compile(r"\s*,\s*|\s+/\s+|\s+(?:or|and|oder|und|ou)\s+"),
}
# What is not simply one identifier: other marks and letters than usual, and numbers in another notation.
_ODD = re.compile(r"[^!-~]|[;|<>:,'\"]|^\d+[.eE]").search
_ANGLED = re.compile(r"<\s*(?:mailto:)?([^<>\s]+@[^<>\s]+?)\s*>")
_SCHEME = re.compile(r"^(?:mailto|tel|sip|callto):\s*", re.IGNORECASE)
# What a program writes that keeps whole numbers as fractions.
_FRACTION = re.compile(r"(\d+)[.,]0+")


def in_cell(kind: str, cell: Any, region: str) -> tuple[list[str], Left]:
    """(identifiers of a type in their normal form, (code, piece) of what is none)."""
    if type(cell) is str and not _ODD(cell) and (single := normalise(kind, cell, region)) is not None:
        return [single], []
    whole = values.bare(cell)
    if numbers.is_shortened(whole):
        return [], [("digits_lost", whole)]
    if match := _FRACTION.fullmatch(whole):
        whole = match[1]
    if not whole:
        return [], []
    if not _BETWEEN.search(whole) and (single := normalise(kind, _bare(whole), region)) is not None:
        return [single], []
    pieces = [piece for piece in _BETWEEN.split(whole) if piece]
    if kind in _MORE:
        pieces = [piece for part in pieces for piece in _pieces(kind, part, region)]
    return _normal(kind, pieces, region)


def _pieces(kind: str, text: str, region: str) -> list[str]:
    """What stands in text that no semicolon divides: one identifier, those between angles, or several."""
    if kind == "email" and (angled := _ANGLED.findall(text)):
        return list(angled)
    return [text] if normalise(kind, _bare(text), region) else _MORE[kind].split(text)


def _normal(kind: str, pieces: list[str], region: str) -> tuple[list[str], Left]:
    usable: list[str] = []
    left: Left = []
    for piece in pieces:
        written = _bare(piece)
        if (value := normalise(kind, written, region)) is not None:
            usable.append(value)
        elif written:
            left.append((f"identifier_{kind}" if kind in _MORE else "identifier", piece.strip()))
    return list(dict.fromkeys(usable)), left


def _bare(piece: str) -> str:
    written = _SCHEME.sub("", piece.strip())
    return written.strip("<>()[]\"', ").rstrip(".") if "@" in written else written
