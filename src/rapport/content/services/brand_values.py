"""What templates read of the brand, and how legible its colours are."""

from __future__ import annotations

from rapport.content.models import FONTS, Brand
from rapport.content.queries import image_url
from rapport.core.queries import workspace

COLORS = ("primary", "text", "background", "surface")
LEGIBLE = 4.5  # WCAG 2.2, success criterion 1.4.3: text against what is behind it


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


def contrast(color: str, other: str) -> float:
    """From 1 to 21, as WCAG 2.2 defines it (relative luminance)."""
    lighter, darker = sorted((_luminance(color), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _over(color: str) -> str:
    """Black or white, whichever is easier to read on the colour."""
    return max("#ffffff", "#111111", key=lambda text: contrast(text, color))


def _luminance(color: str) -> float:
    shares = (int(color[at : at + 2], 16) / 255 for at in (1, 3, 5))
    linear = [share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4 for share in shares]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
