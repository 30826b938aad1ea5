"""Images that people hand in: looked at, the right way up, without what the camera wrote into them, and smaller."""

from __future__ import annotations

import io
import warnings
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from PIL import Image, ImageOps

LARGEST = 20_000_000
MOST_PIXELS = 100_000_000
TYPES = {"JPEG": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp", "GIF": "image/gif"}
_BROKEN = (
    OSError,
    ValueError,
    SyntaxError,
    Image.DecompressionBombError,
    Image.DecompressionBombWarning,
)


class NotAnImage(Exception):
    """In words for who handed it in."""


@dataclass(frozen=True, slots=True)
class CleanImage:
    """`format` is one of TYPES; `content` was written by us, but for moving images, which hold no place."""

    format: str
    content: bytes
    width: int
    height: int

    @property
    def media_type(self) -> str:
        return TYPES[self.format]

    @property
    def extension(self) -> str:
        return {"JPEG": "jpg"}.get(self.format, self.format.lower())


def clean(data: bytes, *, widest: int = 0) -> CleanImage:
    """The image without metadata, at most `widest` pixels wide if given. Raises NotAnImage.

    What it is decides its content, never its name, so that nothing a browser would run is taken for an image.
    """
    if len(data) > LARGEST:
        raise NotAnImage(_("The image is larger than 20 MB."))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(data), formats=list(TYPES)) as image:
                if image.width * image.height > MOST_PIXELS:
                    raise NotAnImage(_("The image has too many pixels."))
                image.load()
                return _written(image, data, widest)
    except _BROKEN as error:
        raise NotAnImage(_("That is no image: JPEG, PNG, WebP and GIF are.")) from error


def _written(image: Image.Image, data: bytes, widest: int) -> CleanImage:
    # Telephones write MPO: a JPEG with a second view behind it, which nobody shows.
    kind = "JPEG" if image.format == "MPO" else image.format or ""
    image.info.pop("comment", None)
    if kind != "JPEG" and getattr(image, "is_animated", False):
        return _moving(image, kind, data)
    upright: Image.Image = ImageOps.exif_transpose(image)
    if widest and upright.width > widest:
        if upright.mode in {"P", "1"}:  # colours of a palette cannot be mixed
            upright = upright.convert("RGBA")
        height = max(1, round(upright.height * widest / upright.width))
        upright = upright.resize((widest, height), Image.Resampling.LANCZOS)
    out = io.BytesIO()
    options: dict[str, Any] = {"icc_profile": image.info.get("icc_profile"), "exif": b"", "xmp": b""}
    if kind in {"PNG", "GIF"}:
        options["optimize"] = True
    else:
        options["quality"] = 88
    upright.save(out, kind, **options)
    return CleanImage(kind, out.getvalue(), upright.width, upright.height)


def _moving(image: Image.Image, kind: str, data: bytes) -> CleanImage:
    """With all its frames; GIF as it came, because it has no place for where it was taken."""
    if kind == "GIF":
        return CleanImage(kind, data, image.width, image.height)
    out = io.BytesIO()
    image.save(out, kind, save_all=True, exif=b"", xmp=b"")
    return CleanImage(kind, out.getvalue(), image.width, image.height)
