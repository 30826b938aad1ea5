"""The look of the pages that customers see: a picture and a colour, kept readable whatever was chosen."""

from __future__ import annotations

from django.db import transaction

from rapport.core.access import Actor
from rapport.core.models import Workspace
from rapport.core.queries import workspace
from rapport.core.services import audit

LARGEST = 200_000
# By their first bytes. No SVG: it can hold scripts.
_KINDS = {b"\x89PNG\r\n\x1a\n": "image/png", b"\xff\xd8\xff": "image/jpeg", b"RIFF": "image/webp"}
_READABLE = 4.5
_LIGHT, _DARK = (255, 255, 255), (30, 32, 37)
Color = tuple[int, int, int]


class InvalidLogo(ValueError):
    """The file is no picture that browsers show everywhere, or too large."""


@transaction.atomic
def change_branding(*, actor: Actor, color: str, logo: bytes | None) -> Workspace:
    """`logo`: None keeps it, empty removes it. Raises InvalidLogo, PermissionDenied."""
    actor.require("settings.edit")
    row = workspace()
    row.brand_color = color
    if logo is not None:
        row.logo, row.logo_type = logo, kind_of(logo) if logo else ""
    row.save()
    data = {"brand_color": color, "logo": "kept" if logo is None else "changed" if logo else "removed"}
    audit.record(
        actor=actor, action="workspace.changed", object_type="workspace", object_id=row.pk, data=data
    )
    return row


def kind_of(picture: bytes) -> str:
    """The media type of a picture. Raises InvalidLogo."""
    kind = next((kind for start, kind in _KINDS.items() if picture.startswith(start)), "")
    if not kind or len(picture) > LARGEST or (kind == "image/webp" and picture[8:12] != b"WEBP"):
        raise InvalidLogo("A logo is a PNG, JPEG or WebP picture of at most 200 KB.")
    return kind


def stylesheet(color: str) -> str:
    """The accent of customers' pages in light and dark, as near to the colour as can be read; "" without one."""
    if not color:
        return ""
    chosen: Color = (int(color[1:3], 16), int(color[3:5], 16), int(color[5:7], 16))
    light, dark = _readable(chosen, _LIGHT, (0, 0, 0)), _readable(chosen, _DARK, (255, 255, 255))
    on_light, on_dark = _upon(light), _upon(dark)
    return (
        f":root{{--accent:light-dark({_hex(light)},{_hex(dark)});"
        f"--on-accent:light-dark({_hex(on_light)},{_hex(on_dark)})}}"
    )


def _readable(color: Color, surface: Color, towards: Color) -> Color:
    for share in range(0, 101, 5):
        mixed = _mix(color, towards, share / 100)
        if contrast(mixed, surface) >= _READABLE:
            return mixed
    return towards


def _upon(color: Color) -> Color:
    return max(((255, 255, 255), (0, 0, 0)), key=lambda text: contrast(text, color))


def _mix(color: Color, towards: Color, share: float) -> Color:
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(color, towards, strict=True))
    return red, green, blue


def _hex(color: Color) -> str:
    return "#" + "".join(f"{part:02x}" for part in color)


def contrast(first: Color, second: Color) -> float:
    """The contrast ratio of WCAG 2.2."""
    lighter, darker = sorted((_luminance(first), _luminance(second)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(color: Color) -> float:
    linear = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
        for part in (value / 255 for value in color)
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
