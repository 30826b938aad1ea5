"""The shop's product pictures: drawn here, so that nothing is fetched and nobody's photographs are used.

`motifs/NAME.svg` holds the drawing within 200 × 200, with {main}, {second} and {line} for its colours.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

MOTIFS = Path(__file__).parent / "motifs"
# background, main colour, second colour, line colour
PALETTES = (
    ("#f3e7dd", "#b4483c", "#f7f1e7", "#5d2a23"),
    ("#e4e9e1", "#5f7d61", "#f4efe2", "#2f4432"),
    ("#ece4ee", "#7d5a8c", "#f3e9d8", "#432f4d"),
    ("#e2e8ee", "#4f7393", "#f5f0e4", "#28405a"),
    ("#f5ebd3", "#c98a2b", "#fbf6ea", "#6b4713"),
    ("#efe3df", "#c4727c", "#f8f2ea", "#6a3038"),
)


@lru_cache(maxsize=1)
def _drawings() -> dict[str, str]:
    return {path.stem: path.read_text() for path in MOTIFS.glob("*.svg")}


@lru_cache(maxsize=256)
def svg(motif: str, tint: int) -> str:
    """The picture as an SVG file. Raises KeyError for an unknown motif or tint."""
    background, main, second, line = dict(enumerate(PALETTES))[tint]
    drawn = _drawings()[motif]
    for name, colour in (("{main}", main), ("{second}", second), ("{line}", line)):
        drawn = drawn.replace(name, colour)
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 200 200" width="400" height="400">'
        f'<rect width="200" height="200" fill="{background}"/>'
        f'<ellipse cx="100" cy="170" rx="62" ry="6" fill="{line}" opacity=".12"/>{drawn}</svg>'
    )
