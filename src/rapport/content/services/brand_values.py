"""What templates read of the brand, and how legible its colours are."""

from __future__ import annotations

import colorsys
import html

from rapport.content.models import FONTS, Brand
from rapport.content.queries import image_url
from rapport.core.queries import workspace

COLORS = ("primary", "text", "background", "surface")
LEGIBLE = 4.5  # WCAG 2.2, success criterion 1.4.3: text against what is behind it
DARK = 0.18  # of luminance: what is darker has white text on it


def values_of(brand: Brand) -> dict[str, str]:
    """{name in `{{ brand.NAME }}`: text}."""
    own = workspace()
    return {
        "name": brand.name or own.name,
        "website": brand.website,
        "logo": image_url(brand.logo) if brand.logo else "",
        "logo_alt": brand.logo.alt if brand.logo else "",
        **{name: getattr(brand, name) for name in COLORS},
        "on_primary": _over(brand.primary),
        "font": FONTS.get(brand.font, FONTS["inter"]),
        "radius": f"{brand.radius}px",
        "footer": brand.footer,
    }


def markup_of(brand: Brand) -> dict[str, str]:
    """{name: HTML that is made of the brand}: its mark (the logo, or else the name), and its footer as a line."""
    values = values_of(brand)
    name, logo = html.escape(values["name"]), html.escape(values["logo"])
    image = f'<img src="{logo}" alt="{html.escape(values["logo_alt"])}" height="32" style="height:32px;border:0" />'
    footer = html.escape(brand.footer).replace("\n", "<br />")
    return {"mark": image if logo else name, "footer_line": f"{footer}<br />" if footer else ""}


def toned(color: str, like: str) -> str:
    """The colour as light as another one, so that it is as easy to read before and behind the same things."""
    hue, _lightness, saturation = colorsys.rgb_to_hls(*_shares(color))
    low, high, wanted = 0.0, 1.0, _luminance(like)
    for _step in range(14):
        middle = (low + high) / 2
        mixed = _written(colorsys.hls_to_rgb(hue, middle, saturation))
        low, high = (middle, high) if _luminance(mixed) < wanted else (low, middle)
    return _written(colorsys.hls_to_rgb(hue, low if wanted < DARK else high, saturation))


def saturation(color: str) -> float:
    """From 0, grey, to 1."""
    return colorsys.rgb_to_hls(*_shares(color))[2]


def contrast(color: str, other: str) -> float:
    """From 1 to 21, as WCAG 2.2 defines it (relative luminance)."""
    lighter, darker = sorted((_luminance(color), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _over(color: str) -> str:
    """Black or white, whichever is easier to read on the colour."""
    return max("#ffffff", "#111111", key=lambda text: contrast(text, color))


def _luminance(color: str) -> float:
    linear = [
        share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4 for share in _shares(color)
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _shares(color: str) -> tuple[float, float, float]:
    red, green, blue = (int(color[at : at + 2], 16) / 255 for at in (1, 3, 5))
    return red, green, blue


def _written(shares: tuple[float, float, float]) -> str:
    return "#" + "".join(f"{round(share * 255):02x}" for share in shares)
